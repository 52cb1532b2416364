// AVX2 with FMA: 16 lanes are two vectors, bf16 is widened to f32.
#define LLMSERVING_KERNEL_NAMESPACE avx2
#include <immintrin.h>

#include "attention/attention_kernel.h"

namespace llmserving {
namespace avx2 {

struct Sixteen {
  __m256 low, high;
};

struct FloatOps {
  typedef Sixteen Vec;
  typedef Sixteen Mask;
  static constexpr int ROWS = 4;
  static constexpr int key_tiles(int rows) { return rows == 1 ? 4 : rows == 2 ? 2 : 1; }
  static constexpr int value_vectors(int rows) { return rows == 1 ? 4 : rows == 2 ? 2 : 1; }

  static inline Vec load_floats(const float *p) { return {_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)}; }
  static inline void store(float *p, Vec x) {
    _mm256_storeu_ps(p, x.low);
    _mm256_storeu_ps(p + 8, x.high);
  }
  static inline Vec set(float x) { return {_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
  static inline Vec add(Vec a, Vec b) { return {_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)}; }
  static inline Vec sub(Vec a, Vec b) { return {_mm256_sub_ps(a.low, b.low), _mm256_sub_ps(a.high, b.high)}; }
  static inline Vec mul(Vec a, Vec b) { return {_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)}; }
  static inline Vec div(Vec a, Vec b) { return {_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high)}; }
  static inline Vec fma(Vec a, Vec b, Vec c) {
    return {_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
  }
  static inline Vec max(Vec a, Vec b) { return {_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)}; }
  static inline __m256 sign_bit() { return _mm256_set1_ps(-0.0f); }
  static inline Vec abs(Vec a) {
    return {_mm256_andnot_ps(sign_bit(), a.low), _mm256_andnot_ps(sign_bit(), a.high)};
  }
  static inline Vec copy_sign(Vec a, Vec sign) {
    Vec plain = abs(a);
    return {_mm256_or_ps(plain.low, _mm256_and_ps(sign_bit(), sign.low)),
            _mm256_or_ps(plain.high, _mm256_and_ps(sign_bit(), sign.high))};
  }
  static inline __m256 round(__m256 x) { return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  static inline Vec round(Vec x) { return {round(x.low), round(x.high)}; }
  // x * 2^n for whole n in [-126, 0]
  static inline __m256 scale(__m256 x, __m256 n) {
    __m256i power = _mm256_slli_epi32(_mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127)), 23);
    return _mm256_mul_ps(x, _mm256_castsi256_ps(power));
  }
  static inline Vec scale(Vec x, Vec n) { return {scale(x.low, n.low), scale(x.high, n.high)}; }
  static inline Vec select(Mask m, Vec a, Vec b) {
    return {_mm256_blendv_ps(b.low, a.low, m.low), _mm256_blendv_ps(b.high, a.high, m.high)};
  }
  static inline __m256 lanes(__m256i lane, int low, int high) {
    __m256i above = _mm256_cmpgt_epi32(lane, _mm256_set1_epi32(low - 1));
    return _mm256_castsi256_ps(_mm256_and_si256(above, _mm256_cmpgt_epi32(_mm256_set1_epi32(high), lane)));
  }
  static inline Mask lanes(int low, int high) {
    return {lanes(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), low, high),
            lanes(_mm256_setr_epi32(8, 9, 10, 11, 12, 13, 14, 15), low, high)};
  }
  static inline float highest(Vec x) {
    __m256 eight = _mm256_max_ps(x.low, x.high);
    __m128 four = _mm_max_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_max_ss(two, _mm_movehdup_ps(two)));
  }
  static inline float total(Vec x) {
    __m256 eight = _mm256_add_ps(x.low, x.high);
    __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
    __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
  }
};

struct F32Ops : FloatOps {
  typedef float Element;
  typedef Vec Data;
  typedef __m256 Broadcast;
  static constexpr int STEP = 1;

  static inline Data load(const uint8_t *p) { return load_floats(reinterpret_cast<const float *>(p)); }
  static inline Data load_half(const uint8_t *p) {
    return {_mm256_loadu_ps(reinterpret_cast<const float *>(p)), _mm256_setzero_ps()};
  }
  static inline void elements(const float *x, int count, Element *y) { memcpy(y, x, static_cast<size_t>(count) * 4); }
  static inline Broadcast broadcast(const Element *p) { return _mm256_set1_ps(*p); }
  static inline Vec dot(Vec sum, Data d, Broadcast b) {
    return {_mm256_fmadd_ps(d.low, b, sum.low), _mm256_fmadd_ps(d.high, b, sum.high)};
  }
  static inline void store_weights(Element *p, Vec x) { store(p, x); }
};

struct Bf16Ops : FloatOps {
  typedef float Element; // already rounded to bf16
  struct Data {
    Vec first, second; // of each pair
  };
  struct Broadcast {
    __m256 first, second;
  };
  static constexpr int STEP = 2;

  static inline __m256 first(__m256i pairs) { return _mm256_castsi256_ps(_mm256_slli_epi32(pairs, 16)); }
  static inline __m256 second(__m256i pairs) {
    return _mm256_castsi256_ps(_mm256_and_si256(pairs, _mm256_set1_epi32(-65536)));
  }
  static inline Data load(const uint8_t *p) {
    __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p));
    __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p + 32));
    return {{first(low), first(high)}, {second(low), second(high)}};
  }
  static inline Data load_half(const uint8_t *p) {
    __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p));
    return {{first(low), _mm256_setzero_ps()}, {second(low), _mm256_setzero_ps()}};
  }
  static inline Element element(float x) {
    uint32_t bits = static_cast<uint32_t>(to_bf16(x)) << 16;
    float y;
    memcpy(&y, &bits, 4);
    return y;
  }
  static inline void elements(const float *x, int count, Element *y) {
    for (int i = 0; i < count; i++)
      y[i] = element(x[i]);
  }
  static inline Broadcast broadcast(const Element *p) { return {_mm256_set1_ps(p[0]), _mm256_set1_ps(p[1])}; }
  static inline Vec dot(Vec sum, const Data &d, const Broadcast &b) {
    sum.low = _mm256_fmadd_ps(d.first.low, b.first, sum.low);
    sum.high = _mm256_fmadd_ps(d.first.high, b.first, sum.high);
    sum.low = _mm256_fmadd_ps(d.second.low, b.second, sum.low);
    sum.high = _mm256_fmadd_ps(d.second.high, b.second, sum.high);
    return sum;
  }
  // Weights are never negative nor infinite: rounds to nearest even; not a number stays so.
  static inline __m256 rounded(__m256 x) {
    __m256i bits = _mm256_castps_si256(x);
    __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
    __m256i sum = _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7fff)));
    __m256 result = _mm256_castsi256_ps(_mm256_and_si256(sum, _mm256_set1_epi32(-65536)));
    return _mm256_blendv_ps(result, x, _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
  }
  static inline void store_weights(Element *p, Vec x) { store(p, {rounded(x.low), rounded(x.high)}); }
};

static const AttentionKernel F32_KERNEL = {compute_unit<F32Ops>, merge_token<F32Ops>, rope_rows, rotations};
static const AttentionKernel BF16_KERNEL = {compute_unit<Bf16Ops>, merge_token<Bf16Ops>, rope_rows, rotations};

const AttentionKernel &attention_kernel(uint32_t kv_type) {
  return kv_type == LLM_KV_F32 ? F32_KERNEL : BF16_KERNEL;
}

} // namespace avx2
} // namespace llmserving
