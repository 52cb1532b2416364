// AVX-512 F, BW, DQ, VL, VNNI and BF16.
#include <immintrin.h>

#include "linear/activations.h"
#include "linear/backend.h"
#include "linear/formats.h"

namespace llmserving {
namespace {

using F = __m512;
using I = __m512i;
using B = __m512i;

constexpr int kPanels = 2;
constexpr int kMostColumns = 8;
constexpr unsigned kWidths = 0xAF;
#define kUnroll 1
constexpr bool kOffsetWide = true;

inline F load_f(const float *p) { return _mm512_loadu_ps(p); }
inline void store_f(float *p, F x) { _mm512_storeu_ps(p, x); }
inline F set_f(float x) { return _mm512_set1_ps(x); }
inline F fma(F a, F b, F c) { return _mm512_fmadd_ps(a, b, c); }
inline F mul(F a, F b) { return _mm512_mul_ps(a, b); }
inline F add(F a, F b) { return _mm512_add_ps(a, b); }
inline F sub(F a, F b) { return _mm512_sub_ps(a, b); }
inline F to_f(I a) { return _mm512_cvtepi32_ps(a); }
inline I set_i(int32_t x) { return _mm512_set1_epi32(x); }
inline B load_b(const uint8_t *p) { return _mm512_load_si512(p); }

template <int Shift> inline B shifted(B x) {
  if constexpr (Shift > 0) {
    return _mm512_srli_epi16(x, Shift);
  } else if constexpr (Shift < 0) {
    return _mm512_slli_epi16(x, -Shift);
  } else {
    return x;
  }
}
template <int Shift, int Mask> inline B take(B x) {
  return _mm512_and_si512(shifted<Shift>(x), _mm512_set1_epi8(Mask));
}
// x | (y & mask), whose truth table is 0xF8.
template <int Shift, int Mask> inline B merge(B x, B y) {
  return _mm512_ternarylogic_epi32(x, shifted<Shift>(y), _mm512_set1_epi8(Mask), 0xF8);
}
inline B lookup(B x) {
  return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i *>(kCodebook))), x);
}
inline I dot(I acc, B w, int32_t a) { return _mm512_dpbusd_epi32(acc, w, _mm512_set1_epi32(a)); }
inline I dot_wide(I acc, B w, int32_t a) { return dot(acc, w, a); }

inline F load_half(const uint8_t *p) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)));
}
inline I load_u8(const uint8_t *p) {
  return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p)));
}
inline I load_i8(const uint8_t *p) {
  return _mm512_cvtepi8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i *>(p)));
}
template <int Shift> inline I nibble(I x) { return _mm512_and_si512(_mm512_srli_epi32(x, Shift), set_i(15)); }
template <int J> inline I lane_byte(B x) { return _mm512_and_si512(_mm512_srli_epi32(x, 8 * J), set_i(255)); }
inline F bf16_low(const uint8_t *p) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_loadu_si512(p), 16)); }
inline F bf16_high(const uint8_t *p) {
  return _mm512_castsi512_ps(_mm512_and_si512(_mm512_loadu_si512(p), set_i(static_cast<int32_t>(0xffff0000))));
}
inline void prefetch(const uint8_t *p) { _mm_prefetch(reinterpret_cast<const char *>(p), _MM_HINT_T0); }

// As quantize.inc, bit for bit.
inline float quantize(const float *x, int8_t *a, int32_t *half) {
  __m512 x0 = _mm512_loadu_ps(x), x1 = _mm512_loadu_ps(x + 16);
  __m512 size0 = _mm512_abs_ps(x0), size1 = _mm512_abs_ps(x1);
  __m512 largest = _mm512_set1_ps(3.402823466e+38f);
  bool finite = (_mm512_cmp_ps_mask(size0, largest, _CMP_LE_OQ) & _mm512_cmp_ps_mask(size1, largest, _CMP_LE_OQ)) == 0xffff;
  float most = _mm512_reduce_max_ps(_mm512_max_ps(size0, size1));
  if (!finite || most < kSmallestActivation) {
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(a), _mm256_setzero_si256());
    half[0] = half[1] = 0;
    return finite ? 0.0f : __builtin_nanf("");
  }
  __m512 inverse = _mm512_set1_ps(127.0f / most);
  __m512i a0 = _mm512_cvtps_epi32(_mm512_mul_ps(x0, inverse)), a1 = _mm512_cvtps_epi32(_mm512_mul_ps(x1, inverse));
  _mm_storeu_si128(reinterpret_cast<__m128i *>(a), _mm512_cvtepi32_epi8(a0));
  _mm_storeu_si128(reinterpret_cast<__m128i *>(a + 16), _mm512_cvtepi32_epi8(a1));
  half[0] = _mm512_reduce_add_epi32(a0);
  half[1] = _mm512_reduce_add_epi32(a1);
  return most / 127.0f;
}

#define LLM_BF16_DOTS

#include "linear/kernels.inc"

} // namespace

const LinearBackend &avx512_linear_backend() {
  static const LinearBackend backend{kWidths, linear_of, pack_of};
  return backend;
}

} // namespace llmserving
