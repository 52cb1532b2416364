// Linear layers with 8-bit weights and activations (SmoothQuant, Xiao et al. 2023): per token and per output channel
// one scale, products summed in 32-bit integers exactly.
//
//   y[i][j] = (sum over k of x[i][k] w[j][k]) * (x_scale[i] * w_scale[j]) + bias[j]
//
// The sum is the same for every tile and split: results depend on the row alone. It is exact for k < 2^17.
#ifndef LLMSERVING_GPU_GEMM_W8A8_H
#define LLMSERVING_GPU_GEMM_W8A8_H

#include "llmserving/gpu/gemm_grouped_tile.h"

namespace llmserving {
namespace gpu {

struct GemmW8A8Params {
  const int8_t *x;      // [m][k]
  const int8_t *w;      // [n][k]
  const float *x_scale; // [m]
  const float *w_scale; // [n]
  const void *bias;     // [n] of the output's type, or null
  void *y;              // [m][n], rows y_stride elements apart, a multiple of 8 if n is one
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

template <class T> DEVICE_INLINE void w8a8_store(const GemmW8A8Params &p, int row, int column, const int32_t *sums) {
  float values[8], x_scale = p.x_scale[row];
  UNROLL
  for (int i = 0; i < 8; i++) {
    bool inside = column + i < p.n;
    float bias = inside && p.bias != nullptr ? to_float(static_cast<const T *>(p.bias)[column + i]) : 0.0f;
    values[i] = fma(static_cast<float>(sums[i]), inside ? x_scale * p.w_scale[column + i] : 0.0f, bias);
  }
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
  store_tile<Shape>(smem, acc, p.m - row, p.n - column,
                    [&](int i, int j, const int32_t(&sums)[8]) { w8a8_store<T>(p, row + i, column + j, sums); });
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
  int32_t *sums = p.sums + static_cast<int64_t>(split) * p.m * p.n;
  bool aligned = p.n % 4 == 0;
  store_tile<Shape>(smem, acc, p.m - row, p.n - column, [&](int i, int j, const int32_t(&values)[8]) {
    int32_t *target = sums + static_cast<int64_t>(row + i) * p.n + column + j;
    UNROLL
    for (int half = 0; half < 8; half += 4) {
      const int32_t *v = values + half;
      if (aligned && column + j + half + 4 <= p.n) {
        st16(target + half, {static_cast<uint32_t>(v[0]), static_cast<uint32_t>(v[1]), static_cast<uint32_t>(v[2]),
                             static_cast<uint32_t>(v[3])});
        continue;
      }
      UNROLL
      for (int c = 0; c < 4; c++)
        if (column + j + half + c < p.n)
          target[half + c] = v[c];
    }
  });
}

// Adds the parts and scales. Grid: eights of columns / 128, rows.
template <class T> DEVICE_INLINE void gemm_w8a8_scale(const GemmW8A8Params &p) {
  pdl_wait();
  pdl_launch();
  int column = static_cast<int>(block_x() * 128 + thread_x()) * 8, row = static_cast<int>(block_y());
  if (column >= p.n)
    return;
  int32_t sums[8] = {};
  for (int split = 0; split < p.splits; split++) {
    const int32_t *part = p.sums + (static_cast<int64_t>(split) * p.m + row) * p.n + column;
    UNROLL
    for (int half = 0; half < 8; half += 4) {
      if (p.n % 4 == 0 && column + half + 4 <= p.n) {
        u128 v = ld16(part + half);
        sums[half] += static_cast<int32_t>(v.x);
        sums[half + 1] += static_cast<int32_t>(v.y);
        sums[half + 2] += static_cast<int32_t>(v.z);
        sums[half + 3] += static_cast<int32_t>(v.w);
        continue;
      }
      UNROLL
      for (int c = 0; c < 4; c++)
        if (column + half + c < p.n)
          sums[half + c] += part[half + c];
    }
  }
  w8a8_store<T>(p, row, column, sums);
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
          tiles_of(n, 1024),
          static_cast<uint32_t>(m),
          1,
          128,
          0};
}

} // namespace gpu
} // namespace llmserving

#endif
