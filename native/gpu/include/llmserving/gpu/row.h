// Rows of elements, eight at a time: what the kernels that work on one row per block share.
//
// A row of `width` elements starts at a multiple of `width`. Where 8 divides the width and rows are 16-byte aligned,
// eight elements are one access of 16 bytes (two for f32); other widths take the elements one by one.
#ifndef LLMSERVING_GPU_ROW_H
#define LLMSERVING_GPU_ROW_H

#include "llmserving/gpu/octets.h"

namespace llmserving {
namespace gpu {

DEVICE_INLINE u128 swap_neighbours(u128 v) {
  return {shfl_xor(v.x, 1), shfl_xor(v.y, 1), shfl_xor(v.z, 1), shfl_xor(v.w, 1)};
}

// Where 8 divides the width. Lanes beyond the row's end get zeros.
template <class T> struct Octet {
  static DEVICE_INLINE void load(const T *row, int32_t first, int32_t width, float x[8]) {
    if (first < width)
      unpack8<T>(ld16(row + first), x);
  }
  static DEVICE_INLINE void store(T *row, int32_t first, int32_t width, const float x[8]) {
    if (first < width)
      st16(row + first, pack8<T>(x));
  }
};
// Eight f32 are two accesses. So that each access of a warp takes whole sectors of 32 bytes, two neighbouring lanes
// access the even one's eight together, then the odd one's, and exchange halves. Entered by all lanes.
template <> struct Octet<float> {
  static DEVICE_INLINE void load(const float *row, int32_t first, int32_t width, float x[8]) {
    bool odd = lane_id() % 2 != 0;
    int32_t pair = odd ? first - 8 : first, half = odd ? 4 : 0;
    u128 zeros = {0, 0, 0, 0};
    u128 a = pair < width ? ld16(row + pair + half) : zeros;
    u128 b = pair + 8 < width ? ld16(row + pair + 8 + half) : zeros;
    u128 other = swap_neighbours(odd ? a : b), low = odd ? other : a, high = odd ? b : other;
    x[0] = float_of_bits(low.x), x[1] = float_of_bits(low.y), x[2] = float_of_bits(low.z), x[3] = float_of_bits(low.w);
    x[4] = float_of_bits(high.x), x[5] = float_of_bits(high.y), x[6] = float_of_bits(high.z),
    x[7] = float_of_bits(high.w);
  }
  static DEVICE_INLINE void store(float *row, int32_t first, int32_t width, const float x[8]) {
    bool odd = lane_id() % 2 != 0;
    int32_t pair = odd ? first - 8 : first, half = odd ? 4 : 0;
    u128 low = {bits_of_float(x[0]), bits_of_float(x[1]), bits_of_float(x[2]), bits_of_float(x[3])};
    u128 high = {bits_of_float(x[4]), bits_of_float(x[5]), bits_of_float(x[6]), bits_of_float(x[7])};
    u128 other = swap_neighbours(odd ? low : high);
    if (pair < width)
      st16(row + pair + half, odd ? other : low);
    if (pair + 8 < width)
      st16(row + pair + 8 + half, odd ? high : other);
  }
};

// Elements first .. first + 7 of a row, zeros beyond its end; first: a multiple of 8, of 16 in even lanes, the odd
// lane's being the next. All lanes of a warp enter together, with one width.
template <class T> DEVICE_INLINE void load_row8(const T *row, int32_t first, int32_t width, float x[8]) {
  UNROLL
  for (int j = 0; j < 8; j++)
    x[j] = 0;
  if (width % 8 == 0) {
    Octet<T>::load(row, first, width, x);
    return;
  }
  UNROLL
  for (int j = 0; j < 8; j++)
    if (first + j < width)
      x[j] = to_float(row[first + j]);
}
template <class T> DEVICE_INLINE void store_row8(T *row, int32_t first, int32_t width, const float x[8]) {
  if (width % 8 == 0) {
    Octet<T>::store(row, first, width, x);
    return;
  }
  UNROLL
  for (int j = 0; j < 8; j++)
    if (first + j < width)
      row[first + j] = from_float<T>(x[j]);
}

// The value that a store of T keeps of x.
template <class T> DEVICE_INLINE float rounded(float x) { return to_float(from_float<T>(x)); }

// The greatest of the block's magnitudes as bits of a float: an infinity exceeds all numbers, a NaN everything.
// scratch: THREADS / 32 words of shared memory, free for other use only after the next block_sync.
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

// What a row kernel's instances are chosen by: each thread keeps VECTORS times 8 elements of its row in registers. One
// vector needs no more than 40 of them. -1: too wide.
constexpr int ROW_SIZES = 5;
inline int row_size(int64_t width) {
  return width < 1 || width > 32768 ? -1
         : width <= 1024            ? 0
         : width <= 4096            ? 1
         : width <= 8192            ? 2
         : width <= 16384           ? 3
                                    : 4;
}
inline uint32_t row_threads(int size) { return size == 0 ? 128 : size == 1 ? 512 : 1024; }

} // namespace gpu
} // namespace llmserving

#endif
