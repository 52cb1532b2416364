// AVX-512 with VNNI, without BF16: bf16 is widened to f32.
#define LLMSERVING_KERNEL_NAMESPACE avx512_vnni
#include "attention/avx512_ops.h"

namespace llmserving {
namespace avx512_vnni {

struct Bf16Ops : FloatOps {
  typedef float Element; // already rounded to bf16
  struct Data {
    Vec first, second; // of each pair
  };
  typedef Data Broadcast;
  static constexpr int STEP = 2;

  static inline Data widened(__m512i pairs) {
    __m512i second = _mm512_and_si512(pairs, _mm512_set1_epi32(-65536));
    return {_mm512_castsi512_ps(_mm512_slli_epi32(pairs, 16)), _mm512_castsi512_ps(second)};
  }
  static inline Data load(const uint8_t *p) { return widened(_mm512_loadu_si512(p)); }
  static inline Data load_half(const uint8_t *p) { return widened(_mm512_maskz_loadu_epi32(0xff, p)); }
  // To nearest even; not a number stays so.
  static inline Vec rounded(Vec x) {
    __m512i bits = _mm512_castps_si512(x);
    __m512i odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
    __m512i sum = _mm512_add_epi32(bits, _mm512_add_epi32(odd, _mm512_set1_epi32(0x7fff)));
    Vec result = _mm512_castsi512_ps(_mm512_and_si512(sum, _mm512_set1_epi32(-65536)));
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), result, x);
  }
  static inline void elements(const float *x, int count, Element *y) {
    for (int i = 0; i < count; i += 16) {
      __mmask16 there = lanes(0, count - i);
      _mm512_mask_storeu_ps(y + i, there, rounded(_mm512_maskz_loadu_ps(there, x + i)));
    }
  }
  static inline Broadcast broadcast(const Element *p) { return {set(p[0]), set(p[1])}; }
  static inline Vec dot(Vec sum, const Data &d, const Broadcast &b) {
    return _mm512_fmadd_ps(d.second, b.second, _mm512_fmadd_ps(d.first, b.first, sum));
  }
  static inline void store_weights(Element *p, Vec x) { store(p, rounded(x)); }
};

} // namespace avx512_vnni
} // namespace llmserving

#include "attention/attention_table.h"
