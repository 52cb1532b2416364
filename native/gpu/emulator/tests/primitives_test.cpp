// The platform's primitives, exactly: collectives, matrix products and their fragments' layouts.
#include "primitives.h"

#include <algorithm>
#include <cmath>
#include <cstring>
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
template <class T> void test_product(const char *kernel, uint64_t mmas) {
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
  CHECK(traffic.mmas == mmas, "%llu", static_cast<unsigned long long>(traffic.mmas));
}

void test_int_product(const char *kernel) {
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
  run({kernel, 1, 1, 1, 32, 0}, IntProductParams{da.data(), db.data(), dd.data()});
  std::vector<int32_t> d = dd.read();
  for (size_t row = 0; row < 16; row++)
    for (size_t column = 0; column < 8; column++) {
      int32_t expected = c[row * 8 + column];
      for (size_t k = 0; k < 32; k++)
        expected += a[row * 32 + k] * b[column * 32 + k];
      CHECK(d[row * 8 + column] == expected, "%s: row %zu, column %zu", kernel, row, column);
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

uint32_t permuted(uint32_t a, uint32_t b, uint32_t selector) {
  uint8_t bytes[8];
  memcpy(bytes, &a, 4);
  memcpy(bytes + 4, &b, 4);
  uint8_t result[4];
  for (int i = 0; i < 4; i++)
    result[i] = bytes[selector >> (4 * i) & 7];
  uint32_t word;
  memcpy(&word, result, 4);
  return word;
}

uint32_t dot_of_bytes(uint32_t a, uint32_t b, uint32_t c) {
  int64_t sum = static_cast<int32_t>(c);
  int8_t x[4], y[4];
  memcpy(x, &a, 4);
  memcpy(y, &b, 4);
  for (int i = 0; i < 4; i++)
    sum += x[i] * y[i];
  return static_cast<uint32_t>(sum);
}

// Whole multiples of 2^-48 hold every product and sum of binary16 numbers.
float fused_f16(float a, float b, float c) {
  if (!std::isfinite(a) || !std::isfinite(b) || !std::isfinite(c))
    return a * b + c;
  __int128 product = static_cast<__int128>(std::ldexp(a, 24)) * static_cast<__int128>(std::ldexp(b, 24));
  __int128 sum = product + static_cast<__int128>(std::ldexp(static_cast<double>(c), 48));
  if (sum == 0)
    return a * b + c; // for the sign
  unsigned __int128 magnitude = sum < 0 ? -sum : sum;
  int top = 0;
  while (magnitude >> (top + 1) != 0)
    top++;
  int drop = std::max(top - 10, 24); // the last place of the result: 11 digits, but not below 2^-24
  unsigned __int128 half = static_cast<unsigned __int128>(1) << (drop - 1), rest = magnitude & (2 * half - 1);
  unsigned __int128 kept = magnitude >> drop;
  kept += rest > half || (rest == half && (kept & 1) != 0);
  float value = static_cast<float>(std::ldexp(static_cast<double>(kept), drop - 48));
  value = value > 65504 ? INFINITY : value;
  return sum < 0 ? -value : value;
}

template <class T> float half_of(uint32_t word, int half) {
  return gpu::to_float(T{static_cast<uint16_t>(word >> (16 * half))});
}

void check_f16_pair(uint32_t got, uint32_t a, uint32_t b, uint32_t c) {
  for (int half = 0; half < 2; half++) {
    auto widened = [half](uint32_t word) { return half_of<gpu::f16>(word, half); };
    float expected = fused_f16(widened(a), widened(b), widened(c));
    float value = widened(got);
    CHECK((std::isnan(value) && std::isnan(expected)) || value == expected, "hfma2 %a %a %a is %a, not %a", widened(a),
          widened(b), widened(c), value, expected);
  }
}

// In a double the sum of such numbers is exact if their exponents are near each other.
void check_bf16_pair(uint32_t got, uint32_t a, uint32_t b, uint32_t c) {
  for (int half = 0; half < 2; half++) {
    auto widened = [half](uint32_t word) { return half_of<gpu::bf16>(word, half); };
    double sum = static_cast<double>(widened(a)) * widened(b) + widened(c);
    float expected = gpu::to_float(gpu::from_float<gpu::bf16>(static_cast<float>(sum)));
    bool exact_float = static_cast<double>(static_cast<float>(sum)) == sum;
    CHECK(!exact_float || widened(got) == expected, "hfma2 %a %a %a is %a, not %a", widened(a), widened(b), widened(c),
          widened(got), expected);
  }
}

// Two bf16 of magnitude 1/4 to 4, from random bits.
uint32_t moderate_bf16(uint32_t bits) { return (bits & 0x80ff80ffu) | 0x3f003f00u; }

void test_words() {
  for (int round = 0; round < 200; round++) {
    std::vector<uint32_t> a(32), b(32), c(32);
    for (size_t i = 0; i < 32; i++) {
      a[i] = numbers.next();
      b[i] = numbers.next();
      c[i] = numbers.next();
      if (round % 2 == 1)
        a[i] = moderate_bf16(a[i]), b[i] = moderate_bf16(b[i]), c[i] = moderate_bf16(c[i]);
    }
    Array<uint32_t> da(a), db(b), dc(c), out(8 * 32);
    run({"test_words", 1, 1, 1, 32, 0}, WordParams{da.data(), db.data(), dc.data(), out.data()});
    std::vector<uint32_t> result = out.read();
    for (size_t i = 0; i < 32; i++) {
      CHECK(result[i] == permuted(a[i], b[i], c[i]), "byte_perm %x %x %x", a[i], b[i], c[i]);
      CHECK(result[32 + i] == ((a[i] & b[i]) | (~a[i] & c[i])), "lop3 0xca");
      CHECK(result[64 + i] == ((a[i] & b[i]) | c[i]), "lop3 0xea");
      CHECK(result[96 + i] == (a[i] ^ b[i] ^ c[i]), "lop3 0x96");
      CHECK(result[128 + i] == dot_of_bytes(a[i], b[i], c[i]), "dp4a %x %x %x", a[i], b[i], c[i]);
      check_f16_pair(result[160 + i], a[i], b[i], c[i]);
      if (round % 2 == 1)
        check_bf16_pair(result[192 + i], a[i], b[i], c[i]);
      bool numbers_only = (a[i] & 0x7c00u) != 0x7c00u && (a[i] & 0x7c000000u) != 0x7c000000u;
      CHECK(!numbers_only || result[224 + i] == a[i], "pack2 of unpack2 %x is %x", a[i], result[224 + i]);
    }
  }
}

} // namespace

// All codes of 8 bits, in either half.
void test_codes() {
  for (uint32_t first = 0; first < 256; first += 32) {
    std::vector<uint32_t> words(32);
    for (uint32_t i = 0; i < 32; i++)
      words[i] = (first + i) | (255 - first - i) << 16;
    Array<uint32_t> in(words), expected(32), out(32);
    run({"amd_codes", 1, 1, 1, 32, 0}, CodesParams{in.data(), expected.data(), out.data()});
    std::vector<uint32_t> wanted = expected.read(), got = out.read();
    for (size_t i = 0; i < 32; i++) {
      CHECK(got[i] == wanted[i], "code %zu: %08x, not %08x", first + i, got[i], wanted[i]);
      CHECK(half_of<gpu::bf16>(got[i], 0) == static_cast<int8_t>(words[i]), "code %zu", first + i);
    }
  }
}

int main() {
  test_words();
  test_codes();
  test_transpose();
  test_product<gpu::bf16>("test_product_bf16", 1);
  test_product<gpu::f16>("test_product_f16", 1);
  test_product<gpu::bf16>("amd_product_bf16", 0);
  test_product<gpu::f16>("amd_product_f16", 0);
  test_int_product("test_product_i8");
  test_int_product("amd_product_i8");
  test_collectives();
  return llmserving_test::finish();
}
