// What the tests of row kernels share: random rows in a type, and how far a result may be from its reference.
#ifndef LLMSERVING_GPU_TESTS_ROWS_FIXTURE_H
#define LLMSERVING_GPU_TESTS_ROWS_FIXTURE_H

#include <cmath>
#include <vector>

#include "check.h"
#include "harness.h"
#include "llmserving/gpu/platform/types.h"

namespace llmserving {
namespace gputest {

template <class T> struct Element;
template <> struct Element<gpu::bf16> {
  static constexpr gpu::DType TYPE = gpu::DType::BF16;
  static constexpr double ROUNDING = 1.0 / 256; // half a unit in the last place, relative
  static constexpr double SMALLEST = 1e-36;     // approximate functions flush what is subnormal
};
template <> struct Element<gpu::f16> {
  static constexpr gpu::DType TYPE = gpu::DType::F16;
  static constexpr double ROUNDING = 1.0 / 2048;
  static constexpr double SMALLEST = 6e-8;
};
template <> struct Element<float> {
  static constexpr gpu::DType TYPE = gpu::DType::F32;
  static constexpr double ROUNDING = 1.0 / (1 << 24);
  static constexpr double SMALLEST = 1e-36;
};
template <> struct Element<int8_t> {
  static constexpr gpu::DType TYPE = gpu::DType::I8;
};
template <> struct Element<gpu::e4m3> {
  static constexpr gpu::DType TYPE = gpu::DType::E4M3;
};

template <class T> std::vector<T> random_values(llmserving_test::Random &random, size_t count) {
  std::vector<T> values(count);
  for (T &value : values)
    value = gpu::from_float<T>(random.activation());
  return values;
}
inline std::vector<float> random_floats(llmserving_test::Random &random, size_t count, float centre, float spread) {
  std::vector<float> values(count);
  for (float &value : values)
    value = centre + spread * random.uniform();
  return values;
}

// Of a value stored as T whose f32 computation has a relative error of at most `computed`.
template <class T> double tolerance(double reference, double computed) {
  return std::fabs(reference) * (Element<T>::ROUNDING + computed) + Element<T>::SMALLEST;
}

inline float value_of(int8_t code) { return static_cast<float>(code); }
inline float value_of(gpu::e4m3 code) { return gpu::to_float(code); }
inline float greatest_of(int8_t) { return 127; }
inline float greatest_of(gpu::e4m3) { return 448; }

// Checks codes and scale of one quantized row: the scale is max / greatest, and each code is the nearest or, because of
// the f32 computation's relative error, almost that.
template <class Q>
void check_codes(const std::vector<double> &reference, const Q *codes, float scale, double computed, const char *what) {
  double greatest = 0;
  for (double x : reference)
    greatest = std::max(greatest, std::fabs(x));
  double wanted = greatest / greatest_of(Q{});
  CHECK(std::fabs(scale - wanted) <= wanted * (computed + 1e-6), "%s: scale %g for %g", what, scale, wanted);
  for (size_t i = 0; i < reference.size(); i++) {
    double x = reference[i] / scale;
    double step = sizeof(Q) == 1 && greatest_of(Q{}) == 127 ? 0.5 : std::max(std::fabs(x) / 16, std::ldexp(1.0, -10));
    double error = std::fabs(static_cast<double>(value_of(codes[i])) - x);
    CHECK(error <= step + std::fabs(x) * (computed + 1e-6), "%s: element %zu is %g for %g", what, i,
          static_cast<double>(value_of(codes[i])), x);
  }
}

// Each byte is moved once, in full sectors. full: rows are long enough to fill warps' stores.
inline void check_traffic(const Traffic &traffic, uint64_t read, uint64_t written, bool full, const char *what) {
  if (traffic.load_sectors + traffic.store_sectors == 0)
    return; // an emulator that does not count
  CHECK(traffic.load_efficiency() >= 0.95, "%s: loads %g", what, traffic.load_efficiency());
  CHECK(!full || traffic.store_efficiency() >= 0.95, "%s: stores %g", what, traffic.store_efficiency());
  CHECK(traffic.unique_load_bytes == read, "%s: reads %g of %g bytes", what,
        static_cast<double>(traffic.unique_load_bytes), static_cast<double>(read));
  CHECK(traffic.unique_store_bytes == written, "%s: writes %g of %g bytes", what,
        static_cast<double>(traffic.unique_store_bytes), static_cast<double>(written));
}

} // namespace gputest
} // namespace llmserving

#endif
