// NEON with dot products (Armv8.2 dotprod) for int8 keys and values. All else is the portable kernels' on that machine.
#define LLMSERVING_KERNEL_NAMESPACE neon
#define LLMSERVING_KEEP_LOOPS
#include <arm_neon.h>

#include "attention/portable_ops.h"

namespace llmserving {
namespace neon {

// Codes as signed bytes by 16-bit integers as two signed bytes, 256 * upper + lower. In memory four upper bytes are
// followed by four lower ones.
struct Int8Ops : FloatOps {
  typedef int16_t Element;
  struct Data {
    int8x16_t v[4];
  };
  struct Broadcast {
    int8x16_t upper, lower;
  };
  struct Sum {
    int32x4_t upper[4], lower[4];
  };
  static constexpr bool QUANTIZED = true;
  static constexpr int STEP = 4;
  static constexpr int ROWS = 3;
  static constexpr int key_tiles(int) { return 1; }
  static constexpr int value_vectors(int) { return 1; }

  static inline int8x16_t codes(const uint8_t *p) {
    return vreinterpretq_s8_u8(veorq_u8(vld1q_u8(p), vdupq_n_u8(0x80)));
  }
  static inline Data load(const uint8_t *p) { return {{codes(p), codes(p + 16), codes(p + 32), codes(p + 48)}}; }
  static inline Data load_half(const uint8_t *p) {
    return {{codes(p), codes(p + 16), vdupq_n_s8(0), vdupq_n_s8(0)}};
  }
  static inline Broadcast broadcast(const Element *p) {
    int32_t upper, lower;
    memcpy(&upper, p, 4);
    memcpy(&lower, p + 2, 4);
    return {vreinterpretq_s8_s32(vdupq_n_s32(upper)), vreinterpretq_s8_s32(vdupq_n_s32(lower))};
  }
  // Codes are signed already: the zero point has no share.
  static inline Sum start(const Quantized &) {
    Sum sum;
    for (int i = 0; i < 4; i++)
      sum.upper[i] = sum.lower[i] = vdupq_n_s32(0);
    return sum;
  }
  static inline Sum dot(Sum sum, const Data &d, const Broadcast &b) {
    for (int i = 0; i < 4; i++) {
      sum.upper[i] = vdotq_s32(sum.upper[i], d.v[i], b.upper);
      sum.lower[i] = vdotq_s32(sum.lower[i], d.v[i], b.lower);
    }
    return sum;
  }
  static inline Vec products(const Sum &sum) {
    Vec x;
    for (int i = 0; i < 4; i++)
      x.v[i] = (Four)vcvtq_f32_s32(vaddq_s32(vshlq_n_s32(sum.upper[i], 8), sum.lower[i]));
    return x;
  }
  static inline Vec finish_value(const Sum &sum, const Quantized &row) { return mul(products(sum), set(row.scale)); }
  static inline Vec finish_score(const Sum &sum, const uint8_t *scales) {
    return mul(products(sum), load_floats(reinterpret_cast<const float *>(scales)));
  }
  // 128 makes the upper bytes those of the nearest multiple of 256; the lower ones then are off by it.
  static inline Integers store_integers(Element *p, Vec x, Vec inverse, Integers sum) {
    static const uint8_t order[8] = {1, 5, 9, 13, 0, 4, 8, 12}, flip[8] = {0, 0, 0, 0, 0x80, 0x80, 0x80, 0x80};
    Vec shifted = fma(x, inverse, set(ROUND_BITS + 128));
    for (int i = 0; i < 4; i++) {
      uint8x8_t picked = vqtbl1_u8((uint8x16_t)shifted.v[i], vld1_u8(order));
      vst1_u8(reinterpret_cast<uint8_t *>(p + 4 * i), veor_u8(picked, vld1_u8(flip)));
    }
    return sum;
  }
  static inline void store_weights(Element *p, Vec x) { store_integers(p, x, set(0.0f), no_integers()); }
};

static const AttentionKernel INT8_KERNEL = {compute_unit<Int8Ops>, merge_token<Int8Ops>, rope_rows, rotations};

const AttentionKernel &int8_attention_kernel() { return INT8_KERNEL; }

} // namespace neon
} // namespace llmserving
