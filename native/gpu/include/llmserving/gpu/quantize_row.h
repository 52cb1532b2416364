// Quantized rows: symmetric int8 (-127..127) or e4m3 codes with f32 scales, x = code * scale.
//
// Scales are max|x| / 127 or max|x| / 448, codes are x * (127 / max|x|) rounded to nearest, ties to even, as on the
// CPU. Below SMALLEST_ACTIVATION everything counts as zero (the inverse would overflow): scale and codes are 0. Where a
// value is not finite the scale is NaN and all codes are 0, so that a bad row stays one.
#ifndef LLMSERVING_GPU_QUANTIZE_ROW_H
#define LLMSERVING_GPU_QUANTIZE_ROW_H

#include "llmserving/gpu/row.h"

namespace llmserving {
namespace gpu {

constexpr float SMALLEST_ACTIVATION = 1e-30f;

template <class Q> struct Codes;
template <> struct Codes<int8_t> {
  static constexpr float GREATEST = 127.0f;
  // |x| < 2^22: adding 1.5 * 2^23 leaves the rounded integer in the low bits.
  static DEVICE_INLINE uint32_t of(float x) {
    float clamped = x < -127.0f ? -127.0f : x > 127.0f ? 127.0f : x;
    return bits_of_float(add_rn(clamped, 12582912.0f)) & 0xffu;
  }
  static DEVICE_INLINE float value(uint32_t code) { return static_cast<float>(static_cast<int8_t>(code)); }
};
template <> struct Codes<e4m3> {
  static constexpr float GREATEST = 448.0f;
  static DEVICE_INLINE uint32_t of(float x) { return from_float<e4m3>(x).bits; }
  static DEVICE_INLINE float value(uint32_t code) {
    e4m3 bits = {static_cast<uint8_t>(code)};
    return to_float(bits);
  }
};

struct Scaling {
  float scale;
  float inverse; // 0 where all codes are to be 0
};

// maximum: bits of the greatest magnitude.
template <class Q> DEVICE_INLINE Scaling scaling_of(uint32_t maximum) {
  if (maximum >= 0x7f800000u)
    return {float_of_bits(0x7fc00000u), 0.0f};
  float most = float_of_bits(maximum);
  if (most < SMALLEST_ACTIVATION)
    return {0.0f, 0.0f};
  return {div_rn(most, Codes<Q>::GREATEST), div_rn(Codes<Q>::GREATEST, most)};
}

DEVICE_INLINE uint32_t magnitude_bits(float x) { return bits_of_float(x) & 0x7fffffffu; }

DEVICE_INLINE uint32_t max_magnitude8(const float x[8], uint32_t maximum) {
  UNROLL
  for (int j = 0; j < 8; j++)
    maximum = magnitude_bits(x[j]) > maximum ? magnitude_bits(x[j]) : maximum;
  return maximum;
}

template <class Q> DEVICE_INLINE uint32_t code_of(float x, float inverse) {
  return inverse == 0.0f ? 0u : Codes<Q>::of(mul_rn(x, inverse));
}

// Codes of elements first .. first + 7 of a row.
template <class Q>
DEVICE_INLINE void store_codes8(Q *row, int32_t first, int32_t width, const float x[8], float inverse) {
  uint32_t code[8];
  UNROLL
  for (int j = 0; j < 8; j++)
    code[j] = code_of<Q>(x[j], inverse);
  if (width % 8 == 0) {
    if (first < width)
      st8(row + first, {code[0] | code[1] << 8 | code[2] << 16 | code[3] << 24,
                        code[4] | code[5] << 8 | code[6] << 16 | code[7] << 24});
    return;
  }
  UNROLL
  for (int j = 0; j < 8; j++)
    if (first + j < width)
      reinterpret_cast<uint8_t *>(row)[first + j] = static_cast<uint8_t>(code[j]);
}

// A row held in registers goes to its output: rounded to T, or quantized, with its scale. scratch: THREADS / 32 words.
template <class Q> struct RowOutput {
  template <int THREADS, int VECTORS>
  static DEVICE_INLINE void store(const float (&x)[VECTORS][8], void *output, float *scales, uint32_t row,
                                  int32_t width, uint32_t *scratch) {
    uint32_t maximum = 0;
    UNROLL
    for (int v = 0; v < VECTORS; v++)
      maximum = max_magnitude8(x[v], maximum);
    Scaling scaling = scaling_of<Q>(block_max_bits<THREADS>(maximum, scratch));
    Q *target = static_cast<Q *>(output) + static_cast<int64_t>(row) * width;
    UNROLL
    for (int v = 0; v < VECTORS; v++)
      store_codes8(target, static_cast<int32_t>(v * THREADS + thread_x()) * 8, width, x[v], scaling.inverse);
    if (thread_x() == 0)
      scales[row] = scaling.scale;
  }
};
template <class T> struct PlainOutput {
  template <int THREADS, int VECTORS>
  static DEVICE_INLINE void store(const float (&x)[VECTORS][8], void *output, float *, uint32_t row, int32_t width,
                                  uint32_t *) {
    T *target = static_cast<T *>(output) + static_cast<int64_t>(row) * width;
    UNROLL
    for (int v = 0; v < VECTORS; v++)
      store_row8(target, static_cast<int32_t>(v * THREADS + thread_x()) * 8, width, x[v]);
  }
};
template <> struct RowOutput<bf16> : PlainOutput<bf16> {};
template <> struct RowOutput<f16> : PlainOutput<f16> {};

} // namespace gpu
} // namespace llmserving

#endif
