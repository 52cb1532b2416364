// AVX-512 with VNNI: 16 lanes are one vector, four products of bytes one instruction. Operations on f32 and on int8 codes.
#include <immintrin.h>

#include "attention/attention_kernel.h"

namespace llmserving {
namespace LLMSERVING_KERNEL_NAMESPACE {

struct FloatOps {
  typedef __m512 Vec;
  typedef __mmask16 Mask;
  typedef Vec Sum;
  static constexpr int ROWS = 6;
  static constexpr int key_tiles(int rows) { return rows <= 3 ? 8 : 4; }
  static constexpr int value_vectors(int rows) { return rows <= 3 ? 8 : 4; }

  static inline Vec load_floats(const float *p) { return _mm512_loadu_ps(p); }
  static inline void store(float *p, Vec x) { _mm512_storeu_ps(p, x); }
  static inline Vec set(float x) { return _mm512_set1_ps(x); }
  static inline Vec add(Vec a, Vec b) { return _mm512_add_ps(a, b); }
  static inline Vec sub(Vec a, Vec b) { return _mm512_sub_ps(a, b); }
  static inline Vec mul(Vec a, Vec b) { return _mm512_mul_ps(a, b); }
  static inline Vec div(Vec a, Vec b) { return _mm512_div_ps(a, b); }
  static inline Vec fma(Vec a, Vec b, Vec c) { return _mm512_fmadd_ps(a, b, c); }
  static inline Vec max(Vec a, Vec b) { return _mm512_max_ps(a, b); }
  static inline Vec abs(Vec a) { return _mm512_abs_ps(a); }
  static inline Vec copy_sign(Vec a, Vec sign) {
    __m512i bit = _mm512_set1_epi32(-0x7fffffff - 1);
    return _mm512_castsi512_ps(_mm512_ternarylogic_epi32(bit, _mm512_castps_si512(sign), _mm512_castps_si512(a), 0xca));
  }
  static inline Vec round(Vec x) { return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
  static inline Vec scale(Vec x, Vec n) { return _mm512_scalef_ps(x, n); }
  static inline Vec select(Mask m, Vec a, Vec b) { return _mm512_mask_blend_ps(m, b, a); }
  static inline Mask lanes(int low, int high) {
    uint32_t below = low <= 0 ? 0u : (1u << low) - 1;
    uint32_t upto = high >= 16 ? 0xffffu : (1u << high) - 1;
    return static_cast<Mask>(upto & ~below);
  }
  static inline float highest(Vec x) { return _mm512_reduce_max_ps(x); }
  static inline float total(Vec x) { return _mm512_reduce_add_ps(x); }
  static constexpr bool QUANTIZED = false;
  static constexpr bool ROUNDED_WEIGHTS = true;
  static inline Sum start(const Quantized &) { return set(0.0f); }
  static inline Vec finish_score(Sum sum, const uint8_t *) { return sum; }
  static inline Vec finish_value(Sum sum, const Quantized &) { return sum; }
};

struct F32Ops : FloatOps {
  typedef float Element;
  typedef __m512 Data;
  typedef __m512 Broadcast;
  static constexpr bool ROUNDED_WEIGHTS = false;
  static constexpr int STEP = 1;

  static inline Data load(const uint8_t *p) { return _mm512_loadu_ps(p); }
  static inline Data load_half(const uint8_t *p) { return _mm512_maskz_loadu_ps(0xff, p); }
  static inline void elements(const float *x, int count, Element *y) { memcpy(y, x, static_cast<size_t>(count) * 4); }
  static inline Broadcast broadcast(const Element *p) { return _mm512_set1_ps(*p); }
  static inline Vec dot(Vec sum, Data d, Broadcast b) { return _mm512_fmadd_ps(d, b, sum); }
  static inline void store_weights(Element *p, Vec x) { store(p, x); }
};

// Codes, zero point included, by 16-bit integers as two signed bytes, 256 * upper + lower. In memory four upper bytes are
// followed by four lower ones.
struct Int8Ops : FloatOps {
  typedef int16_t Element;
  typedef __m512i Data;
  struct Broadcast {
    __m512i upper, lower;
  };
  struct Sum {
    __m512i upper, lower;
  };
  static constexpr bool QUANTIZED = true;
  static constexpr int STEP = 4;
  static constexpr int key_tiles(int rows) { return rows == 1 ? 8 : rows <= 3 ? 4 : 2; }
  static constexpr int value_vectors(int rows) { return key_tiles(rows); }

  static inline Data load(const uint8_t *p) { return _mm512_loadu_si512(p); }
  static inline Data load_half(const uint8_t *p) { return _mm512_maskz_loadu_epi32(0xff, p); }
  static inline Broadcast broadcast(const Element *p) {
    int32_t upper, lower;
    memcpy(&upper, p, 4);
    memcpy(&lower, p + 2, 4);
    return {_mm512_set1_epi32(upper), _mm512_set1_epi32(lower)};
  }
  static inline Sum start(const Quantized &row) { return {_mm512_setzero_si512(), _mm512_set1_epi32(-row.offset)}; }
  static inline Sum dot(Sum sum, Data d, Broadcast b) {
    return {_mm512_dpbusd_epi32(sum.upper, d, b.upper), _mm512_dpbusd_epi32(sum.lower, d, b.lower)};
  }
  static inline Vec products(Sum sum) {
    return _mm512_cvtepi32_ps(_mm512_add_epi32(_mm512_slli_epi32(sum.upper, 8), sum.lower));
  }
  static inline Vec finish_value(Sum sum, const Quantized &row) { return mul(products(sum), set(row.scale)); }
  static inline Vec finish_score(Sum sum, const uint8_t *scales) { return mul(products(sum), _mm512_loadu_ps(scales)); }

  typedef __m512i Integers; // sums of the bits of shifted numbers
  static inline Integers no_integers() { return _mm512_setzero_si512(); }
  // 128 makes the upper bytes those of the nearest multiple of 256; the lower ones then are off by it.
  static inline Integers store_integers(Element *p, Vec x, Vec inverse, Integers sum) {
    __m512i bits = _mm512_castps_si512(_mm512_fmadd_ps(x, inverse, set(ROUND_BITS + 128)));
    __m512i pick = _mm512_broadcast_i32x4(_mm_setr_epi8(1, 5, 9, 13, 0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1));
    __m512i fours = _mm512_xor_si512(_mm512_shuffle_epi8(bits, pick), _mm512_set1_epi64(0x8080808000000000));
    __m512i joined = _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 2, 4, 6, 0, 2, 4, 6), fours);
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(p), _mm512_castsi512_si256(joined));
    return _mm512_add_epi32(sum, bits);
  }
  // Lanes and their sum wrap around: of numbers that are not finite they are anything.
  static inline int32_t offset(Integers sum, int vectors) {
    __m256i eight = _mm256_add_epi32(_mm512_castsi512_si256(sum), _mm512_extracti64x4_epi64(sum, 1));
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(eight), _mm256_extracti128_si256(eight, 1));
    __m128i two = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4e));
    uint32_t all = static_cast<uint32_t>(_mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 0xb1))));
    return static_cast<int32_t>((all - 16u * static_cast<uint32_t>(vectors) * (0x4b400000u + 128)) * 128);
  }
  static inline void store_weights(Element *p, Vec x) { store_integers(p, x, set(0.0f), no_integers()); }
  static inline Vec max_bits(Vec a, Vec b) {
    return _mm512_castsi512_ps(_mm512_max_epu32(_mm512_castps_si512(a), _mm512_castps_si512(b)));
  }
  static inline float highest_bits(Vec x) {
    uint32_t bits = _mm512_reduce_max_epu32(_mm512_castps_si512(x));
    float highest;
    memcpy(&highest, &bits, 4);
    return highest;
  }
};

} // namespace LLMSERVING_KERNEL_NAMESPACE
} // namespace llmserving
