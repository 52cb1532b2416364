// AVX2 with AVX-VNNI: vpdpbusd on 256 bits, for processors that lack AVX-512.
#include <immintrin.h>

#include "linear/activations.h"
#include "linear/backend.h"
#include "linear/formats.h"

// Tests compile this file for AVX-512's encoding of the instruction too, which more machines run.
#ifdef __AVX512VNNI__
#define LLM_DPBUSD _mm256_dpbusd_epi32
#else
#define LLM_DPBUSD _mm256_dpbusd_avx_epi32
#endif

namespace llmserving {
namespace {

#include "linear/avx2_ops.inc"

constexpr bool kOffsetWide = true;

inline I dot(I acc, B w, int32_t a) {
  __m256i b = _mm256_set1_epi32(a);
  return {{LLM_DPBUSD(acc.v[0], w.v[0], b), LLM_DPBUSD(acc.v[1], w.v[1], b)}};
}
inline I dot_wide(I acc, B w, int32_t a) { return dot(acc, w, a); }

#include "linear/kernels.inc"

} // namespace

const LinearBackend &avx2_vnni_linear_backend() {
  static const LinearBackend backend{kWidths, linear_of, pack_of};
  return backend;
}

} // namespace llmserving
