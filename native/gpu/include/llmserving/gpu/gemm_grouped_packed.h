// gemm_grouped (gemm_grouped.h) for experts whose weights are packed codes in groups (weight_layout.h): 8-bit codes
// with groups of 32 or 16, 4-bit codes with groups of 32, with and without minimum.
//
//   y[pair] = weights[expert] x[pair / share]        for all pairs in slots
//
// A block has 128 outputs of 32 or 128 slots. Sums run over ascending columns, so that a pair's result depends on its
// row and expert alone, up to the tile.
#ifndef LLMSERVING_GPU_GEMM_GROUPED_PACKED_H
#define LLMSERVING_GPU_GEMM_GROUPED_PACKED_H

#include "llmserving/gpu/gemm_grouped_row4.h"
#include "llmserving/gpu/linear_stage.h"
#include "llmserving/gpu/linear_store.h"

namespace llmserving {
namespace gpu {

struct GemmGroupedPackedParams {
  const void *x;                // [pairs / share][k]
  const void *w;                // [experts], w_stride bytes apart: packed [n][k]
  void *y;                      // [pairs][n]; rows of pairs that have no slot stay as they are
  const int32_t *slots;         // [blocks * tile]: pairs, -1: none
  const int32_t *block_experts; // [blocks]
  const int32_t *blocks;        // [1]: blocks in use
  int64_t w_stride;             // at least packed_bytes, a multiple of 16
  int32_t n;
  int32_t k; // a multiple of 8
  int32_t share;
};

// Eight warps share 8 panels and TOKENS slots.
template <LinearFamily F, int TOKENS> struct GroupedPackedShape {
  static constexpr int WARPS = LINEAR_THREADS / 32, PANELS = GEMM_ROWS / PANEL_ROWS;
  static constexpr int WARPS_M = TOKENS == 128 ? 4 : 1; // along slots
  static constexpr int WARP_PANELS = PANELS * WARPS_M / WARPS, WARP_TILES = TOKENS / WARPS_M / 8;
  static constexpr int STAGE = stage_bytes(F, PANELS, TOKENS), STAGES = pipeline_stages(STAGE, GEMM_SMEM);
  static constexpr int OUTPUTS = 4 * GEMM_ROWS * TOKENS;
  static constexpr int SMEM = STAGES * STAGE > OUTPUTS ? STAGES * STAGE : OUTPUTS;
  static_assert(STAGES >= 2, "a pipeline copies one stage while another is read");
};

// Copies of this thread, of its expert's panels and of the rows of x that the block's slots name.
template <LinearFamily F, int TOKENS>
using GroupedStager = Stager<F, GroupedPackedShape<F, TOKENS>::PANELS, TOKENS, GroupedPackedShape<F, TOKENS>::WARPS>;
template <LinearFamily F, int TOKENS>
DEVICE_INLINE GroupedStager<F, TOKENS> grouped_stager(const GemmGroupedPackedParams &p, const LinearPart &expert,
                                                      const int32_t *slots) {
  GroupedStager<F, TOKENS> stager(expert, p.x, p.k, warp_id(), static_cast<int64_t>(block_x()) * (GEMM_ROWS / PANEL_ROWS));
  UNROLL
  for (int i = 0; i < GroupedStager<F, TOKENS>::TOKEN_COPIES; i++) {
    int32_t pair = slots[stager.row_of(i)];
    int64_t piece = static_cast<int64_t>(pair / p.share) * (p.k / 8) + lane_id() % 8;
    stager.pieces[i] = pair < 0 ? stager.ABSENT : static_cast<uint32_t>(piece);
  }
  return stager;
}

// sum = the product of this warp's panels and slots. Threads enter together.
template <LinearFamily F, class T, int TOKENS, class Sums>
DEVICE_INLINE void multiply_grouped(const GroupedStager<F, TOKENS> &stager, uint8_t *shared, int32_t chunks, int panel,
                                    int slot, Sums &sum) {
  using Shape = GroupedPackedShape<F, TOKENS>;
  constexpr int STAGES = Shape::STAGES, STAGE = Shape::STAGE;
  UNROLL
  for (int i = 0; i < STAGES - 1; i++) {
    if (i < chunks) {
      stager.copy_weights(shared + i * STAGE, i);
      stager.copy_tokens(shared + i * STAGE, i);
    }
    cp_async_commit();
  }
  int32_t at = 0;
  for (int32_t c = 0; c < chunks; c++) {
    cp_async_wait<STAGES - 2>();
    block_sync();
    int32_t next = c + STAGES - 1, free_stage = at == 0 ? STAGES - 1 : at - 1;
    if (next < chunks) {
      stager.copy_weights(shared + free_stage * STAGE, next);
      stager.copy_tokens(shared + free_stage * STAGE, next);
    }
    cp_async_commit();
    const uint8_t *stage = shared + at * STAGE;
    NO_UNROLL // as in linear_gemm
    for (int half = 0; half < 2; half++)
      multiply_half<F, T, Shape::WARP_PANELS, Shape::WARP_TILES>(stage + panel * chunk_bytes(F),
                                                                 stage + Shape::PANELS * chunk_bytes(F),
                                                                 static_cast<uint32_t>(slot), half, sum);
    at = at == STAGES - 1 ? 0 : at + 1;
  }
  block_sync(); // all are done with the last stage
}

// Grid: tiles of 128 outputs, blocks at most.
template <LinearFamily F, class T, int TOKENS>
DEVICE_INLINE void gemm_grouped_packed(const GemmGroupedPackedParams &p) {
  using Shape = GroupedPackedShape<F, TOKENS>;
  DYN_SMEM(uint8_t, shared);
  pdl_wait();
  pdl_launch();
  int32_t block = static_cast<int32_t>(block_y()), first_row = static_cast<int32_t>(block_x()) * GEMM_ROWS;
  if (block >= p.blocks[0]) // the whole block
    return;
  const int32_t *slots = p.slots + static_cast<int64_t>(block) * TOKENS;
  LinearPart expert = {static_cast<const uint8_t *>(p.w) + p.block_experts[block] * p.w_stride, nullptr, 0, p.n};
  int panel = static_cast<int>(warp_id()) / Shape::WARPS_M * Shape::WARP_PANELS;
  int slot = static_cast<int>(warp_id()) % Shape::WARPS_M * Shape::WARP_TILES * 8;
  float sum[Shape::WARP_PANELS][Shape::WARP_TILES][4] = {};
  multiply_grouped<F, T, TOKENS>(grouped_stager<F, TOKENS>(p, expert, slots), shared,
                                 static_cast<int32_t>(chunks_of(p.k)), panel, slot, sum);
  float *outputs = reinterpret_cast<float *>(shared), factor = packed_factor(expert.w);
  UNROLL
  for (int i = 0; i < Shape::WARP_PANELS; i++)
    UNROLL
    for (int tile = 0; tile < Shape::WARP_TILES; tile++)
      spread_tile(outputs, (panel + i) * PANEL_ROWS, slot + tile * 8, sum[i][tile]);
  block_sync();
  int32_t row = static_cast<int32_t>(lane_id()) * 4;
  for (uint32_t token = warp_id(); token < TOKENS; token += Shape::WARPS) {
    int32_t pair = slots[token];
    if (pair < 0)
      continue;
    float values[4];
    load_row4(outputs + tile_output(static_cast<int>(token), row), 0, GEMM_ROWS, values);
    UNROLL
    for (int i = 0; i < 4; i++)
      values[i] *= factor;
    store_row4(static_cast<T *>(p.y) + static_cast<int64_t>(pair) * p.n, first_row + row, p.n, values);
  }
}

// Slots to a block for so many pairs.
inline int32_t gemm_grouped_packed_tile(int32_t pairs, int32_t experts) {
  return pairs / (experts > 0 ? experts : 1) <= 48 ? 32 : 128;
}

template <LinearFamily F> Launch grouped_packed_launch(const char *const (&names)[2][2], DType type, int32_t tile,
                                                       int32_t max_blocks, int32_t n) {
  bool large = tile == 128;
  return {names[large][type == DType::F16],
          static_cast<uint32_t>((n + GEMM_ROWS - 1) / GEMM_ROWS),
          static_cast<uint32_t>(max_blocks),
          1,
          LINEAR_THREADS,
          static_cast<uint32_t>(large ? GroupedPackedShape<F, 128>::SMEM : GroupedPackedShape<F, 32>::SMEM)};
}

// tile: 32 or 128, as the pairs were aligned; max_blocks: moe_align_max_blocks. type: of x and y, F16 or BF16.
inline Launch gemm_grouped_packed_launch(LinearFamily family, DType type, int32_t tile, int32_t max_blocks, int32_t n) {
#define GROUPED_NAMES(FAMILY)                                                                                          \
  {                                                                                                                    \
    {"gemm_grouped_" FAMILY "_m32_bf16", "gemm_grouped_" FAMILY "_m32_f16"}, {                                         \
      "gemm_grouped_" FAMILY "_m128_bf16", "gemm_grouped_" FAMILY "_m128_f16"                                          \
    }                                                                                                                  \
  }
  static const char *const names[4][2][2] = {GROUPED_NAMES("int8"), GROUPED_NAMES("int8g16"), GROUPED_NAMES("int4"),
                                             GROUPED_NAMES("int4min")};
#undef GROUPED_NAMES
  if ((type != DType::BF16 && type != DType::F16) || (tile != 32 && tile != 128))
    return {};
  switch (family) {
  case LinearFamily::Int8:
    return grouped_packed_launch<LinearFamily::Int8>(names[0], type, tile, max_blocks, n);
  case LinearFamily::Int8Group16:
    return grouped_packed_launch<LinearFamily::Int8Group16>(names[1], type, tile, max_blocks, n);
  case LinearFamily::Int4:
    return grouped_packed_launch<LinearFamily::Int4>(names[2], type, tile, max_blocks, n);
  case LinearFamily::Int4Min:
    return grouped_packed_launch<LinearFamily::Int4Min>(names[3], type, tile, max_blocks, n);
  default:
    return {};
  }
}

} // namespace gpu
} // namespace llmserving

#endif
