// Number formats narrower than 32 bits, as plain bits with explicit conversions by integer arithmetic: the same code and
// the same results on every device and on the host. All conversions to a narrower type round to nearest, ties to even.
#ifndef LLMSERVING_GPU_PLATFORM_TYPES_H
#define LLMSERVING_GPU_PLATFORM_TYPES_H

#include <stdint.h>

#if defined(__CUDACC__)
#define LLM_HOST_DEVICE __host__ __device__ __forceinline__
#elif defined(__HIP__)
#define LLM_HOST_DEVICE __attribute__((host, device)) inline __attribute__((always_inline))
#else
#define LLM_HOST_DEVICE inline
#endif

namespace llmserving {
namespace gpu {

struct bf16 { uint16_t bits; }; // 8 exponent, 7 mantissa bits
struct f16 { uint16_t bits; };  // IEEE binary16
struct e4m3 { uint8_t bits; };  // no infinity, NaN = s1111111, largest 448 (OCP 8-bit floating point, 2023)
struct e5m2 { uint8_t bits; };  // infinity as IEEE, largest 57344

// 16, 8 and 4 bytes that one lane loads or stores at once.
struct alignas(16) u128 { uint32_t x, y, z, w; };
struct alignas(8) u64 { uint32_t x, y; };

LLM_HOST_DEVICE float float_of_bits(uint32_t bits) {
  union { uint32_t u; float f; } v;
  v.u = bits;
  return v.f;
}
LLM_HOST_DEVICE uint32_t bits_of_float(float value) {
  union { uint32_t u; float f; } v;
  v.f = value;
  return v.u;
}

LLM_HOST_DEVICE float to_float(float x) { return x; }
LLM_HOST_DEVICE float to_float(bf16 x) { return float_of_bits(static_cast<uint32_t>(x.bits) << 16); }

// A magnitude of E exponent and M mantissa bits, shifted to where a float has them, is off by a power of two alone;
// subnormals come out right because the multiplication normalizes them.
LLM_HOST_DEVICE float to_float(f16 x) {
  uint32_t sign = (static_cast<uint32_t>(x.bits) & 0x8000u) << 16, magnitude = x.bits & 0x7fffu;
  if (magnitude >= 0x7c00u)
    return float_of_bits(sign | 0x7f800000u | (magnitude & 0x3ffu) << 13);
  return float_of_bits(sign | bits_of_float(float_of_bits(magnitude << 13) * 5.192296858534828e33f)); // 2^112
}
LLM_HOST_DEVICE float to_float(e4m3 x) {
  uint32_t sign = (static_cast<uint32_t>(x.bits) & 0x80u) << 24, magnitude = x.bits & 0x7fu;
  if (magnitude == 0x7fu)
    return float_of_bits(sign | 0x7fc00000u);
  return float_of_bits(sign | bits_of_float(float_of_bits(magnitude << 20) * 1.329227995784916e36f)); // 2^120
}
LLM_HOST_DEVICE float to_float(e5m2 x) {
  f16 wide = {static_cast<uint16_t>(static_cast<uint32_t>(x.bits) << 8)};
  return to_float(wide);
}

template <class T> LLM_HOST_DEVICE T from_float(float x);
template <> LLM_HOST_DEVICE float from_float<float>(float x) { return x; }
template <> LLM_HOST_DEVICE bf16 from_float<bf16>(float x) {
  uint32_t bits = bits_of_float(x);
  if ((bits & 0x7fffffffu) > 0x7f800000u)
    return {static_cast<uint16_t>((bits >> 16) | 0x40u)};
  return {static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16)};
}

// Rounds a finite float's magnitude to a format of M mantissa bits and exponent bias B, subnormals included: adding a
// power of two whose last place is the format's makes the addition round.
template <int MANTISSA, int BIAS> LLM_HOST_DEVICE uint32_t round_magnitude(uint32_t magnitude) {
  constexpr uint32_t least_normal = static_cast<uint32_t>(128 - BIAS) << 23; // 2^(1 - BIAS)
  if (magnitude < least_normal) {
    constexpr uint32_t shifter = static_cast<uint32_t>(127 + 23 - MANTISSA + 1 - BIAS) << 23;
    return bits_of_float(float_of_bits(magnitude) + float_of_bits(shifter)) - shifter;
  }
  constexpr int drop = 23 - MANTISSA;
  uint32_t odd = (magnitude >> drop) & 1u;
  return ((magnitude - (static_cast<uint32_t>(127 - BIAS) << 23)) + ((1u << (drop - 1)) - 1u) + odd) >> drop;
}
template <> LLM_HOST_DEVICE f16 from_float<f16>(float x) {
  uint32_t bits = bits_of_float(x), sign = (bits >> 16) & 0x8000u, magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u)
    return {static_cast<uint16_t>(sign | 0x7e00u)};
  if (magnitude >= 0x47800000u) // 2^16
    return {static_cast<uint16_t>(sign | 0x7c00u)};
  return {static_cast<uint16_t>(sign | round_magnitude<10, 15>(magnitude))};
}
// Saturates, as stores to a cache want it.
template <> LLM_HOST_DEVICE e4m3 from_float<e4m3>(float x) {
  uint32_t bits = bits_of_float(x), sign = (bits >> 24) & 0x80u, magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u)
    return {static_cast<uint8_t>(sign | 0x7fu)};
  if (magnitude >= 0x43e00000u) // 448
    return {static_cast<uint8_t>(sign | 0x7eu)};
  return {static_cast<uint8_t>(sign | round_magnitude<3, 7>(magnitude))};
}
template <> LLM_HOST_DEVICE e5m2 from_float<e5m2>(float x) {
  uint32_t bits = bits_of_float(x), sign = (bits >> 24) & 0x80u, magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u)
    return {static_cast<uint8_t>(sign | 0x7fu)};
  if (magnitude >= 0x47600000u) // 57344
    return {static_cast<uint8_t>(sign | 0x7bu)};
  return {static_cast<uint8_t>(sign | round_magnitude<2, 15>(magnitude))};
}


} // namespace gpu
} // namespace llmserving

#endif
