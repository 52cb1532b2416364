// Products of packed weights with many tokens: blocks of 128 outputs x 64 or 128 tokens on tensor cores.
//
// Eight warps, each 32 tokens and a part of the outputs: 64 of them (4 panels) beside 128 tokens, 32 beside 64. Packed
// weights and tokens pass through a pipeline of asynchronous copies; weights are dequantized on their way from shared memory
// to registers, once for 32 tokens. The sums of one segment of k are kept apart from the total, for the order of operations
// that linear.h promises.
#ifndef LLMSERVING_GPU_LINEAR_GEMM_H
#define LLMSERVING_GPU_LINEAR_GEMM_H

#include "llmserving/gpu/linear_stage.h"
#include "llmserving/gpu/linear_store.h"

namespace llmserving {
namespace gpu {

template <class T, int TOKENS>
DEVICE_INLINE void store_tile(const LinearParams &p, const float *outputs, const PartRows &rows, int32_t first_token) {
  LinearPart part = part_of(p, rows.part);
  float factor = packed_factor(part.w);
  for (uint32_t i = thread_x(); i < GEMM_ROWS * TOKENS / 4; i += LINEAR_THREADS) {
    int32_t token = static_cast<int32_t>(i / (GEMM_ROWS / 4)), row = static_cast<int32_t>(i % (GEMM_ROWS / 4) * 4);
    store_outputs<T>(p, part, factor, ld16(outputs + tile_output(token, row)), first_token + token, rows.first_row + row);
  }
}

template <LinearFamily F, class T, int TOKENS> DEVICE_INLINE void linear_gemm(const LinearParams &p) {
  constexpr int PANELS = GEMM_ROWS / PANEL_ROWS, WARP_TILES = 4, TOKEN_WARPS = TOKENS / 8 / WARP_TILES;
  constexpr int WARP_PANELS = PANELS * TOKEN_WARPS / (LINEAR_THREADS / 32);
  constexpr int STAGE = stage_bytes(F, PANELS, TOKENS), STAGES = gemm_stages(F, TOKENS);
  static_assert(STAGES >= 2, "a pipeline copies one stage while another is read");
  DYN_SMEM(uint8_t, shared);
  int32_t chunks = static_cast<int32_t>(chunks_of(p.k));
  int warp_panel = static_cast<int>(warp_id()) / TOKEN_WARPS * WARP_PANELS;
  int warp_token = static_cast<int>(warp_id()) % TOKEN_WARPS * 8 * WARP_TILES;

  PartRows rows = rows_of_block<GEMM_ROWS>(p);

  pdl_wait();
  Stager<F, PANELS, TOKENS, LINEAR_THREADS / 32> stager(part_of(p, rows.part), p.x, p.k, warp_id(), rows.first_row / PANEL_ROWS);
  stager.find_tokens(p, static_cast<int32_t>(block_x()) * TOKENS);
  UNROLL
  for (int i = 0; i < STAGES - 1; i++) {
    if (i < chunks) {
      stager.copy_weights(shared + i * STAGE, i);
      stager.copy_tokens(shared + i * STAGE, i);
    }
    cp_async_commit();
  }

  float total[WARP_PANELS][WARP_TILES][4] = {}, sum[WARP_PANELS][WARP_TILES][4] = {};
  int32_t slot = 0, free_slot = STAGES - 1, segment = 1;
  for (int32_t c = 0; c < chunks; c++) {
    cp_async_wait<STAGES - 2>();
    block_sync();
    int32_t next = c + STAGES - 1;
    if (next < chunks) {
      stager.copy_weights(shared + free_slot * STAGE, next);
      stager.copy_tokens(shared + free_slot * STAGE, next);
    }
    cp_async_commit();
    const uint8_t *stage = shared + slot * STAGE;
    NO_UNROLL // keeps the compiler from loading more ahead than registers hold
    for (int half = 0; half < 2; half++)
      multiply_half<F, T, WARP_PANELS, WARP_TILES>(stage + warp_panel * chunk_bytes(F), stage + PANELS * chunk_bytes(F),
                                                   static_cast<uint32_t>(warp_token), half, sum);
    free_slot = slot;
    slot = slot == STAGES - 1 ? 0 : slot + 1;
    if (segment_end(segment, chunks) > c + 1)
      continue;
    while (segment < LINEAR_SEGMENTS && segment_end(segment, chunks) <= c + 1) // segments of no chunks among them
      segment++;
    UNROLL
    for (int i = 0; i < WARP_PANELS * WARP_TILES * 4; i++) {
      total[i / 4 / WARP_TILES][i / 4 % WARP_TILES][i % 4] += sum[i / 4 / WARP_TILES][i / 4 % WARP_TILES][i % 4];
      sum[i / 4 / WARP_TILES][i / 4 % WARP_TILES][i % 4] = 0;
    }
  }
  cp_async_wait<0>();
  block_sync();
  pdl_launch();
  float *outputs = reinterpret_cast<float *>(shared);
  UNROLL
  for (int panel = 0; panel < WARP_PANELS; panel++)
    UNROLL
    for (int tile = 0; tile < WARP_TILES; tile++)
      spread_tile(outputs, (warp_panel + panel) * PANEL_ROWS, warp_token + tile * 8, total[panel][tile]);
  block_sync();
  store_tile<T, TOKENS>(p, outputs, rows, static_cast<int32_t>(block_x()) * TOKENS);
}

} // namespace gpu
} // namespace llmserving

#endif
