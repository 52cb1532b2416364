// The linear layers of a mixture of experts: every block of slots (moe_align.h) times its expert's weights.
//
//   y[pair] = weights[expert] x[pair / share]        for all pairs in slots
//
// share = top_k reads a token's row for each of its choices (gate and up), share = 1 a pair's own (down). A pair's
// result depends on its row and expert alone, up to the tile: slots' order does not matter.
#ifndef LLMSERVING_GPU_GEMM_GROUPED_H
#define LLMSERVING_GPU_GEMM_GROUPED_H

#include "llmserving/gpu/gemm_grouped_tile.h"

namespace llmserving {
namespace gpu {

struct GemmGroupedParams {
  const void *x;                // [pairs / share][k]
  const void *w;                // [experts][n][k]
  void *y;                      // [pairs][n]; rows of pairs that have no slot stay as they are
  const int32_t *slots;         // [blocks * tile]: pairs, -1: none
  const int32_t *block_experts; // [blocks]
  const int32_t *blocks;        // [1]: blocks in use
  int32_t n;
  int32_t k; // a multiple of 8
  int32_t share;
};

using GroupedTile16 = TileShape<16, 64, 1, 4, 4>; // memory-bound: several blocks to a multiprocessor
using GroupedTile64 = TileShape<64, 128, 2, 2, 3>;
using GroupedTile128 = TileShape<128, 128, 2, 2, 2>;

// The rows of x that this thread loads.
template <class Shape> using GroupedRows = GatheredTileRows<Shape::BM * 8 / Shape::THREADS>;
template <class Shape> DEVICE_INLINE GroupedRows<Shape> grouped_rows(const GemmGroupedParams &p, const int32_t *slots) {
  GroupedRows<Shape> rows;
  rows.base = static_cast<const uint8_t *>(p.x);
  rows.stride = p.k * static_cast<int64_t>(2);
  UNROLL
  for (int turn = 0; turn < Shape::BM * 8 / Shape::THREADS; turn++) {
    int32_t pair = slots[tile_load_row<Shape::THREADS>(turn)];
    rows.index[turn] = pair < 0 ? -1 : pair / p.share;
  }
  return rows;
}

// Grid: tiles of n, blocks at most.
template <class T, class Shape> DEVICE_INLINE void gemm_grouped(const GemmGroupedParams &p) {
  DYN_SMEM(uint8_t, smem);
  pdl_wait();
  pdl_launch();
  int block = static_cast<int>(block_y()), column = static_cast<int>(block_x()) * Shape::BN;
  if (block >= p.blocks[0]) // the whole block
    return;
  const int32_t *slots = p.slots + static_cast<int64_t>(block) * Shape::BM;
  int64_t stride = p.k * static_cast<int64_t>(2);
  TileRows weights = {static_cast<const uint8_t *>(p.w) +
                          (p.block_experts[block] * static_cast<int64_t>(p.n) + column) * stride,
                      stride, p.n - column};
  float acc[Shape::MT][Shape::NT][4];
  multiply_tile<T, Shape, false>(smem, grouped_rows<Shape>(p, slots), weights, 0, static_cast<int>(stride), Shape::BN,
                                 acc);
  int mine = column + tile_store_column<Shape>();
  store_tile<Shape>(smem, acc, Shape::BM, p.n - column, [&](int row, const float(&values)[8]) {
    int32_t pair = slots[row];
    if (pair >= 0)
      store_row8(static_cast<T *>(p.y) + static_cast<int64_t>(pair) * p.n, mine, p.n, values);
  });
}

// Slots to a block for so many pairs: little padding for few, reuse of weights for many.
inline int32_t gemm_grouped_tile(int32_t pairs, int32_t experts) {
  int32_t mean = pairs / (experts > 0 ? experts : 1);
  return mean <= 32 ? 16 : mean <= 128 ? 64 : 128;
}

template <class Shape> Launch grouped_launch(const char *kernel, int32_t max_blocks, int32_t n) {
  return {kernel,
          static_cast<uint32_t>((n + Shape::BN - 1) / Shape::BN),
          static_cast<uint32_t>(max_blocks),
          1,
          Shape::THREADS,
          static_cast<uint32_t>(Shape::SMEM)};
}

// tile: as the pairs were aligned; max_blocks: moe_align_max_blocks. type: of x, w and y, F16 or BF16.
inline Launch gemm_grouped_launch(DType type, int32_t tile, int32_t max_blocks, int32_t n) {
  if (type != DType::BF16 && type != DType::F16)
    return {};
  bool bf = type == DType::BF16;
  switch (tile) {
  case 16:
    return grouped_launch<GroupedTile16>(bf ? "gemm_grouped_m16_bf16" : "gemm_grouped_m16_f16", max_blocks, n);
  case 64:
    return grouped_launch<GroupedTile64>(bf ? "gemm_grouped_m64_bf16" : "gemm_grouped_m64_f16", max_blocks, n);
  case 128:
    return grouped_launch<GroupedTile128>(bf ? "gemm_grouped_m128_bf16" : "gemm_grouped_m128_f16", max_blocks, n);
  default:
    return {};
  }
}

} // namespace gpu
} // namespace llmserving

#endif
