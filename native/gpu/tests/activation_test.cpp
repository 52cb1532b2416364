// act(gate) * up against double precision: the functions over all 16-bit gates, rows with tails, quantized rows.
#include "llmserving/gpu/activation.h"

#include <string>

#include "rows_fixture.h"

using namespace llmserving::gpu;
using namespace llmserving::gputest;
using llmserving_test::Random;

namespace {

double reference(double x, int32_t kind) {
  if (kind == SILU)
    return x / (1 + std::exp(-x));
  if (kind == GELU_TANH) // 0.5 (1 + tanh u) = 1 / (1 + e^(-2u)), precise for negative u too
    return x / (1 + std::exp(-2 * 0.79788456080286541 * (x + 0.044715 * x * x * x)));
  return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
}

// Every finite gate of the type, times 1. Arguments of exponentials are rounded to f32: the error grows with them.
template <class T> void check_function(int32_t kind) {
  std::vector<T> input, gates;
  for (uint32_t bits = 0; bits < 65536; bits++) {
    T gate = {static_cast<uint16_t>(bits)};
    if (std::isfinite(to_float(gate)) && std::fabs(to_float(gate)) < 1e4f)
      gates.push_back(gate);
  }
  int32_t width = static_cast<int32_t>(gates.size());
  input = gates;
  input.resize(2 * gates.size(), from_float<T>(1));
  Array<T> device_input(input), output(gates.size());
  ActivationParams params = {device_input.data(), output.data(), nullptr, width, kind};
  run(activation_launch(Element<T>::TYPE, Element<T>::TYPE, 1, width), params);
  std::vector<T> result = output.read();
  for (size_t i = 0; i < gates.size(); i++) {
    double x = static_cast<double>(to_float(gates[i])), wanted = reference(x, kind);
    double exponent = kind == SILU ? std::fabs(x) : x * x + std::fabs(x * x * x);
    double error = std::fabs(static_cast<double>(to_float(result[i])) - wanted);
    CHECK(error <= tolerance<T>(wanted, 1e-6 + 3e-7 * std::min(exponent, 100.0)), "kind %d of %g: %g for %g", kind, x,
          static_cast<double>(to_float(result[i])), wanted);
  }
}

template <class T, class Q> void check_rows(uint32_t rows, int32_t width, int32_t kind, Random &random) {
  size_t n = static_cast<size_t>(width), count = rows * n;
  std::vector<T> input = random_values<T>(random, 2 * count);
  Array<T> device_input(input);
  Array<Q> output(count);
  Array<float> scales(rows);
  ActivationParams params = {device_input.data(), output.data(), scales.data(), width, kind};
  Launch launch = activation_launch(Element<T>::TYPE, Element<Q>::TYPE, rows, width);
  std::string what = std::string(launch.kernel) + " width " + std::to_string(width);
  Traffic traffic = run(launch, params);
  std::vector<Q> result = output.read();
  for (size_t row = 0; row < rows; row++) {
    std::vector<double> y(n);
    for (size_t i = 0; i < n; i++)
      y[i] = reference(static_cast<double>(to_float(input[2 * row * n + i])), kind) *
             static_cast<double>(to_float(input[(2 * row + 1) * n + i]));
    if constexpr (sizeof(Q) == 1) {
      check_codes(y, result.data() + row * n, scales.read()[row], 1e-5, what.c_str());
    } else {
      for (size_t i = 0; i < n; i++)
        CHECK(std::fabs(static_cast<double>(to_float(result[row * n + i])) - y[i]) <= tolerance<T>(y[i], 1e-5),
              "%s row %zu element %zu", what.c_str(), row, i);
    }
  }
  if (width % 32 == 0)
    check_traffic(traffic, 2 * count * sizeof(T), count * sizeof(Q) + (sizeof(Q) == 1 ? 4 * rows : 0), width >= 1024,
                  what.c_str());
}

} // namespace

int main() {
  Random random(2);
  for (int32_t kind : {SILU, GELU_TANH, GELU_ERF}) {
    check_function<bf16>(kind);
    check_function<f16>(kind);
  }
  int32_t kind = 0;
  for (int32_t width : {1, 16, 17, 128, 1003, 1024, 2048, 8192, 11008, 28672}) {
    uint32_t rows = width > 4096 ? 1 : 3;
    check_rows<bf16, bf16>(rows, width, kind % 3, random);
    check_rows<f16, f16>(rows, width, kind % 3, random);
    check_rows<bf16, int8_t>(rows, width, kind % 3, random);
    check_rows<bf16, e4m3>(rows, width, kind % 3, random);
    check_rows<f16, int8_t>(rows, width, kind % 3, random);
    check_rows<f16, e4m3>(rows, width, kind % 3, random);
    kind++;
  }
  CHECK(activation_launch(DType::BF16, DType::I8, 1, 32769).kernel == nullptr, "too wide");
  return llmserving_test::finish();
}
