// AVX2 with FMA: 16 lanes are two vectors, bf16 is widened to f32, int8 codes to 16 bits.
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
  typedef Vec Sum;
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
  static constexpr bool QUANTIZED = false;
  static constexpr bool ROUNDED_WEIGHTS = true;
  static inline Sum start(const Quantized &) { return set(0.0f); }
  static inline Vec finish_score(Sum sum, const uint8_t *) { return sum; }
  static inline Vec finish_value(Sum sum, const Quantized &) { return sum; }
};

struct F32Ops : FloatOps {
  typedef float Element;
  typedef Vec Data;
  typedef __m256 Broadcast;
  static constexpr bool ROUNDED_WEIGHTS = false;
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

// Codes, zero point included, by 16-bit integers, each four in the order 0 2 1 3: the even bytes of a lane meet the first
// two, the odd bytes the others.
struct Int8Ops : FloatOps {
  typedef int16_t Element;
  struct Sum {
    __m256i low, high;
  };
  struct Data {
    Sum even, odd;
  };
  struct Broadcast {
    __m256i even, odd;
  };
  static constexpr bool QUANTIZED = true;
  static constexpr int STEP = 4;

  static inline __m256i even(__m256i codes) { return _mm256_and_si256(codes, _mm256_set1_epi16(0xff)); }
  static inline __m256i odd(__m256i codes) { return _mm256_srli_epi16(codes, 8); }
  static inline Data load(const uint8_t *p) {
    __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p));
    __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p + 32));
    return {{even(low), even(high)}, {odd(low), odd(high)}};
  }
  static inline Data load_half(const uint8_t *p) {
    __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(p)), none = _mm256_setzero_si256();
    return {{even(low), none}, {odd(low), none}};
  }
  static inline Broadcast broadcast(const Element *p) {
    int32_t first, second;
    memcpy(&first, p, 4);
    memcpy(&second, p + 2, 4);
    return {_mm256_set1_epi32(first), _mm256_set1_epi32(second)};
  }
  static inline Sum start(const Quantized &row) {
    return {_mm256_set1_epi32(-row.offset), _mm256_set1_epi32(-row.offset)};
  }
  static inline __m256i dot(__m256i sum, __m256i even, __m256i odd, const Broadcast &b) {
    return _mm256_add_epi32(sum, _mm256_add_epi32(_mm256_madd_epi16(even, b.even), _mm256_madd_epi16(odd, b.odd)));
  }
  static inline Sum dot(const Sum &sum, const Data &d, const Broadcast &b) {
    return {dot(sum.low, d.even.low, d.odd.low, b), dot(sum.high, d.even.high, d.odd.high, b)};
  }
  static inline Vec products(const Sum &sum) { return {_mm256_cvtepi32_ps(sum.low), _mm256_cvtepi32_ps(sum.high)}; }
  static inline Vec finish_value(const Sum &sum, const Quantized &row) { return mul(products(sum), set(row.scale)); }
  static inline Vec finish_score(const Sum &sum, const uint8_t *scales) {
    return mul(products(sum), load_floats(reinterpret_cast<const float *>(scales)));
  }

  typedef Sum Integers; // sums of the bits of shifted numbers
  static inline Integers no_integers() { return {_mm256_setzero_si256(), _mm256_setzero_si256()}; }
  // The lower 16 bits of four lanes, in the order that the bytes of codes are met in.
  static inline __m256i fours(__m256i bits) {
    __m128i pick = _mm_setr_epi8(0, 1, 8, 9, 4, 5, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1);
    return _mm256_shuffle_epi8(bits, _mm256_broadcastsi128_si256(pick));
  }
  static inline Integers store_integers(Element *p, Vec x, Vec inverse, const Integers &sum) {
    Vec shifted = fma(x, inverse, set(ROUND_BITS));
    __m256i low = _mm256_castps_si256(shifted.low), high = _mm256_castps_si256(shifted.high);
    __m256i joined = _mm256_permute4x64_epi64(_mm256_unpacklo_epi64(fours(low), fours(high)), _MM_SHUFFLE(3, 1, 2, 0));
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(p), joined);
    return {_mm256_add_epi32(sum.low, low), _mm256_add_epi32(sum.high, high)};
  }
  static inline int32_t offset(const Integers &sum, int vectors) {
    uint32_t lane[8], all = 0;
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(lane), _mm256_add_epi32(sum.low, sum.high));
    for (uint32_t each : lane)
      all += each;
    return static_cast<int32_t>((all - 16u * static_cast<uint32_t>(vectors) * 0x4b400000u) * 128);
  }
  static inline void store_weights(Element *p, Vec x) { store_integers(p, x, set(0.0f), no_integers()); }
  static inline __m256 max_bits(__m256 a, __m256 b) {
    return _mm256_castsi256_ps(_mm256_max_epu32(_mm256_castps_si256(a), _mm256_castps_si256(b)));
  }
  static inline Vec max_bits(Vec a, Vec b) { return {max_bits(a.low, b.low), max_bits(a.high, b.high)}; }
  static inline float highest_bits(Vec x) {
    uint32_t lane[8], most = 0;
    _mm256_storeu_si256(reinterpret_cast<__m256i *>(lane), _mm256_castps_si256(max_bits(x.low, x.high)));
    for (uint32_t each : lane)
      most = each > most ? each : most;
    float highest;
    memcpy(&highest, &most, 4);
    return highest;
  }
};

} // namespace avx2
} // namespace llmserving

#include "attention/attention_table.h"
