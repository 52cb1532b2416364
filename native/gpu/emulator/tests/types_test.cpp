// Conversions of narrow floats: every value of a format widens to what its bits say, and floats round to the nearest
// value, ties to even. The references work in double precision on the formats' definitions, not on bits.
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "check.h"
#include "llmserving/gpu/platform.h"

using namespace llmserving;
using namespace llmserving::gpu;

namespace {

struct Format {
  const char *name;
  int exponent_bits, mantissa_bits;
  bool infinity;   // else all ones is the only NaN
  bool saturating; // conversions to it
  double largest;
};
const Format BF16 = {"bf16", 8, 7, true, false, 0x1.fep127};
const Format F16 = {"f16", 5, 10, true, false, 65504};
const Format E4M3 = {"e4m3", 4, 3, false, true, 448};
const Format E5M2 = {"e5m2", 5, 2, true, true, 57344};

double decode(const Format &f, uint32_t bits) {
  uint32_t mantissa = bits & ((1u << f.mantissa_bits) - 1), exponents = (1u << f.exponent_bits) - 1;
  uint32_t exponent = bits >> f.mantissa_bits & exponents;
  double sign = bits >> (f.mantissa_bits + f.exponent_bits) ? -1 : 1;
  int bias = (1 << (f.exponent_bits - 1)) - 1;
  if (f.infinity && exponent == exponents)
    return mantissa == 0 ? sign * INFINITY : NAN;
  if (!f.infinity && exponent == exponents && mantissa == (1u << f.mantissa_bits) - 1)
    return NAN;
  double one = std::ldexp(1.0, f.mantissa_bits);
  return exponent == 0 ? sign * std::ldexp(mantissa / one, 1 - bias)
                       : sign * std::ldexp(1 + mantissa / one, static_cast<int>(exponent) - bias);
}

double rounded(const Format &f, double x) {
  if (std::isnan(x))
    return x;
  int least = 2 - (1 << (f.exponent_bits - 1)), exponent = least;
  if (x != 0 && !std::isinf(x))
    exponent = std::max(least, std::ilogb(x));
  double quantum = std::ldexp(1.0, exponent - f.mantissa_bits);
  double value = std::isinf(x) ? x : std::nearbyint(x / quantum) * quantum;
  if (std::fabs(value) > f.largest)
    value = std::copysign(f.saturating ? f.largest : INFINITY, x);
  return value;
}

bool same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) || (a == b && std::signbit(a) == std::signbit(b));
}

template <class T> void check_rounding(const Format &f, float x) {
  double got = decode(f, from_float<T>(x).bits), expected = rounded(f, x);
  CHECK(same(got, expected), "%s(%a) is %a, not %a", f.name, static_cast<double>(x), got, expected);
}

// Every value, and around every value and every midpoint between neighbours.
template <class T> void test_format(const Format &f) {
  uint32_t values = 1u << (1 + f.exponent_bits + f.mantissa_bits);
  for (uint32_t bits = 0; bits < values; bits++) {
    T value;
    value.bits = static_cast<decltype(value.bits)>(bits);
    double expected = decode(f, bits), next = decode(f, bits + 1 < values ? bits + 1 : bits);
    CHECK(same(to_float(value), expected), "%s %#x is %a, not %a", f.name, bits, static_cast<double>(to_float(value)),
          expected);
    for (double at : {expected, (expected + next) / 2}) {
      float x = static_cast<float>(at);
      for (float y : {x, std::nextafter(x, -INFINITY), std::nextafter(x, INFINITY)})
        check_rounding<T>(f, y);
    }
  }
  for (float x : {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 1e-45f, -1e-45f, 3.4e38f, -3.4e38f, 464.0f, 465.0f, 61440.0f})
    check_rounding<T>(f, x);
}

template <class T> void test_random(const Format &f) {
  llmserving_test::Random random(9);
  for (int i = 0; i < 1000000; i++)
    check_rounding<T>(f, float_of_bits(random.next()));
}

} // namespace

int main() {
  test_format<bf16>(BF16);
  test_format<f16>(F16);
  test_format<e4m3>(E4M3);
  test_format<e5m2>(E5M2);
  test_random<bf16>(BF16);
  test_random<f16>(F16);
  test_random<e4m3>(E4M3);
  test_random<e5m2>(E5M2);
  return llmserving_test::finish();
}
