// AVX2, FMA and F16C. Without VNNI: vpmaddubsw saturates at 16 bits, so codes beyond 7 bits go in as |w| times
// sign(w) * a, and all others fit (2 * 63 * 127 < 32767).
#include <immintrin.h>

#include "linear/activations.h"
#include "linear/backend.h"
#include "linear/formats.h"

namespace llmserving {
namespace {

struct F {
  __m256 v[2];
};
struct I {
  __m256i v[2];
};
struct B {
  __m256i v[2];
};

constexpr int kPanels = 1;
constexpr int kMostColumns = 4;
constexpr unsigned kWidths = 0x0B;
#define kUnroll 1
constexpr bool kOffsetWide = false;

inline __m256i load_bytes(const uint8_t *p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)); }
inline __m128i load_16(const uint8_t *p) { return _mm_loadu_si128(reinterpret_cast<const __m128i *>(p)); }
inline __m128i load_8(const uint8_t *p) { return _mm_loadl_epi64(reinterpret_cast<const __m128i *>(p)); }

inline F load_f(const float *p) { return {{_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}}; }
inline void store_f(float *p, F x) {
  _mm256_storeu_ps(p, x.v[0]);
  _mm256_storeu_ps(p + 8, x.v[1]);
}
inline F set_f(float x) { return {{_mm256_set1_ps(x), _mm256_set1_ps(x)}}; }
inline F fma(F a, F b, F c) {
  return {{_mm256_fmadd_ps(a.v[0], b.v[0], c.v[0]), _mm256_fmadd_ps(a.v[1], b.v[1], c.v[1])}};
}
inline F mul(F a, F b) { return {{_mm256_mul_ps(a.v[0], b.v[0]), _mm256_mul_ps(a.v[1], b.v[1])}}; }
inline F add(F a, F b) { return {{_mm256_add_ps(a.v[0], b.v[0]), _mm256_add_ps(a.v[1], b.v[1])}}; }
inline F sub(F a, F b) { return {{_mm256_sub_ps(a.v[0], b.v[0]), _mm256_sub_ps(a.v[1], b.v[1])}}; }
inline F to_f(I a) { return {{_mm256_cvtepi32_ps(a.v[0]), _mm256_cvtepi32_ps(a.v[1])}}; }
inline I set_i(int32_t x) { return {{_mm256_set1_epi32(x), _mm256_set1_epi32(x)}}; }
inline B load_b(const uint8_t *p) { return {{load_bytes(p), load_bytes(p + 32)}}; }

template <int Shift> inline __m256i shifted(__m256i x) {
  if constexpr (Shift > 0) {
    return _mm256_srli_epi16(x, Shift);
  } else if constexpr (Shift < 0) {
    return _mm256_slli_epi16(x, -Shift);
  } else {
    return x;
  }
}
template <int Shift, int Mask> inline B take(B x) {
  __m256i mask = _mm256_set1_epi8(Mask);
  return {{_mm256_and_si256(shifted<Shift>(x.v[0]), mask), _mm256_and_si256(shifted<Shift>(x.v[1]), mask)}};
}
template <int Shift, int Mask> inline B merge(B x, B y) {
  B z = take<Shift, Mask>(y);
  return {{_mm256_or_si256(x.v[0], z.v[0]), _mm256_or_si256(x.v[1], z.v[1])}};
}
inline B lookup(B x) {
  __m256i table = _mm256_broadcastsi128_si256(load_16(kCodebook));
  return {{_mm256_shuffle_epi8(table, x.v[0]), _mm256_shuffle_epi8(table, x.v[1])}};
}

inline __m256i sum_of_four(__m256i acc, __m256i w, __m256i a) {
  return _mm256_add_epi32(acc, _mm256_madd_epi16(_mm256_maddubs_epi16(w, a), _mm256_set1_epi16(1)));
}
inline I dot(I acc, B w, int32_t a) {
  __m256i b = _mm256_set1_epi32(a);
  return {{sum_of_four(acc.v[0], w.v[0], b), sum_of_four(acc.v[1], w.v[1], b)}};
}
inline __m256i sum_of_four_wide(__m256i acc, __m256i w, __m256i a) {
  __m256i code = _mm256_xor_si256(w, _mm256_set1_epi8(static_cast<char>(0x80)));
  return sum_of_four(acc, _mm256_abs_epi8(code), _mm256_sign_epi8(a, code));
}
inline I dot_wide(I acc, B w, int32_t a) {
  __m256i b = _mm256_set1_epi32(a);
  return {{sum_of_four_wide(acc.v[0], w.v[0], b), sum_of_four_wide(acc.v[1], w.v[1], b)}};
}

inline F load_half(const uint8_t *p) { return {{_mm256_cvtph_ps(load_16(p)), _mm256_cvtph_ps(load_16(p + 16))}}; }
inline I load_u8(const uint8_t *p) { return {{_mm256_cvtepu8_epi32(load_8(p)), _mm256_cvtepu8_epi32(load_8(p + 8))}}; }
inline I load_i8(const uint8_t *p) { return {{_mm256_cvtepi8_epi32(load_8(p)), _mm256_cvtepi8_epi32(load_8(p + 8))}}; }
template <int Shift> inline I nibble(I x) {
  __m256i mask = _mm256_set1_epi32(15);
  return {{_mm256_and_si256(_mm256_srli_epi32(x.v[0], Shift), mask),
           _mm256_and_si256(_mm256_srli_epi32(x.v[1], Shift), mask)}};
}
template <int J> inline I lane_byte(B x) {
  __m256i mask = _mm256_set1_epi32(255);
  return {{_mm256_and_si256(_mm256_srli_epi32(x.v[0], 8 * J), mask),
           _mm256_and_si256(_mm256_srli_epi32(x.v[1], 8 * J), mask)}};
}
inline F bf16_low(const uint8_t *p) {
  return {{_mm256_castsi256_ps(_mm256_slli_epi32(load_bytes(p), 16)),
           _mm256_castsi256_ps(_mm256_slli_epi32(load_bytes(p + 32), 16))}};
}
inline F bf16_high(const uint8_t *p) {
  __m256i mask = _mm256_set1_epi32(static_cast<int32_t>(0xffff0000));
  return {{_mm256_castsi256_ps(_mm256_and_si256(load_bytes(p), mask)),
           _mm256_castsi256_ps(_mm256_and_si256(load_bytes(p + 32), mask))}};
}
template <bool Near> inline void prefetch(const uint8_t *p) { _mm_prefetch(reinterpret_cast<const char *>(p), _MM_HINT_T0); }
inline void bf16_linear(const LinearCall &) {} // activation_kind never asks for it

#include "linear/quantize.inc"

#include "linear/kernels.inc"

} // namespace

const LinearBackend &avx2_linear_backend() {
  static const LinearBackend backend{kWidths, linear_of, pack_of};
  return backend;
}

} // namespace llmserving
