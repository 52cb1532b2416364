// The packed activations, one layout for all instruction sets. Rows of x go in tiles of equal width C (the last may be
// narrower or filled up), and a tile is
//   int8: [columns / 32]{ i8 a[8][C][4]; f32 scale[C]; f32 sum[C]; i32 zero8[C]; i32 zero128[C]; i32 half[2][C] }
//         a = round(x / scale), scale = max|x| / 127; half = sums of a over 16 columns each; sum = scale * (half[0] +
//         half[1]); zero8, zero128 = -8 and -128 times that integer sum: where accumulators of offset codes start
//   bf16: [columns / 2][C][2]
//   f32:  [columns][C]
#ifndef LLMSERVING_LINEAR_ACTIVATIONS_H
#define LLMSERVING_LINEAR_ACTIVATIONS_H

#include <cstddef>
#include <cstdint>

namespace llmserving {
namespace {

// Below this a group of 32 activations counts as zero: 127 / max would overflow.
constexpr float kSmallestActivation = 1e-30f;

// Bytes of 32 columns of one row.
constexpr size_t kInt8GroupBytes = 56;

struct Int8Group {
  int8_t *a;
  float *scale;
  float *sum;
  int32_t *zero8;
  int32_t *zero128;
  int32_t *half;
};

inline Int8Group int8_group(void *tile, size_t width, size_t group) {
  char *base = static_cast<char *>(tile) + group * width * kInt8GroupBytes;
  return {reinterpret_cast<int8_t *>(base),
          reinterpret_cast<float *>(base + 32 * width),
          reinterpret_cast<float *>(base + 36 * width),
          reinterpret_cast<int32_t *>(base + 40 * width),
          reinterpret_cast<int32_t *>(base + 44 * width),
          reinterpret_cast<int32_t *>(base + 48 * width)};
}

// A backend has tiles of some widths only (bit C - 1 set in `widths`); a narrower one is filled up.
constexpr size_t padded_width(size_t columns, unsigned widths) {
  while ((widths >> (columns - 1) & 1) == 0) {
    columns++;
  }
  return columns;
}

constexpr size_t widest(unsigned widths) { return 32 - static_cast<size_t>(__builtin_clz(widths)); }

// Up to so many rows, the widest tiles read weights from memory the fewest times; beyond, tiles of at most kRoomyWidth
// leave registers for what the widest ones have to spill.
constexpr size_t kFewRows = 16;
constexpr size_t kRoomyWidth = 6;

// Width of the tiles that `rows` rows are cut into: as even as possible, so that 9 rows go as 6 + 3.
constexpr size_t tile_width(size_t rows, unsigned widths) {
  size_t most = widest(widths);
  if (rows > kFewRows && most > kRoomyWidth) {
    most = kRoomyWidth;
  }
  size_t tiles = (rows + most - 1) / most;
  return tiles == 0 ? 1 : padded_width((rows + tiles - 1) / tiles, widths);
}

} // namespace
} // namespace llmserving

#endif
