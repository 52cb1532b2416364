// AVX2 without VNNI: vpmaddubsw saturates at 16 bits, so codes beyond 7 bits go in as |w| times sign(w) * a, and all
// others fit (2 * 63 * 127 < 32767).
#include <immintrin.h>

#include "linear/activations.h"
#include "linear/backend.h"
#include "linear/formats.h"

namespace llmserving {
namespace {

#include "linear/avx2_ops.inc"

constexpr bool kOffsetWide = false;

// A sum that stays where it is: GCC reorders integer sums, and then has all products first and no registers for them.
inline __m256i in_order(__m256i sum) {
  asm("" : "+x"(sum));
  return sum;
}
inline __m256i sum_of_four(__m256i acc, __m256i w, __m256i a) {
  return in_order(_mm256_add_epi32(acc, _mm256_madd_epi16(_mm256_maddubs_epi16(w, a), _mm256_set1_epi16(1))));
}
inline I dot(I acc, B w, int32_t a) {
  __m256i b = _mm256_set1_epi32(a);
  return {{sum_of_four(acc.v[0], w.v[0], b), sum_of_four(acc.v[1], w.v[1], b)}};
}

#define LLM_SHORT_SUMS
struct Short {
  __m256i v[2];
};
inline Short dot_pairs(B w, int32_t a) {
  __m256i b = _mm256_set1_epi32(a);
  return {{_mm256_maddubs_epi16(w.v[0], b), _mm256_maddubs_epi16(w.v[1], b)}};
}
inline Short add_short(Short a, Short b) {
  return {{in_order(_mm256_add_epi16(a.v[0], b.v[0])), in_order(_mm256_add_epi16(a.v[1], b.v[1]))}};
}
inline I add_pairs(I acc, Short sum) {
  __m256i ones = _mm256_set1_epi16(1);
  return {{in_order(_mm256_add_epi32(acc.v[0], _mm256_madd_epi16(sum.v[0], ones))),
           in_order(_mm256_add_epi32(acc.v[1], _mm256_madd_epi16(sum.v[1], ones)))}};
}

inline __m256i sum_of_four_wide(__m256i acc, __m256i w, __m256i a) {
  __m256i code = _mm256_xor_si256(w, _mm256_set1_epi8(static_cast<char>(0x80)));
  return sum_of_four(acc, _mm256_abs_epi8(code), _mm256_sign_epi8(a, code));
}
inline I dot_wide(I acc, B w, int32_t a) {
  __m256i b = _mm256_set1_epi32(a);
  return {{sum_of_four_wide(acc.v[0], w.v[0], b), sum_of_four_wide(acc.v[1], w.v[1], b)}};
}

#include "linear/kernels.inc"

} // namespace

const LinearBackend &avx2_linear_backend() {
  static const LinearBackend backend{kWidths, linear_of, pack_of};
  return backend;
}

} // namespace llmserving
