// AVX-512 with VNNI and BF16: a pair of bf16 products is one instruction.
#define LLMSERVING_KERNEL_NAMESPACE avx512
#include "attention/avx512_ops.h"

namespace llmserving {
namespace avx512 {

struct Bf16Ops : FloatOps {
  typedef uint16_t Element;
  typedef __m512i Data;
  typedef __m512i Broadcast;
  static constexpr int STEP = 2;

  static inline Data load(const uint8_t *p) { return _mm512_loadu_si512(p); }
  static inline Data load_half(const uint8_t *p) { return _mm512_maskz_loadu_epi32(0xff, p); }
  // Rounds to nearest even; a NaN stays one, and what is below the normal numbers becomes zero.
  static inline void elements(const float *x, int count, Element *y) {
    for (int i = 0; i < count; i += 16) {
      __mmask16 there = lanes(0, count - i);
      __m256bh rounded = _mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(there, x + i));
      __m256i bits;
      memcpy(&bits, &rounded, 32);
      _mm256_mask_storeu_epi16(y + i, there, bits);
    }
  }
  static inline Broadcast broadcast(const Element *p) {
    int32_t pair;
    memcpy(&pair, p, 4);
    return _mm512_set1_epi32(pair);
  }
  static inline Vec dot(Vec sum, Data d, Broadcast b) { return _mm512_dpbf16_ps(sum, (__m512bh)d, (__m512bh)b); }
  static inline void store_weights(Element *p, Vec x) {
    __m256bh rounded = _mm512_cvtneps_pbh(x);
    memcpy(p, &rounded, 32);
  }
};

} // namespace avx512
} // namespace llmserving

#include "attention/attention_table.h"
