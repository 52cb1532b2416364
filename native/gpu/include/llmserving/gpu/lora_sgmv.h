// LoRA for prefill: rows in segments, one adapter to a segment (lora.h), as products of matrices on tensor cores. Three
// launches: shrink computes parts of A x along the input, merge adds them in ascending order and rounds to the
// activations' type, expand adds scale · B (A x) to y. No block waits for another.
#ifndef LLMSERVING_GPU_LORA_SGMV_H
#define LLMSERVING_GPU_LORA_SGMV_H

#include "llmserving/gpu/gemm_grouped_row4.h"
#include "llmserving/gpu/gemm_grouped_tile.h"
#include "llmserving/gpu/lora.h"

namespace llmserving {
namespace gpu {

struct LoraSgmvParams {
  const void *x;               // [rows][in], rows x_stride elements apart, a multiple of 8
  void *y;                     // [rows][out], rows y_stride elements apart: out, or a multiple of 8
  const void *pool;            // adapters' matrices, of the type of x and y
  const LoraAdapter *adapters; // [adapters]
  const int32_t *indptr;       // [segments + 1]: rows of segment s are indptr[s] .. indptr[s + 1] - 1
  const int32_t *indices;      // [segments]: into adapters, -1: none
  float *parts;                // [splits][rows][max_rank]: from shrink to merge
  void *shrunk;                // [rows][max_rank]: from merge to expand
  int64_t x_stride, y_stride;
  int32_t segments, rows, in, out; // in: a multiple of 8
  int32_t max_rank;                // a multiple of 8
  int32_t splits;                  // of the input
};

using LoraShrinkTile = TileShape<64, 64, 4, 1, 3>;
using LoraExpandTile = TileShape<64, 128, 2, 2, 2>;

// A block's rows of a segment; count 0 where there is nothing to do.
struct LoraRows {
  int first, count;
  LoraAdapter adapter;
};
DEVICE_INLINE LoraRows lora_rows(const LoraSgmvParams &p, int segment, int offset) {
  int index = p.indices[segment], first = p.indptr[segment] + offset, count = p.indptr[segment + 1] - first;
  if (index < 0 || count <= 0)
    return {0, 0, {}};
  LoraAdapter adapter = load_adapter(p.adapters + index);
  return {first, adapter.rank > 0 ? count : 0, adapter};
}

// Grid: tiles of ranks x splits, tiles of a segment's rows, segments.
template <class T> DEVICE_INLINE void lora_sgmv_shrink(const LoraSgmvParams &p) {
  using Shape = LoraShrinkTile;
  DYN_SMEM(uint8_t, smem);
  pdl_wait();
  pdl_launch();
  int split = static_cast<int>(block_x()) % p.splits, column = static_cast<int>(block_x()) / p.splits * Shape::BN;
  LoraRows rows = lora_rows(p, static_cast<int>(block_z()), static_cast<int>(block_y()) * Shape::BM);
  if (rows.count <= 0 || column >= rows.adapter.rank) // the whole block
    return;
  const T *x = static_cast<const T *>(p.x) + rows.first * p.x_stride;
  const T *a = static_cast<const T *>(p.pool) + rows.adapter.a + static_cast<int64_t>(column) * p.in;
  int ranks = rows.adapter.rank - column;
  TileRows left = {reinterpret_cast<const uint8_t *>(x), p.x_stride * 2, rows.count};
  TileRows right = {reinterpret_cast<const uint8_t *>(a), p.in * static_cast<int64_t>(2), ranks};
  int bytes = p.in * 2, tiles = (bytes + TILE_ROW_BYTES - 1) / TILE_ROW_BYTES;
  int begin = tiles * split / p.splits * TILE_ROW_BYTES, end = tiles * (split + 1) / p.splits * TILE_ROW_BYTES;
  float acc[Shape::MT][Shape::NT][4];
  multiply_tile<T, Shape, true>(smem, left, right, begin, end < bytes ? end : bytes, ranks, acc);
  int rank = column + tile_store_column<Shape, 4>();
  float *parts = p.parts + (static_cast<int64_t>(split) * p.rows + rows.first) * p.max_rank + rank;
  store_tile<Shape, 4>(smem, acc, rows.count, ranks, [&](int row, const float(&values)[4]) {
    store_row4(parts + static_cast<int64_t>(row) * p.max_rank, 0, 4, values);
  });
}

// Grid: blocks of a segment's rows x max_rank / 4, segments.
template <class T> DEVICE_INLINE void lora_sgmv_merge(const LoraSgmvParams &p) {
  pdl_wait();
  pdl_launch();
  LoraRows rows = lora_rows(p, static_cast<int>(block_y()), 0);
  int quarters = p.max_rank / 4, at = static_cast<int>(block_x() * 128 + thread_x());
  int row = at / quarters, rank = at % quarters * 4;
  if (row >= rows.count || rank >= rows.adapter.rank)
    return;
  float sums[4] = {};
  int64_t place = static_cast<int64_t>(rows.first + row) * p.max_rank + rank;
  for (int split = 0; split < p.splits; split++) {
    float values[4];
    load_row4(p.parts + static_cast<int64_t>(split) * p.rows * p.max_rank + place, 0, 4, values);
    UNROLL
    for (int i = 0; i < 4; i++)
      sums[i] += values[i];
  }
  store_row4(static_cast<T *>(p.shrunk) + place, 0, 4, sums);
}

// Grid: tiles of outputs, tiles of a segment's rows, segments.
template <class T> DEVICE_INLINE void lora_sgmv_expand(const LoraSgmvParams &p) {
  using Shape = LoraExpandTile;
  DYN_SMEM(uint8_t, smem);
  pdl_wait();
  pdl_launch();
  int column = static_cast<int>(block_x()) * Shape::BN, columns = p.out - column;
  LoraRows rows = lora_rows(p, static_cast<int>(block_z()), static_cast<int>(block_y()) * Shape::BM);
  if (rows.count <= 0) // the whole block
    return;
  const T *shrunk = static_cast<const T *>(p.shrunk) + static_cast<int64_t>(rows.first) * p.max_rank;
  int64_t b_stride = rows.adapter.rank;
  const T *b = static_cast<const T *>(p.pool) + rows.adapter.b + column * b_stride;
  TileRows left = {reinterpret_cast<const uint8_t *>(shrunk), p.max_rank * static_cast<int64_t>(2), rows.count};
  TileRows right = {reinterpret_cast<const uint8_t *>(b), b_stride * 2, columns};
  float acc[Shape::MT][Shape::NT][4];
  multiply_tile<T, Shape, true>(smem, left, right, 0, rows.adapter.rank * 2, Shape::BN, acc);
  float scale = rows.adapter.scale;
  int mine = column + tile_store_column<Shape>();
  store_tile<Shape>(smem, acc, rows.count, columns, [&](int row, const float(&delta)[8]) {
    T *y = static_cast<T *>(p.y) + (rows.first + row) * p.y_stride;
    float values[8];
    load_row8(y, mine, p.out, values);
    UNROLL
    for (int i = 0; i < 8; i++)
      values[i] = fma(scale, delta[i], values[i]);
    store_row8(y, mine, p.out, values);
  });
}

inline uint32_t lora_tiles(int32_t count, int tile) { return static_cast<uint32_t>((count + tile - 1) / tile); }

// Parts of the input that fill the device. rows: of all segments.
inline int32_t lora_sgmv_splits(int32_t rows, int32_t in, int32_t multiprocessors) {
  int32_t blocks = static_cast<int32_t>(lora_tiles(rows, LoraShrinkTile::BM));
  int32_t wanted = 2 * multiprocessors / (blocks > 0 ? blocks : 1), most = in / 512;
  int32_t splits = wanted < most ? wanted : most;
  return splits < 1 ? 1 : splits > 8 ? 8 : splits;
}

// max_segment: rows of the longest segment. type: of x, y and the pool, F16 or BF16.
inline Launch lora_sgmv_shrink_launch(DType type, int32_t segments, int32_t max_segment, int32_t max_rank,
                                      int32_t splits) {
  if ((type != DType::BF16 && type != DType::F16) || max_rank > LORA_MAX_RANK)
    return {};
  return {type == DType::BF16 ? "lora_sgmv_shrink_bf16" : "lora_sgmv_shrink_f16",
          lora_tiles(max_rank, LoraShrinkTile::BN) * static_cast<uint32_t>(splits),
          lora_tiles(max_segment, LoraShrinkTile::BM),
          static_cast<uint32_t>(segments),
          LoraShrinkTile::THREADS,
          static_cast<uint32_t>(LoraShrinkTile::SMEM)};
}
inline Launch lora_sgmv_merge_launch(DType type, int32_t segments, int32_t max_segment, int32_t max_rank) {
  if (type != DType::BF16 && type != DType::F16)
    return {};
  return {type == DType::BF16 ? "lora_sgmv_merge_bf16" : "lora_sgmv_merge_f16",
          lora_tiles(max_segment * (max_rank / 4), 128),
          static_cast<uint32_t>(segments),
          1,
          128,
          0};
}
inline Launch lora_sgmv_expand_launch(DType type, int32_t segments, int32_t max_segment, int32_t out) {
  if (type != DType::BF16 && type != DType::F16)
    return {};
  return {type == DType::BF16 ? "lora_sgmv_expand_bf16" : "lora_sgmv_expand_f16",
          lora_tiles(out, LoraExpandTile::BN),
          lora_tiles(max_segment, LoraExpandTile::BM),
          static_cast<uint32_t>(segments),
          LoraExpandTile::THREADS,
          static_cast<uint32_t>(LoraExpandTile::SMEM)};
}

} // namespace gpu
} // namespace llmserving

#endif
