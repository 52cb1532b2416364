// Quantization: every 16-bit value through every conversion, rows, groups and back.
#include "llmserving/gpu/quantize.h"

#include <cstring>
#include <string>

#include "rows_fixture.h"

using namespace llmserving::gpu;
using namespace llmserving::gputest;
using llmserving_test::Random;

namespace {

// The e4m3 code nearest to x, ties to the even one, by comparing with all of them.
uint8_t nearest_e4m3(double x) {
  int best = 0;
  for (int code = 1; code < 127; code++) {
    double here = std::fabs(std::fabs(x) - static_cast<double>(to_float(e4m3{static_cast<uint8_t>(code)})));
    double there = std::fabs(std::fabs(x) - static_cast<double>(to_float(e4m3{static_cast<uint8_t>(best)})));
    if (here < there || (here == there && code % 2 == 0))
      best = code;
  }
  return static_cast<uint8_t>(best | (std::signbit(x) ? 128 : 0));
}
int8_t nearest_i8(double x) { return static_cast<int8_t>(std::nearbyint(std::max(-127.0, std::min(127.0, x)))); }

void check_code(int8_t code, double x, const char *what) {
  CHECK(code == nearest_i8(x), "%s: %d for %g", what, code, x);
}
void check_code(e4m3 code, double x, const char *what) {
  CHECK(code.bits == nearest_e4m3(x), "%s: %d for %g", what, code.bits, x);
}

// All finite values of T under a static scale, a power of two so that the division is exact.
template <class T, class Q> void check_static(float scale) {
  std::vector<T> values;
  for (uint32_t bits = 0; bits < 65536; bits++) {
    T value = {static_cast<uint16_t>(bits)};
    if (std::isfinite(to_float(value)))
      values.push_back(value);
  }
  int32_t width = static_cast<int32_t>(values.size());
  Array<T> input(values);
  Array<Q> output(values.size());
  Array<float> device_scale(std::vector<float>{scale});
  Launch launch = quantize_static_launch(Element<T>::TYPE, Element<Q>::TYPE, 1, width);
  run(launch, QuantizeParams{input.data(), output.data(), nullptr, device_scale.data(), width, 0});
  std::vector<Q> codes = output.read();
  for (size_t i = 0; i < values.size(); i++) {
    double x = static_cast<double>(to_float(values[i])) / static_cast<double>(scale);
    check_code(codes[i], std::fabs(x) < 1e-37 ? std::copysign(0.0, x) : x, launch.kernel);
  }
}

template <class Q, class T> void check_dequantize(int32_t width, Random &random) {
  size_t n = static_cast<size_t>(width);
  std::vector<Q> codes(2 * n);
  for (size_t i = 0; i < codes.size(); i++) {
    uint8_t byte = static_cast<uint8_t>(i);
    memcpy(&codes[i], &byte, 1);
  }
  std::vector<float> scales = random_floats(random, 2, 1, 0.5f);
  Array<Q> input(codes);
  Array<float> device_scales(scales);
  Array<T> output(2 * n);
  Launch launch = dequantize_rows_launch(Element<Q>::TYPE, Element<T>::TYPE, 2, width);
  run(launch, DequantizeParams{input.data(), device_scales.data(), output.data(), width, 0});
  std::vector<T> values = output.read();
  for (size_t i = 0; i < codes.size(); i++) {
    float wanted = value_of(codes[i]) * scales[i / n], got = to_float(values[i]);
    CHECK(std::isnan(wanted) ? std::isnan(got) : got == to_float(from_float<T>(wanted)), "%s %zu: %g for %g",
          launch.kernel, i, static_cast<double>(got), static_cast<double>(wanted));
  }
}

template <class T, class Q> void check_rows(uint32_t rows, int32_t width, Random &random) {
  size_t n = static_cast<size_t>(width), count = rows * n;
  std::vector<T> values = random_values<T>(random, count);
  Array<T> input(values);
  Array<Q> output(count);
  Array<float> scales(rows);
  Launch launch = quantize_rows_launch(Element<T>::TYPE, Element<Q>::TYPE, rows, width);
  std::string what = std::string(launch.kernel) + " width " + std::to_string(width);
  Traffic traffic = run(launch, QuantizeParams{input.data(), output.data(), scales.data(), nullptr, width, 0});
  std::vector<Q> codes = output.read();
  std::vector<float> row_scales = scales.read();
  for (size_t row = 0; row < rows; row++) {
    std::vector<double> x(n);
    for (size_t i = 0; i < n; i++)
      x[i] = static_cast<double>(to_float(values[row * n + i]));
    check_codes(x, codes.data() + row * n, row_scales[row], 1e-6, what.c_str());
  }
  if (width % 32 == 0)
    check_traffic(traffic, count * sizeof(T), count + 4 * rows, width >= 1024, what.c_str());
}

// As the CPU: scale max / 127, code = round(x * (127 / max)), to the bit.
template <class T> void check_groups(uint32_t rows, int32_t width, Random &random) {
  size_t n = static_cast<size_t>(width), count = rows * n;
  std::vector<T> values = random_values<T>(random, count);
  for (size_t i = 32; i < 64; i++)
    values[i] = from_float<T>(0);
  values[3] = from_float<T>(NAN);
  Array<T> input(values);
  Array<int8_t> output(count);
  Array<float> scales(count / 32);
  run(quantize_groups_launch(Element<T>::TYPE, rows, width),
      QuantizeParams{input.data(), output.data(), scales.data(), nullptr, width, 0});
  std::vector<int8_t> codes = output.read();
  std::vector<float> group_scales = scales.read();
  for (size_t group = 0; group < count / 32; group++) {
    float most = 0;
    bool finite = true;
    for (size_t i = 0; i < 32; i++) {
      float size = std::fabs(to_float(values[32 * group + i]));
      finite = finite && std::isfinite(size);
      most = std::max(most, size);
    }
    bool zero = !finite || most == 0;
    CHECK(finite ? group_scales[group] == most / 127.0f : std::isnan(group_scales[group]), "group %zu", group);
    for (size_t i = 0; i < 32; i++) {
      float x = to_float(values[32 * group + i]) * (127.0f / most);
      CHECK(codes[32 * group + i] == (zero ? 0 : static_cast<int>(std::nearbyint(x))), "group %zu element %zu", group,
            i);
    }
  }
}

} // namespace

int main() {
  Random random(5);
  for (float scale : {1.0f, 0.25f}) {
    check_static<bf16, int8_t>(scale);
    check_static<bf16, e4m3>(scale);
    check_static<f16, int8_t>(scale);
    check_static<f16, e4m3>(scale);
  }
  for (int32_t width : {256, 257}) {
    check_dequantize<int8_t, bf16>(width, random);
    check_dequantize<int8_t, f16>(width, random);
    check_dequantize<e4m3, bf16>(width, random);
    check_dequantize<e4m3, f16>(width, random);
  }
  for (int32_t width : {1, 16, 100, 1003, 1024, 4096, 8192, 14336, 28672}) {
    uint32_t rows = width > 4096 ? 1 : 3;
    check_rows<bf16, int8_t>(rows, width, random);
    check_rows<bf16, e4m3>(rows, width, random);
    check_rows<f16, int8_t>(rows, width, random);
    check_rows<f16, e4m3>(rows, width, random);
  }
  check_groups<bf16>(3, 96, random);
  check_groups<bf16>(2, 4096, random);
  check_groups<f16>(2, 4096, random);
  return llmserving_test::finish();
}
