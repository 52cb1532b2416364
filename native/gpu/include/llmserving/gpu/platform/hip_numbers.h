// Arithmetic on AMD GPUs: part of hip.h.
#ifndef LLMSERVING_GPU_PLATFORM_HIP_NUMBERS_H
#define LLMSERVING_GPU_PLATFORM_HIP_NUMBERS_H

namespace llmserving {
namespace gpu {

DEVICE_INLINE float fma(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
DEVICE_INLINE float mul_rn(float a, float b) {
#pragma clang fp contract(off)
  return a * b;
}
DEVICE_INLINE float add_rn(float a, float b) {
#pragma clang fp contract(off)
  return a + b;
}
DEVICE_INLINE float div_rn(float a, float b) { return a / b; }
DEVICE_INLINE float exp2_fast(float x) { return __builtin_exp2f(x); }
DEVICE_INLINE float log2_fast(float x) { return __builtin_log2f(x); }
DEVICE_INLINE float rcp_fast(float x) { return __builtin_amdgcn_rcpf(x); }
DEVICE_INLINE float rsqrt_fast(float x) { return __builtin_amdgcn_rsqf(x); }
// 1 - 2 / (e^(2x) + 1), whose terms cancel near zero; there by its series.
DEVICE_INLINE float tanh_fast(float x) {
  float series = x * fma(x * x, -0.33333333f, 1.0f);
  float whole = fma(-2.0f, rcp_fast(exp2_fast(x * 2.8853901f) + 1.0f), 1.0f); // 2 log2(e)
  return __builtin_fabsf(x) < 0.0625f ? series : whole;
}

// The low three bits of each nibble of the selector name a byte of b:a.
DEVICE_INLINE uint32_t byte_perm(uint32_t a, uint32_t b, uint32_t selector) {
  uint32_t bytes = (selector & 7u) | (selector & 0x70u) << 4 | (selector & 0x700u) << 8 | (selector & 0x7000u) << 12;
  return __builtin_amdgcn_perm(b, a, bytes);
}
// The table's bit 4 a + 2 b + c is the result for bits a, b, c.
template <int TABLE> DEVICE_INLINE uint32_t lop3(uint32_t a, uint32_t b, uint32_t c) {
  uint32_t result = 0;
  UNROLL
  for (int i = 0; i < 8; i++)
    if (TABLE >> i & 1)
      result |= (i & 4 ? a : ~a) & (i & 2 ? b : ~b) & (i & 1 ? c : ~c);
  return result;
}

template <class T> DEVICE_INLINE uint32_t pack2(float low, float high) {
  return static_cast<uint32_t>(from_float<T>(high).bits) << 16 | from_float<T>(low).bits;
}
template <> DEVICE_INLINE uint32_t pack2<f16>(float low, float high) {
  union { _Float16 half[2]; uint32_t word; } v;
  v.half[0] = static_cast<_Float16>(low);
  v.half[1] = static_cast<_Float16>(high);
  return v.word;
}
template <class T> DEVICE_INLINE void unpack2(uint32_t v, float &low, float &high);
template <> DEVICE_INLINE void unpack2<bf16>(uint32_t v, float &low, float &high) {
  low = float_of_bits(v << 16);
  high = float_of_bits(v & 0xffff0000u);
}
template <> DEVICE_INLINE void unpack2<f16>(uint32_t v, float &low, float &high) {
  union { _Float16 half[2]; uint32_t word; } halves;
  halves.word = v;
  low = static_cast<float>(halves.half[0]);
  high = static_cast<float>(halves.half[1]);
}

template <class T> DEVICE_INLINE uint32_t hfma2(uint32_t a, uint32_t b, uint32_t c);
template <> DEVICE_INLINE uint32_t hfma2<f16>(uint32_t a, uint32_t b, uint32_t c) {
  union Pair { _Float16 half[2]; uint32_t word; } x, y, z;
  x.word = a, y.word = b, z.word = c;
  z.half[0] = __builtin_fmaf16(x.half[0], y.half[0], z.half[0]);
  z.half[1] = __builtin_fmaf16(x.half[1], y.half[1], z.half[1]);
  return z.word;
}
// The product is exact in a float. The sum is rounded to odd first, so that rounding it again rounds once: its error is
// found as Knuth's two-sum finds it.
DEVICE_INLINE float fma_to_odd(float a, float b, float c) {
#pragma clang fp contract(off) reassociate(off)
  float product = a * b, sum = product + c;
  float part = sum - product, error = (product - (sum - part)) + (c - part);
  uint32_t bits = bits_of_float(sum);
  bool adjust = sum - sum == 0 && error != 0 && (bits & 1u) == 0;
  bool toward_zero = sum > 0 ? error < 0 : error > 0;
  return adjust ? float_of_bits(toward_zero ? bits - 1u : bits + 1u) : sum;
}
template <> DEVICE_INLINE uint32_t hfma2<bf16>(uint32_t a, uint32_t b, uint32_t c) {
  float a0, a1, b0, b1, c0, c1;
  unpack2<bf16>(a, a0, a1);
  unpack2<bf16>(b, b0, b1);
  unpack2<bf16>(c, c0, c1);
  return pack2<bf16>(fma_to_odd(a0, b0, c0), fma_to_odd(a1, b1, c1));
}
template <> DEVICE_INLINE uint32_t hfma2_exact<f16>(uint32_t a, uint32_t b, uint32_t c) { return hfma2<f16>(a, b, c); }

DEVICE_INLINE void compute_now(float &value) { asm volatile("" : "+v"(value)); }
DEVICE_INLINE void pdl_wait() {}
DEVICE_INLINE void pdl_launch() {}

} // namespace gpu
} // namespace llmserving

#endif
