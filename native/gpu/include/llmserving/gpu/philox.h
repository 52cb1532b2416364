// The sampler's noise and its exponential, to the bit what the CPU's sampler computes (cpu/sampling/noise.h, lanes.h): each
// operation is rounded by itself, none is contracted or approximate.
#ifndef LLMSERVING_GPU_PHILOX_H
#define LLMSERVING_GPU_PHILOX_H

#include "llmserving/gpu/platform.h"

namespace llmserving {
namespace gpu {

struct PhiloxWords {
  uint32_t word[4];
};

// Philox4x32-10 (Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3, 2011) with key {k0, k1}.
DEVICE_INLINE PhiloxWords philox(uint32_t k0, uint32_t k1, uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3) {
#if defined(__HIP__) // unrolled, the keys of all rounds are kept, for which a wave has too few scalar registers
  NO_UNROLL
#else
  UNROLL
#endif
  for (int round = 0; round < 10; round++) {
    uint64_t p0 = static_cast<uint64_t>(c0) * 0xD2511F53u, p1 = static_cast<uint64_t>(c2) * 0xCD9E8D57u;
    c0 = static_cast<uint32_t>(p1 >> 32) ^ c1 ^ k0;
    c1 = static_cast<uint32_t>(p1);
    c2 = static_cast<uint32_t>(p0 >> 32) ^ c3 ^ k1;
    c3 = static_cast<uint32_t>(p0);
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  return {{c0, c1, c2, c3}};
}

struct NoiseKey {
  uint32_t seed_low, seed_high, choice, position;
};

// A token's random word: word id % 4 of counter {choice, position, id / 4, 0}.
DEVICE_INLINE uint32_t noise_word(const NoiseKey &key, int32_t id) {
  PhiloxWords x = philox(key.seed_low, key.seed_high, key.choice, key.position, static_cast<uint32_t>(id >> 2), 0);
  uint32_t low = (id & 1) == 0 ? x.word[0] : x.word[1], high = (id & 1) == 0 ? x.word[2] : x.word[3];
  return (id & 2) == 0 ? low : high;
}

// a * b + c, rounded twice.
DEVICE_INLINE float mul_add_rn(float a, float b, float c) { return add_rn(mul_rn(a, b), c); }

// exp for x <= 0; below -86 as at -86. 2^(n + f) with f in [-1/2, 1/2]: a polynomial for 2^f, whose exponent n is added to.
DEVICE_INLINE float exp_negative(float x) {
  float z = mul_rn(x, 1.44269504f);
  z = z > -125.0f ? z : -125.0f;
  float shifted = add_rn(z, 12582912.0f); // n in the lowest bits
  float f = add_rn(z, -add_rn(shifted, -12582912.0f));
  float p = mul_add_rn(f, 1.53533416e-4f, 1.33989006e-3f);
  p = mul_add_rn(p, f, 9.61843785e-3f);
  p = mul_add_rn(p, f, 5.55033237e-2f);
  p = mul_add_rn(p, f, 2.40226477e-1f);
  p = mul_add_rn(p, f, 6.93147182e-1f);
  p = mul_add_rn(p, f, 1.0f);
  return float_of_bits(bits_of_float(p) + (bits_of_float(shifted) << 23));
}

// log for normal x > 0: 2^k m with m in [sqrt(1/2), sqrt(2)), log m = 2 artanh((m - 1) / (m + 1)).
DEVICE_INLINE float log_positive(float x) {
  int32_t shifted = static_cast<int32_t>(bits_of_float(x)) - 0x3f3504f3; // sqrt(1/2)
  float k = static_cast<float>(shifted >> 23);
  float m = float_of_bits(static_cast<uint32_t>((shifted & 0x007fffff) + 0x3f3504f3));
  float s = div_rn(add_rn(m, -1.0f), add_rn(m, 1.0f)), s2 = mul_rn(s, s);
  float p = mul_add_rn(s2, 1.11111111e-1f, 1.42857143e-1f);
  p = mul_add_rn(p, s2, 0.2f);
  p = mul_add_rn(p, s2, 3.33333333e-1f);
  float twice = mul_rn(2.0f, s);
  float log_m = add_rn(twice, mul_rn(mul_rn(twice, s2), p));
  return add_rn(mul_rn(k, 0.693359375f), add_rn(mul_rn(k, -2.12194440e-4f), log_m));
}

// Uniform in (0, 1), precise near 0, where the noise is great.
DEVICE_INLINE float uniform_of(uint32_t word) {
  float v =
      mul_add_rn(static_cast<float>(static_cast<int32_t>(word >> 1)), 4.656612873077393e-10f, 2.3283064365386963e-10f);
  return v < 0.99999994f ? v : 0.99999994f;
}

// -log(-log(1 - v)). What 1 - v loses to rounding is added to its logarithm.
DEVICE_INLINE float gumbel_of(float v) {
  float y = add_rn(1.0f, -v);
  float lost = add_rn(add_rn(1.0f, -y), -v);
  return -log_positive(-add_rn(log_positive(y), lost));
}

} // namespace gpu
} // namespace llmserving

#endif
