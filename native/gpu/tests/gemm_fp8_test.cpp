// gemm_fp8: every weight's value exactly, products against double precision.
#include <cstdint>
#include <vector>

#include "harness.h"
#include "llmserving/gpu/gemm_fp8.h"
#include "low_precision.h"

using namespace llmserving;
using namespace llmserving::gpu;
using namespace llmserving::gputest;
using llmserving_test::Random;

namespace {

template <class W> constexpr DType weight_type();
template <> constexpr DType weight_type<e4m3>() { return DType::E4M3; }
template <> constexpr DType weight_type<e5m2>() { return DType::E5M2; }

template <class W> bool finite(uint32_t code) { return std::isfinite(to_float(W{static_cast<uint8_t>(code)})); }

// x picks column 0, in which row j has the code j.
template <class T, class W> void check_codes(int32_t m) {
  constexpr int32_t n = 256, k = 16;
  std::vector<T> x(static_cast<size_t>(m) * k, from_float<T>(0.0f));
  x[0] = from_float<T>(1.0f);
  std::vector<W> w(n * k, W{0});
  for (uint32_t code = 0; code < n; code++)
    w[code * k].bits = static_cast<uint8_t>(finite<W>(code) ? code : 0);
  Array<T> x_array(x), y(static_cast<size_t>(m) * n);
  Array<W> w_array(w);
  Array<float> scales(std::vector<float>(n, 1.0f));
  GemmFp8Params p = {x_array.data(), w_array.data(), scales.data(), nullptr, y.data(), k, n, m, n, k};
  run(gemm_fp8_launch(dtype_of<T>(), weight_type<W>(), m, n), p);
  std::vector<T> result = y.read();
  for (uint32_t code = 0; code < n; code++)
    CHECK(to_float(result[code]) == to_float(w[code * k]), "code %02x is %g, not %g", code, to_float(result[code]),
          to_float(w[code * k]));
}

template <class T, class W> Traffic check_gemm(int32_t m, int32_t n, int32_t k, int64_t gap, bool with_bias) {
  Random random(11);
  int64_t x_stride = k + gap, y_stride = n + gap;
  std::vector<T> x = random_values<T>(random, m * x_stride), bias = random_values<T>(random, n, 8);
  std::vector<W> w(static_cast<size_t>(n) * k);
  for (W &weight : w)
    weight = from_float<W>(4 * random.uniform() * random.uniform() * random.uniform());
  std::vector<float> w_scale = random_values<float>(random, n);
  Array<T> x_array(x), bias_array(bias), y(std::vector<T>(static_cast<size_t>(m) * y_stride));
  Array<W> w_array(w);
  Array<float> scales(w_scale);
  GemmFp8Params p = {x_array.data(),
                     w_array.data(),
                     scales.data(),
                     with_bias ? bias_array.data() : nullptr,
                     y.data(),
                     x_stride,
                     y_stride,
                     m,
                     n,
                     k};
  Traffic traffic = run(gemm_fp8_launch(dtype_of<T>(), weight_type<W>(), m, n), p);
  std::vector<T> result = y.read();
  for (int32_t i = 0; i < m; i++)
    for (int32_t j = 0; j < n; j++) {
      Sum sum;
      for (int32_t c = 0; c < k; c++)
        sum.add(static_cast<double>(to_float(x[i * x_stride + c])) * to_float(w[static_cast<size_t>(j) * k + c]) *
                w_scale[j]);
      if (with_bias)
        sum.add(to_float(bias[j]));
      T got = result[i * y_stride + j];
      CHECK(near(got, sum, k), "m %d n %d k %d: y[%d][%d] = %g, not %g", m, n, k, i, j, to_float(got), sum.value);
    }
  return traffic;
}

template <class T, class W> void check_type() {
  check_codes<T, W>(1);
  check_codes<T, W>(17);
  check_gemm<T, W>(1, 100, 96, 8, true);
  check_gemm<T, W>(16, 64, 144, 0, false);
  check_gemm<T, W>(65, 100, 96, 0, true);
  for (int32_t m : {16, 64}) {
    Traffic t = check_gemm<T, W>(m, 128, 512, 0, true);
    CHECK(t.load_efficiency() >= 0.95 && t.store_efficiency() >= 0.95, "%g %g", t.load_efficiency(),
          t.store_efficiency());
    CHECK(t.bank_conflicts() <= 1.05, "%g", t.bank_conflicts());
    CHECK(t.ldmatrix_wavefronts == t.ldmatrix_ideal, "conflicts of ldmatrix");
    CHECK(t.unique_load_bytes <= 1.02 * (128 * 512 + m * 512 * 2 + 6 * 128), "weights once");
  }
}

} // namespace

int main() {
  check_type<bf16, e4m3>();
  check_type<bf16, e5m2>();
  check_type<f16, e4m3>();
  check_type<f16, e5m2>();
  CHECK(gemm_fp8_launch(DType::BF16, DType::I8, 1, 1).kernel == nullptr, "no int8");
  return llmserving_test::finish();
}
