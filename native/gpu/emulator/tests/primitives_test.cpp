// The platform's primitives, exactly: collectives, matrix products and their fragments' layouts.
#include "primitives.h"

#include <vector>

#include "check.h"
#include "harness.h"
#include "llmserving/gpu/platform.h"

using namespace llmserving;
using namespace llmserving::gputest;

namespace {

llmserving_test::Random numbers(1);

int32_t small(int32_t bound) { return static_cast<int32_t>(numbers.next() % (2 * bound + 1)) - bound; }

void test_transpose() {
  std::vector<float> values(5 * 1024);
  for (float &value : values)
    value = numbers.uniform();
  Array<float> input(values), output(values.size());
  run({"test_transpose", 5, 1, 1, 1024, 32 * 33 * 4}, TransposeParams{input.data(), output.data()});
  std::vector<float> result = output.read();
  for (size_t i = 0; i < values.size(); i++)
    CHECK(result[i] == values[i / 1024 * 1024 + i % 32 * 32 + i / 32 % 32], "element %zu", i);
}

// Small whole numbers: exact in all formats and sums.
template <class T> void test_product(const char *kernel) {
  std::vector<uint16_t> a(256), b(128);
  std::vector<float> c(128);
  for (uint16_t &value : a)
    value = gpu::from_float<T>(static_cast<float>(small(9))).bits;
  for (uint16_t &value : b)
    value = gpu::from_float<T>(static_cast<float>(small(9))).bits;
  for (float &value : c)
    value = static_cast<float>(small(100));
  Array<uint16_t> da(a), db(b);
  Array<float> dc(c), dd(128);
  Traffic traffic = run({kernel, 1, 1, 1, 32, 768}, ProductParams{da.data(), db.data(), dc.data(), dd.data()});
  std::vector<float> d = dd.read();
  for (size_t row = 0; row < 16; row++)
    for (size_t column = 0; column < 8; column++) {
      float expected = c[row * 8 + column];
      for (size_t k = 0; k < 16; k++)
        expected += gpu::to_float(T{a[row * 16 + k]}) * gpu::to_float(T{b[k * 8 + column]});
      CHECK(d[row * 8 + column] == expected, "%s: row %zu, column %zu", kernel, row, column);
    }
  CHECK(traffic.mmas == 1, "%llu", static_cast<unsigned long long>(traffic.mmas));
}

void test_int_product() {
  std::vector<int8_t> a(512), b(256);
  std::vector<int32_t> c(128);
  for (int8_t &value : a)
    value = static_cast<int8_t>(numbers.next());
  for (int8_t &value : b)
    value = static_cast<int8_t>(numbers.next());
  for (int32_t &value : c)
    value = small(1 << 20);
  Array<int8_t> da(a), db(b);
  Array<int32_t> dd(c);
  run({"test_product_i8", 1, 1, 1, 32, 0}, IntProductParams{da.data(), db.data(), dd.data()});
  std::vector<int32_t> d = dd.read();
  for (size_t row = 0; row < 16; row++)
    for (size_t column = 0; column < 8; column++) {
      int32_t expected = c[row * 8 + column];
      for (size_t k = 0; k < 32; k++)
        expected += a[row * 32 + k] * b[column * 32 + k];
      CHECK(d[row * 8 + column] == expected, "row %zu, column %zu", row, column);
    }
}

void test_collectives() {
  std::vector<uint32_t> input(32);
  uint32_t votes = 0, sum = 0;
  bool nine = false;
  for (uint32_t lane = 0; lane < 32; lane++) {
    input[lane] = numbers.next() % 50;
    votes |= input[lane] % 2 << lane;
    sum += input[lane];
    nine |= input[lane] == 9;
  }
  Array<uint32_t> in(input), out(8 * 32);
  run({"test_collectives", 1, 1, 1, 32, 0}, CollectiveParams{in.data(), out.data()});
  std::vector<uint32_t> result = out.read();
  for (uint32_t lane = 0; lane < 32; lane++) {
    uint32_t expected[8] = {input[lane ^ 5],
                            input[lane < 3 ? lane : lane - 3],
                            input[lane > 27 ? lane : lane + 4],
                            input[7],
                            votes,
                            nine,
                            1,
                            sum};
    for (uint32_t i = 0; i < 8; i++)
      CHECK(result[i * 32 + lane] == expected[i], "operation %u, lane %u", i, lane);
  }
}

} // namespace

int main() {
  test_transpose();
  test_product<gpu::bf16>("test_product_bf16");
  test_product<gpu::f16>("test_product_f16");
  test_int_product();
  test_collectives();
  return llmserving_test::finish();
}
