// NEON with dot products (Armv8.2 dotprod): signed times signed bytes, so that codes beyond 7 bits go in as code - 128.
#include <arm_neon.h>

#include "linear/activations.h"
#include "linear/backend.h"
#include "linear/formats.h"

namespace llmserving {
namespace {

struct F {
  float32x4_t v[4];
};
struct I {
  int32x4_t v[4];
};
struct B {
  uint8x16_t v[4];
};

constexpr int kPanels = 1;
constexpr int kMostColumns = 4;
constexpr unsigned kWidths = 0x0B;
#define kUnroll 1
constexpr bool kOffsetWide = false;

// A value of type T from body(i) for its four vectors.
#define LLM_FOUR(T, expression)                                                                                        \
  T r;                                                                                                                 \
  for (int i = 0; i < 4; i++) {                                                                                        \
    r.v[i] = (expression);                                                                                             \
  }                                                                                                                    \
  return r

inline F load_f(const float *p) { LLM_FOUR(F, vld1q_f32(p + 4 * i)); }
inline void store_f(float *p, F x) {
  for (int i = 0; i < 4; i++) {
    vst1q_f32(p + 4 * i, x.v[i]);
  }
}
inline F set_f(float x) { LLM_FOUR(F, vdupq_n_f32(x)); }
inline F fma(F a, F b, F c) { LLM_FOUR(F, vfmaq_f32(c.v[i], a.v[i], b.v[i])); }
inline F mul(F a, F b) { LLM_FOUR(F, vmulq_f32(a.v[i], b.v[i])); }
inline F add(F a, F b) { LLM_FOUR(F, vaddq_f32(a.v[i], b.v[i])); }
inline F sub(F a, F b) { LLM_FOUR(F, vsubq_f32(a.v[i], b.v[i])); }
inline F to_f(I a) { LLM_FOUR(F, vcvtq_f32_s32(a.v[i])); }
inline I set_i(int32_t x) { LLM_FOUR(I, vdupq_n_s32(x)); }
inline B load_b(const uint8_t *p) { LLM_FOUR(B, vld1q_u8(p + 16 * i)); }

template <int Shift> inline uint8x16_t shifted(uint8x16_t x) {
  if constexpr (Shift > 0) {
    return vshrq_n_u8(x, Shift);
  } else if constexpr (Shift < 0) {
    return vshlq_n_u8(x, -Shift);
  } else {
    return x;
  }
}
template <int Shift, int Mask> inline B take(B x) { LLM_FOUR(B, vandq_u8(shifted<Shift>(x.v[i]), vdupq_n_u8(Mask))); }
template <int Shift, int Mask> inline B merge(B x, B y) {
  LLM_FOUR(B, vorrq_u8(x.v[i], vandq_u8(shifted<Shift>(y.v[i]), vdupq_n_u8(Mask))));
}
inline B lookup(B x) {
  uint8x16_t table = vld1q_u8(kCodebook);
  LLM_FOUR(B, vqtbl1q_u8(table, x.v[i]));
}
inline I dot(I acc, B w, int32_t a) {
  int8x16_t four = vreinterpretq_s8_s32(vdupq_n_s32(a));
  LLM_FOUR(I, vdotq_s32(acc.v[i], vreinterpretq_s8_u8(w.v[i]), four));
}
inline I dot_wide(I acc, B w, int32_t a) {
  int8x16_t four = vreinterpretq_s8_s32(vdupq_n_s32(a));
  LLM_FOUR(I, vdotq_s32(acc.v[i], vreinterpretq_s8_u8(veorq_u8(w.v[i], vdupq_n_u8(0x80))), four));
}

inline F load_half(const uint8_t *p) {
  LLM_FOUR(F, vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(p + 8 * i))));
}
inline I load_u8(const uint8_t *p) {
  uint8x16_t x = vld1q_u8(p);
  uint16x8_t low = vmovl_u8(vget_low_u8(x)), high = vmovl_u8(vget_high_u8(x));
  return {{vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(low))), vreinterpretq_s32_u32(vmovl_u16(vget_high_u16(low))),
           vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(high))), vreinterpretq_s32_u32(vmovl_u16(vget_high_u16(high)))}};
}
inline I load_i8(const uint8_t *p) {
  int8x16_t x = vreinterpretq_s8_u8(vld1q_u8(p));
  int16x8_t low = vmovl_s8(vget_low_s8(x)), high = vmovl_s8(vget_high_s8(x));
  return {{vmovl_s16(vget_low_s16(low)), vmovl_s16(vget_high_s16(low)), vmovl_s16(vget_low_s16(high)),
           vmovl_s16(vget_high_s16(high))}};
}
template <int Shift> inline int32x4_t right(int32x4_t x) {
  if constexpr (Shift > 0) {
    return vshrq_n_s32(x, Shift);
  } else {
    return x;
  }
}
template <int Shift> inline I nibble(I x) { LLM_FOUR(I, vandq_s32(right<Shift>(x.v[i]), vdupq_n_s32(15))); }
template <int J> inline I lane_byte(B x) {
  LLM_FOUR(I, vandq_s32(right<8 * J>(vreinterpretq_s32_u8(x.v[i])), vdupq_n_s32(255)));
}
inline F bf16_low(const uint8_t *p) {
  LLM_FOUR(F, vreinterpretq_f32_u32(vshlq_n_u32(vreinterpretq_u32_u8(vld1q_u8(p + 16 * i)), 16)));
}
inline F bf16_high(const uint8_t *p) {
  LLM_FOUR(F, vreinterpretq_f32_u32(vandq_u32(vreinterpretq_u32_u8(vld1q_u8(p + 16 * i)), vdupq_n_u32(0xffff0000))));
}
template <bool Near> inline void prefetch(const uint8_t *p) { __builtin_prefetch(p); }

#include "linear/quantize.inc"

#include "linear/kernels.inc"

} // namespace

const LinearBackend &neon_linear_backend() {
  static const LinearBackend backend{kWidths, linear_of, pack_of};
  return backend;
}

} // namespace llmserving
