// The end of a matrix product: factor, bias, scale, soft cap, and the stores.
#ifndef LLMSERVING_GPU_LINEAR_STORE_H
#define LLMSERVING_GPU_LINEAR_STORE_H

#include "llmserving/gpu/linear.h"

namespace llmserving {
namespace gpu {

// tanh to about 2^-22 absolute: soft-capped logits need more than the hardware's 2^-10.
DEVICE_INLINE float tanh_exact(float x) {
  float e = exp2_fast(2.885390081777927f * x); // e^2x
  return 1.0f - 2.0f * rcp_fast(e + 1.0f);
}

DEVICE_INLINE float linear_output(const LinearParams &p, const float *bias, float factor, float sum, int32_t row) {
  float v = p.scale * (bias == nullptr ? factor * sum : fma(factor, sum, bias[row]));
  return p.cap == 0 ? v : p.cap * tanh_exact(v / p.cap);
}

// Stores outputs row .. row + 3 of a part for a token, row a multiple of 4, as far as they are there.
template <class T>
DEVICE_INLINE void store_outputs(const LinearParams &p, const LinearPart &part, float factor, u128 sums, int32_t token, int32_t row) {
  if (token >= p.m || row >= part.n)
    return;
  float v[4] = {float_of_bits(sums.x), float_of_bits(sums.y), float_of_bits(sums.z), float_of_bits(sums.w)};
  UNROLL
  for (int i = 0; i < 4; i++)
    v[i] = row + i < part.n ? linear_output(p, part.bias, factor, v[i], row + i) : 0;
  int64_t at = static_cast<int64_t>(token) * p.y_stride + part.y_offset + row;
  bool whole = row + 4 <= part.n && p.y_stride % 4 == 0 && part.y_offset % 4 == 0;
  if (p.f32_out != 0) {
    float *y = static_cast<float *>(p.y) + at;
    if (whole)
      st16(y, {bits_of_float(v[0]), bits_of_float(v[1]), bits_of_float(v[2]), bits_of_float(v[3])});
    UNROLL
    for (int i = 0; i < 4; i++)
      if (!whole && row + i < part.n)
        y[i] = v[i];
  } else {
    T *y = static_cast<T *>(p.y) + at;
    if (whole)
      st8(y, {pack2<T>(v[0], v[1]), pack2<T>(v[2], v[3])});
    UNROLL
    for (int i = 0; i < 4; i++)
      if (!whole && row + i < part.n)
        y[i] = from_float<T>(v[i]);
  }
}

// A lane's results of one panel and tile go to shared memory [token][pitch] of f32. With a pitch of 4 more than a
// multiple of 32 (or 16) the 32 lanes fall on different banks.
DEVICE_INLINE void spread_results(float *outputs, int pitch, int row, int token, const float sum[4]) {
  int g = static_cast<int>(lane_id() / 4), t = static_cast<int>(lane_id() % 4);
  UNROLL
  for (int i = 0; i < 4; i++)
    outputs[(token + 2 * t + i % 2) * pitch + row + g + i / 2 * 8] = sum[i];
}

// The same for a tile of GEMM_ROWS rows, [token][GEMM_ROWS]: without room for padding, row r of a token lies at another place.
DEVICE_INLINE int tile_output(int token, int row) { return token * GEMM_ROWS + (row ^ token / 2 % 4 * 8); }
DEVICE_INLINE void spread_tile(float *outputs, int row, int token, const float sum[4]) {
  int g = static_cast<int>(lane_id() / 4), t = static_cast<int>(lane_id() % 4);
  UNROLL
  for (int i = 0; i < 4; i++)
    outputs[tile_output(token + 2 * t + i % 2, row + g + i / 2 * 8)] = sum[i];
}

DEVICE_INLINE float packed_factor(const void *w) { return static_cast<const PackedHeader *>(w)->factor; }

} // namespace gpu
} // namespace llmserving

#endif
