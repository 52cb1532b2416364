// Norms against double precision: both kinds, with and without a preceding sum, all outputs, widths with and without
// tails.
#include "llmserving/gpu/norm.h"

#include <cstring>
#include <string>

#include "rows_fixture.h"

using namespace llmserving::gpu;
using namespace llmserving::gputest;
using llmserving_test::Random;

namespace {

struct Shape {
  uint32_t rows;
  int32_t width;
  bool layer, delta, bias;
  float added;
};

// What is normalized: the stream, or its sum with delta as the stream's type keeps it.
template <class T, class R>
std::vector<double> summed(const std::vector<R> &stream, const std::vector<T> &delta, bool with_delta) {
  std::vector<double> x(stream.size());
  for (size_t i = 0; i < x.size(); i++)
    x[i] = static_cast<double>(with_delta ? to_float(from_float<R>(to_float(stream[i]) + to_float(delta[i])))
                                          : to_float(stream[i]));
  return x;
}

std::vector<double> normalized(const double *x, const Shape &shape, const std::vector<float> &weight,
                               const std::vector<float> &bias, float epsilon) {
  size_t n = static_cast<size_t>(shape.width);
  double mean = 0, squares = 0;
  for (size_t i = 0; i < n && shape.layer; i++)
    mean += x[i] / static_cast<double>(n);
  for (size_t i = 0; i < n; i++)
    squares += (x[i] - mean) * (x[i] - mean) / static_cast<double>(n);
  std::vector<double> y(n);
  for (size_t i = 0; i < n; i++)
    y[i] = (x[i] - mean) / std::sqrt(squares + static_cast<double>(epsilon)) *
               (static_cast<double>(weight[i]) + static_cast<double>(shape.added)) +
           (shape.bias ? static_cast<double>(bias[i]) : 0.0);
  return y;
}

template <class T, class R, class Q>
void check_row(const std::vector<double> &y, const std::vector<Q> &output, size_t row, const std::vector<float> &scales,
               const char *what) {
  const Q *values = output.data() + row * y.size();
  double spread = 0;
  for (double v : y)
    spread = std::max(spread, std::fabs(v));
  if constexpr (sizeof(Q) == 1) {
    check_codes(y, values, scales[row], 3e-6, what);
  } else {
    for (size_t i = 0; i < y.size(); i++)
      CHECK(std::fabs(static_cast<double>(to_float(values[i])) - y[i]) <= tolerance<Q>(y[i], 3e-6) + 1e-6 * spread,
            "%s row %zu element %zu: %g for %g", what, row, i, static_cast<double>(to_float(values[i])), y[i]);
  }
}

template <class T, class R, class Q> void check_norm(const Shape &shape, Random &random) {
  size_t n = static_cast<size_t>(shape.width), count = shape.rows * n;
  std::vector<R> stream = random_values<R>(random, count);
  std::vector<T> delta = random_values<T>(random, count);
  std::vector<float> weight = random_floats(random, n, 1.0f - shape.added, 0.5f), bias = random_floats(random, n, 0, 1);
  Array<R> device_stream(stream);
  Array<T> device_delta(delta);
  Array<float> device_weight(weight), device_bias(bias), scales(shape.rows);
  Array<Q> output(count);
  float epsilon = 1e-5f;
  NormParams params = {device_stream.data(),
                       shape.delta ? device_delta.data() : nullptr,
                       device_stream.data(),
                       device_weight.data(),
                       shape.bias ? device_bias.data() : nullptr,
                       output.data(),
                       scales.data(),
                       shape.width,
                       shape.layer,
                       epsilon,
                       shape.added};
  Launch launch = norm_launch(Element<T>::TYPE, Element<R>::TYPE, Element<Q>::TYPE, shape.rows, shape.width);
  std::string what = std::string(launch.kernel) + " width " + std::to_string(shape.width);
  Traffic traffic = run(launch, params);
  std::vector<double> x = summed(stream, delta, shape.delta);
  std::vector<R> kept = device_stream.read();
  for (size_t i = 0; i < count; i++)
    CHECK(static_cast<double>(to_float(kept[i])) == x[i], "%s: sum %zu", what.c_str(), i);
  std::vector<Q> result = output.read();
  std::vector<float> row_scales = sizeof(Q) == 1 ? scales.read() : std::vector<float>();
  for (size_t row = 0; row < shape.rows; row++)
    check_row<T, R>(normalized(x.data() + row * n, shape, weight, bias, epsilon), result, row, row_scales,
                    what.c_str());
  if (shape.width % 32 != 0)
    return;
  uint64_t read = count * (sizeof(R) + (shape.delta ? sizeof(T) : 0)) + n * (shape.bias ? 8 : 4);
  uint64_t written = count * (sizeof(Q) + (shape.delta ? sizeof(R) : 0)) + (sizeof(Q) == 1 ? 4 * shape.rows : 0);
  check_traffic(traffic, read, written, shape.width >= 1024, what.c_str());
}

template <class T> void check_types(const Shape &shape, Random &random) {
  check_norm<T, T, T>(shape, random);
  check_norm<T, float, T>(shape, random);
  check_norm<T, T, int8_t>(shape, random);
  check_norm<T, float, int8_t>(shape, random);
  check_norm<T, T, e4m3>(shape, random);
  check_norm<T, float, e4m3>(shape, random);
}

// A row's bits do not depend on the rows beside it.
void check_batch_invariance(Random &random) {
  constexpr uint32_t ROWS = 5;
  constexpr int32_t WIDTH = 1544;
  std::vector<bf16> stream = random_values<bf16>(random, ROWS * WIDTH);
  Array<float> weight(random_floats(random, WIDTH, 1, 0.5f));
  auto normalize = [&](const std::vector<bf16> &rows) {
    Array<bf16> input(rows), output(rows.size());
    NormParams params = {input.data(), nullptr, nullptr, weight.data(), nullptr, output.data(),
                         nullptr,      WIDTH,   0,       1e-6f,         0};
    run(norm_launch(DType::BF16, DType::BF16, DType::BF16, static_cast<uint32_t>(rows.size()) / WIDTH, WIDTH), params);
    return output.read();
  };
  std::vector<bf16> together = normalize(stream);
  for (size_t row = 0; row < ROWS; row++) {
    auto begin = stream.begin() + static_cast<std::ptrdiff_t>(row * WIDTH);
    std::vector<bf16> alone = normalize(std::vector<bf16>(begin, begin + WIDTH));
    CHECK(memcmp(alone.data(), together.data() + row * WIDTH, WIDTH * sizeof(bf16)) == 0, "row %zu", row);
  }
}

// A bad value makes its row's scale a NaN and leaves the other rows alone; a row of zeros stays one.
void check_bad_rows() {
  constexpr int32_t WIDTH = 64;
  for (float bad : {NAN, INFINITY}) {
    std::vector<bf16> stream(3 * WIDTH, from_float<bf16>(1));
    stream[5] = from_float<bf16>(bad);
    for (int i = 0; i < WIDTH; i++)
      stream[2 * WIDTH + i] = from_float<bf16>(0);
    Array<bf16> input(stream);
    Array<float> weight(std::vector<float>(WIDTH, 1.0f)), scales(3);
    Array<int8_t> output(3 * WIDTH);
    NormParams params = {input.data(),  nullptr, nullptr, weight.data(), nullptr, output.data(),
                         scales.data(), WIDTH,   0,       1e-6f,         0};
    run(norm_launch(DType::BF16, DType::BF16, DType::I8, 3, WIDTH), params);
    std::vector<float> scale = scales.read();
    std::vector<int8_t> codes = output.read();
    CHECK(std::isnan(scale[0]) && std::isfinite(scale[1]) && scale[2] == 0, "%g %g %g", scale[0], scale[1], scale[2]);
    CHECK(codes[0] == 0 && codes[WIDTH] == 127 && codes[2 * WIDTH] == 0, "%d %d %d", codes[0], codes[WIDTH],
          codes[2 * WIDTH]);
  }
}

} // namespace

int main() {
  Random random(1);
  const Shape shapes[] = {
      {2, 16, false, true, false, 0},    {3, 17, true, true, true, 0},     {2, 128, true, false, true, 0},
      {2, 1000, false, false, false, 1}, {1, 1003, false, true, true, 0},  {2, 2048, true, true, false, 0},
      {1, 1024, false, true, false, 0},  {1, 1024, true, true, true, 0},   {1, 4096, true, true, true, 0},
      {1, 4096, false, true, false, 0},  {2, 4096, false, true, false, 0},  {1, 5120, false, true, false, 1}, {1, 16384, false, true, false, 0}};
  for (const Shape &shape : shapes) {
    check_types<bf16>(shape, random);
    check_types<f16>(shape, random);
  }
  check_batch_invariance(random);
  check_bad_rows();
  CHECK(norm_launch(DType::BF16, DType::BF16, DType::BF16, 1, 16385).kernel == nullptr, "too wide");
  CHECK(norm_launch(DType::BF16, DType::F16, DType::BF16, 1, 64).kernel == nullptr, "mixed types");
  return llmserving_test::finish();
}
