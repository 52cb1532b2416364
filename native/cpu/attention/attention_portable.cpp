// The kernels in plain C++ (four-lane vectors of the compiler): the specification of the others, and what runs where
// no instruction set has its own.
#define LLMSERVING_KERNEL_NAMESPACE portable
#define LLMSERVING_KEEP_LOOPS
#include "attention/attention_kernel.h"

namespace llmserving {
namespace portable {

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
};

struct F32Ops : FloatOps {
  typedef float Element;
  typedef Vec Data;
  typedef float Broadcast;
  static constexpr int STEP = 1;
  static constexpr int ROWS = 2;
  static constexpr int key_tiles(int) { return 1; }
  static constexpr int value_vectors(int) { return 1; }

  static inline Data load(const uint8_t *p) { return load_floats(reinterpret_cast<const float *>(p)); }
  static inline Data load_half(const uint8_t *p) {
    Vec x = set(0.0f);
    memcpy(&x, p, 32);
    return x;
  }
  static inline void elements(const float *x, int count, Element *y) { memcpy(y, x, static_cast<size_t>(count) * 4); }
  static inline Broadcast broadcast(const Element *p) { return *p; }
  static inline Vec dot(Vec sum, Data d, Broadcast b) { return fma(d, set(b), sum); }
  static inline void store_weights(Element *p, Vec x) { store(p, x); }
};

// bf16 widened: the low half of a pair first.
struct Bf16Ops : FloatOps {
  typedef float Element;
  struct Data {
    Vec low, high;
  };
  typedef const float *Broadcast;
  static constexpr int STEP = 2;
  static constexpr int ROWS = 2;
  static constexpr int key_tiles(int) { return 1; }
  static constexpr int value_vectors(int) { return 1; }

  static inline Data widen(const SixteenInts &pairs) {
    Data data;
    for (int i = 0; i < 4; i++) {
      data.low.v[i] = (Four)(pairs.v[i] << 16);
      data.high.v[i] = (Four)(pairs.v[i] & -65536);
    }
    return data;
  }
  static inline Data load(const uint8_t *p) {
    SixteenInts pairs;
    memcpy(&pairs, p, 64);
    return widen(pairs);
  }
  static inline Data load_half(const uint8_t *p) {
    SixteenInts pairs = {};
    memcpy(&pairs, p, 32);
    return widen(pairs);
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
  static inline Broadcast broadcast(const Element *p) { return p; }
  static inline Vec dot(Vec sum, const Data &d, Broadcast b) {
    return fma(d.high, set(b[1]), fma(d.low, set(b[0]), sum));
  }
  static inline void store_weights(Element *p, Vec x) {
    float lane[16];
    store(lane, x);
    for (int i = 0; i < 16; i++)
      p[i] = element(lane[i]);
  }
};

static const AttentionKernel F32_KERNEL = {compute_unit<F32Ops>, merge_token<F32Ops>, rope_rows, rotations};
static const AttentionKernel BF16_KERNEL = {compute_unit<Bf16Ops>, merge_token<Bf16Ops>, rope_rows, rotations};

const AttentionKernel &attention_kernel(uint32_t kv_type) {
  return kv_type == LLM_KV_F32 ? F32_KERNEL : BF16_KERNEL;
}

} // namespace portable
} // namespace llmserving
