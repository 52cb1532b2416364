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
// Into the second-level cache, which has more misses under way than the first; nearer, where much is computed of a byte.
template <bool Near> inline void prefetch(const uint8_t *p) {
  _mm_prefetch(reinterpret_cast<const char *>(p), Near ? _MM_HINT_T0 : _MM_HINT_T1);
}

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

// The greatest of each of eight vectors' 16 lanes, a lane each, all at least 0.
inline __m256i lane_maxima(const __m512i (&x)[8]) {
  __m256i y[8], pairs[4], quads[2];
#pragma GCC unroll 8
  for (int r = 0; r < 8; r++)
    y[r] = _mm256_max_epi32(_mm512_castsi512_si256(x[r]), _mm512_extracti64x4_epi64(x[r], 1));
#pragma GCC unroll 4
  for (int r = 0; r < 4; r++)
    pairs[r] = _mm256_max_epi32(_mm256_unpacklo_epi32(y[2 * r], y[2 * r + 1]), _mm256_unpackhi_epi32(y[2 * r], y[2 * r + 1]));
#pragma GCC unroll 2
  for (int r = 0; r < 2; r++)
    quads[r] = _mm256_max_epi32(_mm256_unpacklo_epi64(pairs[2 * r], pairs[2 * r + 1]),
                                _mm256_unpackhi_epi64(pairs[2 * r], pairs[2 * r + 1]));
  return _mm256_max_epi32(_mm256_permute2x128_si256(quads[0], quads[1], 0x20),
                          _mm256_permute2x128_si256(quads[0], quads[1], 0x31));
}

inline void transpose(__m256i (&x)[8]) {
  __m256i y[8], z[8];
#pragma GCC unroll 4
  for (int r = 0; r < 8; r += 2) {
    y[r] = _mm256_unpacklo_epi32(x[r], x[r + 1]);
    y[r + 1] = _mm256_unpackhi_epi32(x[r], x[r + 1]);
  }
#pragma GCC unroll 2
  for (int r = 0; r < 8; r += 4) {
    z[r] = _mm256_unpacklo_epi64(y[r], y[r + 2]);
    z[r + 1] = _mm256_unpackhi_epi64(y[r], y[r + 2]);
    z[r + 2] = _mm256_unpacklo_epi64(y[r + 1], y[r + 3]);
    z[r + 3] = _mm256_unpackhi_epi64(y[r + 1], y[r + 3]);
  }
#pragma GCC unroll 4
  for (int r = 0; r < 4; r++) {
    x[r] = _mm256_permute2x128_si256(z[r], z[r + 4], 0x20);
    x[r + 4] = _mm256_permute2x128_si256(z[r], z[r + 4], 0x31);
  }
}

// 32 columns of up to eight rows at once: a tile of that width, bit for bit as quantize. Floats without sign are ordered
// as their bits; what is not finite comes after all others, and becomes 0 by the multiplication or by the narrowing of
// 0x80000000.
#define LLM_INT8_TILES
template <int C> inline void quantize_tile(const float *x, size_t stride, const Int8Group &target) {
  const __m512i unsigned_bits = _mm512_set1_epi32(0x7fffffff);
  const __mmask8 there = static_cast<__mmask8>((1u << C) - 1);
  __m512i size[8];
#pragma GCC unroll 8
  for (int r = 0; r < 8; r++) {
    const float *row = x + static_cast<size_t>(r) * stride;
    size[r] = r >= C ? _mm512_setzero_si512()
                     : _mm512_max_epi32(_mm512_and_si512(_mm512_loadu_si512(row), unsigned_bits),
                                        _mm512_and_si512(_mm512_loadu_si512(row + 16), unsigned_bits));
  }
  __m256i bits = lane_maxima(size);
  __m256 most = _mm256_castsi256_ps(bits), full = _mm256_set1_ps(127.0f);
  __mmask8 infinite = _mm256_cmpgt_epi32_mask(bits, _mm256_set1_epi32(0x7f7fffff));
  __mmask8 used = _mm256_cmp_ps_mask(most, _mm256_set1_ps(kSmallestActivation), _CMP_GE_OQ) & static_cast<__mmask8>(~infinite);
  alignas(32) float inverse[8];
  _mm256_store_ps(inverse, _mm256_maskz_div_ps(used, full, most));
  __m256 scale = _mm256_mask_mov_ps(_mm256_maskz_div_ps(used, most, full), infinite, _mm256_set1_ps(__builtin_nanf("")));
  __m256i codes[8];
#pragma GCC unroll 8
  for (int r = 0; r < 8; r++) {
    if (r >= C) {
      codes[r] = _mm256_setzero_si256();
      continue;
    }
    const float *row = x + static_cast<size_t>(r) * stride;
    __m512 factor = _mm512_set1_ps(inverse[r]);
    __m512i low = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(row), factor));
    __m512i high = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(row + 16), factor));
    codes[r] = _mm256_set_m128i(_mm512_cvtepi32_epi8(high), _mm512_cvtepi32_epi8(low));
  }
  transpose(codes);
  __m256i half[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
#pragma GCC unroll 8
  for (int s = 0; s < 8; s++) {
    half[s / 4] = _mm256_dpbusd_epi32(half[s / 4], _mm256_set1_epi8(1), codes[s]);
    _mm256_mask_storeu_epi32(target.a + 4 * C * s, there, codes[s]);
  }
  __m256i sum = _mm256_add_epi32(half[0], half[1]);
  _mm256_mask_storeu_ps(target.scale, there, scale);
  _mm256_mask_storeu_ps(target.sum, there, _mm256_mul_ps(scale, _mm256_cvtepi32_ps(sum)));
  _mm256_mask_storeu_epi32(target.zero8, there, _mm256_mullo_epi32(sum, _mm256_set1_epi32(-8)));
  _mm256_mask_storeu_epi32(target.zero128, there, _mm256_mullo_epi32(sum, _mm256_set1_epi32(-128)));
  _mm256_mask_storeu_epi32(target.half, there, half[0]);
  _mm256_mask_storeu_epi32(target.half + C, there, half[1]);
}

#define LLM_BF16_DOTS

#include "linear/kernels.inc"

} // namespace

const LinearBackend &avx512_linear_backend() {
  static const LinearBackend backend{kWidths, linear_of, pack_of};
  return backend;
}

} // namespace llmserving
