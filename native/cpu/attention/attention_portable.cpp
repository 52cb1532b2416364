// The kernels in plain C++ (four-lane vectors of the compiler): the specification of the others, and what runs where
// no instruction set has its own.
#define LLMSERVING_KERNEL_NAMESPACE portable
#define LLMSERVING_KEEP_LOOPS
#include "attention/portable_ops.h"

namespace llmserving {
namespace portable {

struct F32Ops : FloatOps {
  typedef float Element;
  typedef Vec Data;
  typedef float Broadcast;
  static constexpr bool ROUNDED_WEIGHTS = false;
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

// Codes, zero point included, by 16-bit integers in the order of the dimensions or keys. Sums wrap around on the way.
struct Int8Ops : FloatOps {
  typedef int16_t Element;
  typedef SixteenInts Data; // four codes in each lane
  typedef const Element *Broadcast;
  struct Sum {
    FourWords v[4];
  };
  static constexpr bool QUANTIZED = true;
  static constexpr int STEP = 4;
  static constexpr int ROWS = 2;
  static constexpr int key_tiles(int) { return 1; }
  static constexpr int value_vectors(int) { return 1; }

  static inline Data load(const uint8_t *p) {
    Data data;
    memcpy(&data, p, 64);
    return data;
  }
  static inline Data load_half(const uint8_t *p) {
    Data data = {};
    memcpy(&data, p, 32);
    return data;
  }
  static inline Broadcast broadcast(const Element *p) { return p; }
  static inline Sum start(const Quantized &row) {
    FourWords offset = FourWords{} - static_cast<uint32_t>(row.offset);
    return {{offset, offset, offset, offset}};
  }
  static inline Sum dot(Sum sum, const Data &d, Broadcast b) {
    for (int i = 0; i < 4; i++)
      for (int k = 0; k < 4; k++)
        sum.v[i] += (((FourWords)d.v[i] >> (8 * k)) & 0xff) * static_cast<uint32_t>(b[k]);
    return sum;
  }
  static inline Vec products(const Sum &sum) { LLMSERVING_EACH(__builtin_convertvector((FourInts)sum.v[i], Four)); }
  static inline Vec finish_value(const Sum &sum, const Quantized &row) { return mul(products(sum), set(row.scale)); }
  static inline Vec finish_score(const Sum &sum, const uint8_t *scales) {
    return mul(products(sum), load_floats(reinterpret_cast<const float *>(scales)));
  }
  static inline Integers store_integers(Element *p, Vec x, Vec inverse, Integers sum) {
    Vec shifted = fma(x, inverse, set(ROUND_BITS));
    uint32_t lane[16];
    memcpy(lane, &shifted, 64);
    for (int i = 0; i < 16; i++)
      p[i] = static_cast<Element>(lane[i] & 0xffff);
    for (int i = 0; i < 4; i++)
      sum.v += (FourWords)shifted.v[i];
    return sum;
  }
  static inline void store_weights(Element *p, Vec x) { store_integers(p, x, set(0.0f), no_integers()); }
};

} // namespace portable
} // namespace llmserving

#include "attention/attention_table.h"
