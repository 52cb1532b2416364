// Linear layers with 8-bit weights and activations (SmoothQuant, Xiao et al. 2023): per token and per output channel
// one scale, products summed in 32-bit integers exactly.
//
//   y[i][j] = (sum over k of x[i][k] w[j][k]) * (x_scale[i] * w_scale[j]) + bias[j]
//
// The sum is the same for every tile and split: results depend on the row alone. It is exact for k < 2^17.
#ifndef LLMSERVING_GPU_GEMM_W8A8_H
#define LLMSERVING_GPU_GEMM_W8A8_H

#include "llmserving/gpu/gemm_grouped_row4.h"
#include "llmserving/gpu/gemm_grouped_tile.h"

namespace llmserving {
namespace gpu {

struct GemmW8A8Params {
  const int8_t *x;      // [m][k]
  const int8_t *w;      // [n][k]
  const float *x_scale; // [m]
  const float *w_scale; // [n]
  const void *bias;     // [n] of the output's type, or null
  void *y;              // [m][n], rows y_stride elements apart: n, or a multiple of 8
  int32_t *sums;        // [splits][m][n]: gemm_w8a8_sums writes it, gemm_w8a8_scale reads it
  int64_t y_stride;
  int32_t m, n;
  int32_t k;      // a multiple of 16
  int32_t splits; // parts of k; 1 without gemm_w8a8_sums
};

using W8A8Tile16 = TileShape<16, 64, 1, 4, 4>; // memory-bound: four blocks to a multiprocessor keep loads in flight
using W8A8Tile64 = TileShape<64, 128, 2, 2, 3>;
using W8A8Tile128 = TileShape<128, 128, 2, 2, 2>; // 64 x 64 to a warp: four mma per ldmatrix

template <class Shape>
DEVICE_INLINE void w8a8_accumulate(const GemmW8A8Params &p, uint8_t *smem, int row, int column, int begin, int end,
                                   int32_t (&acc)[Shape::MT][Shape::NT][4]) {
  TileRows a = {reinterpret_cast<const uint8_t *>(p.x) + static_cast<int64_t>(row) * p.k, p.k, p.m - row};
  TileRows b = {reinterpret_cast<const uint8_t *>(p.w) + static_cast<int64_t>(column) * p.k, p.k, p.n - column};
  multiply_tile<int8_t, Shape, false>(smem, a, b, begin, end, Shape::BN, acc);
}

// Scales of eight columns and what is added to them.
template <class T> struct W8A8Columns {
  float scales[8], biases[8] = {};
  DEVICE_INLINE W8A8Columns(const GemmW8A8Params &p, int column) {
    load_row8(p.w_scale, column, p.n, scales);
    if (p.bias != nullptr)
      load_row8(static_cast<const T *>(p.bias), column, p.n, biases);
  }
};

template <class T>
DEVICE_INLINE void w8a8_store(const GemmW8A8Params &p, const W8A8Columns<T> &columns, int row, int column,
                              const int32_t (&sums)[8]) {
  float values[8], x_scale = p.x_scale[row];
  UNROLL
  for (int i = 0; i < 8; i++)
    values[i] = fma(static_cast<float>(sums[i]), x_scale * columns.scales[i], columns.biases[i]);
  store_row8(static_cast<T *>(p.y) + row * p.y_stride, column, p.n, values);
}

// Grid: tiles of n, tiles of m.
template <class T, class Shape> DEVICE_INLINE void gemm_w8a8(const GemmW8A8Params &p) {
  DYN_SMEM(uint8_t, smem);
  pdl_wait();
  pdl_launch();
  int row = static_cast<int>(block_y()) * Shape::BM, column = static_cast<int>(block_x()) * Shape::BN;
  int32_t acc[Shape::MT][Shape::NT][4];
  w8a8_accumulate<Shape>(p, smem, row, column, 0, p.k, acc);
  int mine = column + tile_store_column<Shape>();
  W8A8Columns<T> columns(p, mine);
  store_tile<Shape>(smem, acc, p.m - row, p.n - column,
                    [&](int i, const int32_t(&sums)[8]) { w8a8_store<T>(p, columns, row + i, mine, sums); });
}

// The sums of each part of k, unscaled. Grid: tiles of n, tiles of m, splits.
template <class Shape> DEVICE_INLINE void gemm_w8a8_sums(const GemmW8A8Params &p) {
  DYN_SMEM(uint8_t, smem);
  pdl_wait();
  pdl_launch();
  int row = static_cast<int>(block_y()) * Shape::BM, column = static_cast<int>(block_x()) * Shape::BN;
  int tiles = (p.k + TILE_ROW_BYTES - 1) / TILE_ROW_BYTES, split = static_cast<int>(block_z());
  int begin = tiles * split / p.splits * TILE_ROW_BYTES, end = tiles * (split + 1) / p.splits * TILE_ROW_BYTES;
  int32_t acc[Shape::MT][Shape::NT][4];
  w8a8_accumulate<Shape>(p, smem, row, column, begin, end < p.k ? end : p.k, acc);
  int mine = column + tile_store_column<Shape, 4>();
  int32_t *sums = p.sums + (static_cast<int64_t>(split) * p.m + row) * p.n;
  store_tile<Shape, 4>(smem, acc, p.m - row, p.n - column, [&](int i, const int32_t(&values)[4]) {
    store_row4(sums + static_cast<int64_t>(i) * p.n, mine, p.n, values);
  });
}

// Adds the parts and scales. Grid: fours of columns / 128, rows.
template <class T> DEVICE_INLINE void gemm_w8a8_scale(const GemmW8A8Params &p) {
  pdl_wait();
  pdl_launch();
  int column = static_cast<int>(block_x() * 128 + thread_x()) * 4, row = static_cast<int>(block_y());
  if (column >= p.n)
    return;
  int32_t sums[4] = {};
  for (int split = 0; split < p.splits; split++) {
    int32_t part[4];
    load_row4(p.sums + (static_cast<int64_t>(split) * p.m + row) * p.n, column, p.n, part);
    UNROLL
    for (int i = 0; i < 4; i++)
      sums[i] += part[i];
  }
  float values[4], scales[4], biases[4] = {}, x_scale = p.x_scale[row];
  load_row4(p.w_scale, column, p.n, scales);
  if (p.bias != nullptr)
    load_row4(static_cast<const T *>(p.bias), column, p.n, biases);
  UNROLL
  for (int i = 0; i < 4; i++)
    values[i] = fma(static_cast<float>(sums[i]), x_scale * scales[i], biases[i]);
  store_row4(static_cast<T *>(p.y) + row * p.y_stride, column, p.n, values);
}

inline uint32_t tiles_of(int32_t count, int tile) { return static_cast<uint32_t>((count + tile - 1) / tile); }

template <class Shape> Launch w8a8_launch(const char *kernel, int32_t m, int32_t n, int32_t splits) {
  return {kernel,
          tiles_of(n, Shape::BN),
          tiles_of(m, Shape::BM),
          static_cast<uint32_t>(splits),
          Shape::THREADS,
          static_cast<uint32_t>(Shape::SMEM)};
}

// How many parts of k fill the device; more than one calls for gemm_w8a8_sums_launch, then gemm_w8a8_scale_launch.
// multiprocessors: of the device.
inline int32_t gemm_w8a8_splits(int32_t m, int32_t n, int32_t k, int32_t multiprocessors) {
  if (m > W8A8Tile16::BM)
    return 1;
  int32_t blocks = static_cast<int32_t>(tiles_of(n, W8A8Tile16::BN)), tiles = k / TILE_ROW_BYTES;
  int32_t wanted = 4 * multiprocessors / (blocks > 0 ? blocks : 1), most = tiles / 4; // a part is worth its set-up
  int32_t splits = wanted < most ? wanted : most;
  return splits < 1 ? 1 : splits > 8 ? 8 : splits;
}

// type: of y and bias, F16 or BF16.
inline Launch gemm_w8a8_launch(DType type, int32_t m, int32_t n) {
  if (type != DType::BF16 && type != DType::F16)
    return {};
  bool bf = type == DType::BF16;
  if (m <= W8A8Tile16::BM)
    return w8a8_launch<W8A8Tile16>(bf ? "gemm_w8a8_m16_bf16" : "gemm_w8a8_m16_f16", m, n, 1);
  if (m <= 2 * W8A8Tile64::BM)
    return w8a8_launch<W8A8Tile64>(bf ? "gemm_w8a8_m64_bf16" : "gemm_w8a8_m64_f16", m, n, 1);
  return w8a8_launch<W8A8Tile128>(bf ? "gemm_w8a8_m128_bf16" : "gemm_w8a8_m128_f16", m, n, 1);
}
inline Launch gemm_w8a8_sums_launch(int32_t m, int32_t n, int32_t splits) {
  return w8a8_launch<W8A8Tile16>("gemm_w8a8_sums_m16", m, n, splits);
}
inline Launch gemm_w8a8_scale_launch(DType type, int32_t m, int32_t n) {
  if (type != DType::BF16 && type != DType::F16)
    return {};
  return {type == DType::BF16 ? "gemm_w8a8_scale_bf16" : "gemm_w8a8_scale_f16",
          tiles_of(n, 512),
          static_cast<uint32_t>(m),
          1,
          128,
          0};
}

} // namespace gpu
} // namespace llmserving

#endif
