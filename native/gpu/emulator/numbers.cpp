// Arithmetic of two packed 16-bit floats, rounded once.
#include <cstdint>

#include "llmserving/gpu/platform.h"

namespace llmserving {
namespace emulator {

namespace {

// Rounding to odd keeps what a later rounding to fewer digits has to know: inexact results end in a one.
double to_odd(double value, bool inexact, bool toward_zero_is_below) {
  union { double value; uint64_t bits; } v;
  v.value = value;
  if (!inexact || (v.bits & 1) != 0)
    return value;
  v.bits += toward_zero_is_below ? uint64_t{0} - 1 : 1;
  return v.value;
}

// a b + c for a, b whose product is exact in a double.
double fma_to_odd(float a, float b, float c) {
  double product = static_cast<double>(a) * b, addend = c, sum = product + addend;
  if (sum - sum != 0) // infinite or no number
    return sum;
  // Knuth's two-sum: the rounding error of the sum, exactly.
  double part = sum - product, error = (product - (sum - part)) + (addend - part);
  return to_odd(sum, error != 0, sum > 0 ? error < 0 : error > 0);
}

float narrow_to_odd(double value) {
  float rounded = static_cast<float>(value);
  double back = rounded;
  if (back == value || value - value != 0 || back - back != 0)
    return rounded;
  uint32_t bits = gpu::bits_of_float(rounded);
  bool away = value > 0 ? back > value : back < value;
  if ((bits & 1) == 0)
    bits += away ? uint32_t{0} - 1 : 1;
  return gpu::float_of_bits(bits);
}

template <class T> uint32_t hfma2(uint32_t a, uint32_t b, uint32_t c) {
  uint32_t result = 0;
  for (int half = 0; half < 2; half++) {
    float x = gpu::to_float(T{static_cast<uint16_t>(a >> (16 * half))});
    float y = gpu::to_float(T{static_cast<uint16_t>(b >> (16 * half))});
    float z = gpu::to_float(T{static_cast<uint16_t>(c >> (16 * half))});
    T rounded = gpu::from_float<T>(narrow_to_odd(fma_to_odd(x, y, z)));
    result |= static_cast<uint32_t>(rounded.bits) << (16 * half);
  }
  return result;
}

} // namespace

uint32_t hfma2_bf16(uint32_t a, uint32_t b, uint32_t c) { return hfma2<gpu::bf16>(a, b, c); }
uint32_t hfma2_f16(uint32_t a, uint32_t b, uint32_t c) { return hfma2<gpu::f16>(a, b, c); }

} // namespace emulator
} // namespace llmserving
