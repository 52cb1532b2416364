// Rows of elements, eight at a time: what the kernels that work on one row per block share.
//
// A row of `width` elements starts at a multiple of `width`. Where 8 divides the width and rows are 16-byte aligned, eight
// elements are one access of 16 bytes (two for f32); other widths take the elements one by one.
#ifndef LLMSERVING_GPU_ROW_H
#define LLMSERVING_GPU_ROW_H

#include "llmserving/gpu/platform.h"

namespace llmserving {
namespace gpu {

template <class T> DEVICE_INLINE void unpack8(u128 v, float x[8]) {
  unpack2<T>(v.x, x[0], x[1]);
  unpack2<T>(v.y, x[2], x[3]);
  unpack2<T>(v.z, x[4], x[5]);
  unpack2<T>(v.w, x[6], x[7]);
}

// Eight elements, 16-byte aligned.
template <class T> DEVICE_INLINE void load8(const T *p, float x[8]) { unpack8<T>(ld16(p), x); }
template <> DEVICE_INLINE void load8<float>(const float *p, float x[8]) {
  u128 low = ld16(p), high = ld16(p + 4);
  x[0] = float_of_bits(low.x), x[1] = float_of_bits(low.y), x[2] = float_of_bits(low.z), x[3] = float_of_bits(low.w);
  x[4] = float_of_bits(high.x), x[5] = float_of_bits(high.y), x[6] = float_of_bits(high.z), x[7] = float_of_bits(high.w);
}
template <class T> DEVICE_INLINE void store8(T *p, const float x[8]) {
  st16(p, {pack2<T>(x[0], x[1]), pack2<T>(x[2], x[3]), pack2<T>(x[4], x[5]), pack2<T>(x[6], x[7])});
}
template <> DEVICE_INLINE void store8<float>(float *p, const float x[8]) {
  st16(p, {bits_of_float(x[0]), bits_of_float(x[1]), bits_of_float(x[2]), bits_of_float(x[3])});
  st16(p + 4, {bits_of_float(x[4]), bits_of_float(x[5]), bits_of_float(x[6]), bits_of_float(x[7])});
}

// Elements first .. first + 7 of a row; zeros beyond its end.
template <class T> DEVICE_INLINE void load_row8(const T *row, int32_t first, int32_t width, float x[8]) {
  UNROLL
  for (int j = 0; j < 8; j++)
    x[j] = 0;
  if (width % 8 == 0) {
    if (first < width)
      load8(row + first, x);
    return;
  }
  UNROLL
  for (int j = 0; j < 8; j++)
    if (first + j < width)
      x[j] = to_float(row[first + j]);
}
template <class T> DEVICE_INLINE void store_row8(T *row, int32_t first, int32_t width, const float x[8]) {
  if (width % 8 == 0) {
    if (first < width)
      store8(row + first, x);
    return;
  }
  UNROLL
  for (int j = 0; j < 8; j++)
    if (first + j < width)
      row[first + j] = from_float<T>(x[j]);
}

// The value that a store of T keeps of x.
template <class T> DEVICE_INLINE float rounded(float x) { return to_float(from_float<T>(x)); }

// The greatest of the block's magnitudes as bits of a float: an infinity exceeds all numbers, a NaN everything. scratch:
// THREADS / 32 words of shared memory, free for other use only after the next block_sync.
template <int THREADS> DEVICE_INLINE uint32_t block_max_bits(uint32_t value, uint32_t *scratch) {
  UNROLL
  for (int mask = 16; mask > 0; mask /= 2) {
    uint32_t other = shfl_xor(value, mask);
    value = other > value ? other : value;
  }
  if (lane_id() == 0)
    scratch[warp_id()] = value;
  block_sync();
  uint32_t greatest = scratch[0];
  UNROLL
  for (int warp = 1; warp < THREADS / 32; warp++)
    greatest = scratch[warp] > greatest ? scratch[warp] : greatest;
  return greatest;
}

// What a row kernel's instances are chosen by: each thread keeps VECTORS times 8 elements of its row in registers.
// 0: 128 threads, 1 vector; 1: 256 threads, 2 vectors; 2: 1024 threads, 2 vectors; 3: 1024 threads, 4 vectors; -1: too wide.
inline int row_size(int64_t width) {
  return width < 1 ? -1 : width <= 1024 ? 0 : width <= 4096 ? 1 : width <= 16384 ? 2 : width <= 32768 ? 3 : -1;
}
inline uint32_t row_threads(int size) { return size == 0 ? 128 : size == 1 ? 256 : 1024; }

} // namespace gpu
} // namespace llmserving

#endif
