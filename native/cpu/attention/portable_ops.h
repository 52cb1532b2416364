// 16 floats as four-lane vectors of the compiler. Included inside the unit of an instruction set without floats of its own.
#include "attention/attention_kernel.h"

namespace llmserving {
namespace LLMSERVING_KERNEL_NAMESPACE {

typedef float Four __attribute__((vector_size(16)));
typedef int32_t FourInts __attribute__((vector_size(16)));

struct Sixteen {
  Four v[4];
};

struct SixteenInts {
  FourInts v[4];
};

struct FloatOps {
  typedef Sixteen Vec;
  typedef Vec Sum;
  typedef SixteenInts Mask;

  static inline Vec load_floats(const float *p) {
    Vec x;
    memcpy(&x, p, 64);
    return x;
  }
  static inline void store(float *p, Vec x) { memcpy(p, &x, 64); }
  static inline Four four(float x) { return Four{x, x, x, x}; }
  static inline Vec set(float x) { return Vec{{four(x), four(x), four(x), four(x)}}; }

#define LLMSERVING_EACH(expression) \
  Vec result; \
  for (int i = 0; i < 4; i++) \
    result.v[i] = (expression); \
  return result

  static inline Vec add(Vec a, Vec b) { LLMSERVING_EACH(a.v[i] + b.v[i]); }
  static inline Vec sub(Vec a, Vec b) { LLMSERVING_EACH(a.v[i] - b.v[i]); }
  static inline Vec mul(Vec a, Vec b) { LLMSERVING_EACH(a.v[i] * b.v[i]); }
  static inline Vec div(Vec a, Vec b) { LLMSERVING_EACH(a.v[i] / b.v[i]); }
  static inline Vec fma(Vec a, Vec b, Vec c) { LLMSERVING_EACH(a.v[i] * b.v[i] + c.v[i]); }
  // The second operand where one is not a number.
  static inline Vec max(Vec a, Vec b) { LLMSERVING_EACH(a.v[i] > b.v[i] ? a.v[i] : b.v[i]); }
  static inline Vec abs(Vec a) { LLMSERVING_EACH((Four)((FourInts)a.v[i] & 0x7fffffff)); }
  static inline Vec copy_sign(Vec a, Vec sign) {
    LLMSERVING_EACH((Four)(((FourInts)a.v[i] & 0x7fffffff) | ((FourInts)sign.v[i] & (-0x7fffffff - 1))));
  }
  // |x| < 2^22
  static inline Vec round(Vec x) { LLMSERVING_EACH((x.v[i] + 12582912.0f) - 12582912.0f); }
  // x * 2^n for whole n in [-126, 0]
  static inline Vec scale(Vec x, Vec n) {
    LLMSERVING_EACH(x.v[i] * (Four)((__builtin_convertvector(n.v[i], FourInts) + 127) << 23));
  }
  static inline Vec select(Mask m, Vec a, Vec b) { LLMSERVING_EACH(m.v[i] ? a.v[i] : b.v[i]); }
  static inline Mask lanes(int low, int high) {
    Mask mask;
    for (int i = 0; i < 4; i++) {
      FourInts lane = {4 * i, 4 * i + 1, 4 * i + 2, 4 * i + 3};
      mask.v[i] = (lane >= low) & (lane < high);
    }
    return mask;
  }
  static inline float highest(Vec x) {
    float lane[16];
    store(lane, x);
    float result = lane[0];
    for (int i = 1; i < 16; i++)
      result = result > lane[i] ? result : lane[i];
    return result;
  }
  static inline float total(Vec x) {
    Four sum = (x.v[0] + x.v[2]) + (x.v[1] + x.v[3]);
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
  }
  typedef uint32_t FourWords __attribute__((vector_size(16)));
  // Of floats that are not negative, by their bits: not a number exceeds all numbers.
  static inline Vec max_bits(Vec a, Vec b) {
    LLMSERVING_EACH((FourWords)a.v[i] > (FourWords)b.v[i] ? a.v[i] : b.v[i]);
  }
  static inline float highest_bits(Vec x) {
    uint32_t lane[16], most = 0;
    memcpy(lane, &x, 64);
    for (uint32_t each : lane)
      most = each > most ? each : most;
    float highest;
    memcpy(&highest, &most, 4);
    return highest;
  }
  // Sums of the bits of numbers to which ROUND_BITS was added, and 128 times the numbers' sum: the zero point's share.
  struct Integers {
    FourWords v;
  };
  static inline Integers no_integers() { return Integers{FourWords{}}; }
  static inline int32_t offset(const Integers &sum, int vectors) {
    uint32_t all = sum.v[0] + sum.v[1] + sum.v[2] + sum.v[3];
    return static_cast<int32_t>((all - 16u * static_cast<uint32_t>(vectors) * 0x4b400000u) * 128);
  }
  static constexpr bool QUANTIZED = false;
  static constexpr bool ROUNDED_WEIGHTS = true;
  static inline Sum start(const Quantized &) { return set(0.0f); }
  static inline Vec finish_score(Sum sum, const uint8_t *) { return sum; }
  static inline Vec finish_value(Sum sum, const Quantized &) { return sum; }
};

} // namespace LLMSERVING_KERNEL_NAMESPACE
} // namespace llmserving
