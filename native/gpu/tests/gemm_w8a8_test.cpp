// gemm_w8a8: the sums are integers and must be equal; so must the scaled results, whose operations are known.
#include <cmath>
#include <cstdint>
#include <vector>

#include "harness.h"
#include "llmserving/gpu/gemm_w8a8.h"
#include "low_precision.h"

using namespace llmserving;
using namespace llmserving::gpu;
using namespace llmserving::gputest;
using llmserving_test::Random;

namespace {

std::vector<int8_t> random_bytes(Random &random, size_t count) {
  std::vector<int8_t> values(count);
  for (int8_t &value : values)
    value = static_cast<int8_t>(random.next());
  return values;
}

std::vector<float> random_scales(Random &random, size_t count) {
  std::vector<float> values(count);
  for (float &value : values)
    value = 0.01f + 0.001f * random.uniform();
  return values;
}

struct Case {
  int32_t m, n, k;
  std::vector<int8_t> x, w;
  std::vector<float> x_scale, w_scale;
  std::vector<int32_t> sums; // [m][n]

  Case(Random &random, int32_t m, int32_t n, int32_t k)
      : m(m), n(n), k(k), x(random_bytes(random, static_cast<size_t>(m) * k)),
        w(random_bytes(random, static_cast<size_t>(n) * k)), x_scale(random_scales(random, m)),
        w_scale(random_scales(random, n)), sums(static_cast<size_t>(m) * n) {
    for (int32_t i = 0; i < k; i++)
      x[i] = w[i] = -128; // the greatest products
    for (int32_t i = 0; i < m; i++)
      for (int32_t j = 0; j < n; j++) {
        int64_t sum = 0;
        for (int32_t c = 0; c < k; c++)
          sum += static_cast<int64_t>(x[static_cast<size_t>(i) * k + c]) * w[static_cast<size_t>(j) * k + c];
        sums[static_cast<size_t>(i) * n + j] = static_cast<int32_t>(sum);
      }
  }
};

template <class T>
void check_result(const Case &c, const std::vector<T> &bias, const std::vector<T> &y, int64_t stride) {
  for (int32_t i = 0; i < c.m; i++)
    for (int32_t j = 0; j < c.n; j++) {
      float shift = bias.empty() ? 0.0f : to_float(bias[j]);
      float exact =
          std::fma(static_cast<float>(c.sums[static_cast<size_t>(i) * c.n + j]), c.x_scale[i] * c.w_scale[j], shift);
      T expected = from_float<T>(exact), got = y[static_cast<size_t>(i * stride + j)];
      CHECK(got.bits == expected.bits, "m %d n %d k %d: y[%d][%d] = %g, not %g", c.m, c.n, c.k, i, j, to_float(got),
            to_float(expected));
    }
}

// parts of k beyond 1: by gemm_w8a8_sums and gemm_w8a8_scale.
template <class T> Traffic check_gemm(Random &random, const Case &c, int64_t stride, bool with_bias, int32_t splits) {
  std::vector<T> bias = with_bias ? random_values<T>(random, c.n, 100) : std::vector<T>();
  Array<int8_t> x(c.x), w(c.w);
  Array<float> x_scale(c.x_scale), w_scale(c.w_scale);
  Array<T> bias_array(with_bias ? bias : std::vector<T>(8)), y(std::vector<T>(static_cast<size_t>(c.m) * stride));
  Array<int32_t> sums(static_cast<size_t>(splits) * c.m * c.n);
  GemmW8A8Params p = {x.data(),
                      w.data(),
                      x_scale.data(),
                      w_scale.data(),
                      with_bias ? bias_array.data() : nullptr,
                      y.data(),
                      sums.data(),
                      stride,
                      c.m,
                      c.n,
                      c.k,
                      splits};
  Traffic traffic;
  if (splits == 0) {
    traffic = run(gemm_w8a8_launch(dtype_of<T>(), c.m, c.n), p);
  } else {
    traffic = run(gemm_w8a8_sums_launch(c.m, c.n, splits), p);
    std::vector<int32_t> parts = sums.read();
    for (size_t i = 0; i < c.sums.size(); i++) {
      int64_t sum = 0;
      for (int32_t split = 0; split < splits; split++)
        sum += parts[split * c.sums.size() + i];
      CHECK(sum == c.sums[i], "m %d n %d k %d, %d parts: sum %zu = %lld, not %d", c.m, c.n, c.k, splits, i,
            static_cast<long long>(sum), c.sums[i]);
    }
    run(gemm_w8a8_scale_launch(dtype_of<T>(), c.m, c.n), p);
  }
  check_result(c, bias, y.read(), stride);
  return traffic;
}

void check_shapes() {
  Random random(1);
  const int32_t shapes[][3] = {{1, 100, 96},  {2, 8, 16},     {15, 64, 96},  {16, 100, 400},
                               {17, 100, 96}, {65, 136, 144}, {129, 100, 96}};
  for (const auto &[m, n, k] : shapes) {
    Case c(random, m, n, k);
    check_gemm<bf16>(random, c, n, true, 0);
    check_gemm<f16>(random, c, n + 8, false, 0);
  }
  for (int32_t splits : {1, 3}) {
    Case c(random, 5, 100, 400);
    check_gemm<bf16>(random, c, 100, true, splits);
    check_gemm<f16>(random, c, 104, false, splits);
  }
  Case odd(random, 3, 99, 32);
  check_gemm<bf16>(random, odd, 99, true, 2); // more parts than there are tiles of k
}

void check_streaming(const Traffic &t) {
  CHECK(t.load_efficiency() >= 0.95, "%g", t.load_efficiency());
  CHECK(t.store_efficiency() >= 0.95, "%g", t.store_efficiency());
  CHECK(t.bank_conflicts() <= 1.05, "%g", t.bank_conflicts());
  CHECK(t.ldmatrix_wavefronts == t.ldmatrix_ideal, "%llu", static_cast<unsigned long long>(t.ldmatrix_wavefronts));
}

template <class T> void check_traffic() {
  Random random(2);
  Case small(random, 16, 128, 1024), medium(random, 64, 128, 1024), large(random, 256, 128, 1024),
      row(random, 1, 1024, 1024);
  Traffic traffic = check_gemm<T>(random, small, 128, true, 0);
  check_streaming(traffic);
  // Weights once.
  CHECK(traffic.unique_load_bytes <= 1.02 * (128 * 1024 + 16 * 1024 + 4 * (128 + 16) + 2 * 128), "%llu",
        static_cast<unsigned long long>(traffic.unique_load_bytes));
  check_streaming(check_gemm<T>(random, medium, 128, true, 0));
  check_streaming(check_gemm<T>(random, large, 128, true, 0));
  check_streaming(check_gemm<T>(random, row, 1024, true, 8));
}

void check_launches() {
  CHECK(gemm_w8a8_launch(DType::F32, 1, 1).kernel == nullptr, "no f32");
  CHECK(gemm_w8a8_splits(1, 4096, 4096, 132) == 8, "%d", gemm_w8a8_splits(1, 4096, 4096, 132));
  CHECK(gemm_w8a8_splits(1, 128256, 4096, 132) == 1, "%d", gemm_w8a8_splits(1, 128256, 4096, 132));
  CHECK(gemm_w8a8_splits(64, 4096, 4096, 132) == 1, "%d", gemm_w8a8_splits(64, 4096, 4096, 132));
}

} // namespace

int main() {
  check_shapes();
  check_traffic<bf16>();
  check_traffic<f16>();
  check_launches();
  return llmserving_test::finish();
}
