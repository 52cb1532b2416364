// Products of packed weights with up to 16 tokens per block: memory-bound, weights stream through once.
//
// A block computes the rows of one or two panels for 8 or 16 tokens. Each of its eight warps takes one segment of k and
// runs a pipeline of asynchronous copies of its own, so that no barrier stands in the main loop; partial sums meet in
// shared memory at the end and are added in order of the segments.
#ifndef LLMSERVING_GPU_LINEAR_SMALL_H
#define LLMSERVING_GPU_LINEAR_SMALL_H

#include "llmserving/gpu/linear_stage.h"
#include "llmserving/gpu/linear_store.h"

namespace llmserving {
namespace gpu {

// Four consecutive outputs of a token, which one thread stores. Consecutive threads take consecutive tokens: that reads sums
// from different banks and still stores whole sectors. The factor is read when the block starts, for its latency.
struct SmallOutputs {
  int32_t token, row; // within the block
  bool there;
  float factor;
};
template <int ROWS, int TOKENS>
DEVICE_INLINE SmallOutputs outputs_of_thread(const LinearParams &p, const void *w, int32_t first_token) {
  static_assert(ROWS * TOKENS / 4 <= static_cast<int>(LINEAR_THREADS), "a thread stores four outputs at most");
  SmallOutputs o;
  o.token = static_cast<int32_t>(thread_x() / (8 * (ROWS / 4)) * 8 + thread_x() % 8);
  o.row = static_cast<int32_t>(thread_x() / 8 % (ROWS / 4) * 4);
  o.there = o.token < TOKENS && first_token + o.token < p.m;
  o.factor = o.there ? packed_factor(w) : 0;
  return o;
}

// Adds up the segments' sums [segment][TOKENS][PITCH] of a thread's outputs.
template <int TOKENS, int PITCH> DEVICE_INLINE u128 merge_segments(const float *partial, const SmallOutputs &o) {
  float total[4] = {};
  UNROLL
  for (int segment = 0; segment < LINEAR_SEGMENTS; segment++) {
    u128 v = ld16(partial + (segment * TOKENS + o.token) * PITCH + o.row);
    total[0] += float_of_bits(v.x);
    total[1] += float_of_bits(v.y);
    total[2] += float_of_bits(v.z);
    total[3] += float_of_bits(v.w);
  }
  return {bits_of_float(total[0]), bits_of_float(total[1]), bits_of_float(total[2]), bits_of_float(total[3])};
}

template <LinearFamily F, class T, int TOKENS> DEVICE_INLINE void linear_small(const LinearParams &p) {
  constexpr int PANELS = small_panels(F, TOKENS), TILES = TOKENS / 8, ROWS = PANELS * PANEL_ROWS, PITCH = ROWS + 4;
  constexpr int STAGE = small_stage_bytes(F, TOKENS), STAGES = small_stages(F, TOKENS);
  static_assert(STAGES >= 2, "a pipeline copies one stage while another is read");
  static_assert(LINEAR_SEGMENTS * TOKENS * PITCH * 4 <= LINEAR_SEGMENTS * STAGES * STAGE, "sums fit where stages were");
  DYN_SMEM(uint8_t, shared);
  int32_t segment = static_cast<int32_t>(warp_id()), chunks = static_cast<int32_t>(chunks_of(p.k));
  int32_t first = segment_end(segment, chunks), count = segment_end(segment + 1, chunks) - first;
  int32_t first_token = static_cast<int32_t>(block_x()) * TOKENS; // neighbours share weights
  PartRows rows = rows_of_block<ROWS>(p);
  uint8_t *stages = shared + segment * STAGES * STAGE;
  LinearPart part = part_of(p, rows.part);
  SmallOutputs outputs = outputs_of_thread<ROWS, TOKENS>(p, part.w, first_token);

  // Weights do not depend on the kernel before this one: they may be on their way before it is done.
  Stager<F, PANELS, TOKENS, 1> stager(part, p.x, p.k, 0, rows.first_row / PANEL_ROWS);
  UNROLL
  for (int i = 0; i < STAGES - 1; i++)
    if (i < count)
      stager.copy_weights(stages + i * STAGE, first + i);
  pdl_wait();
  stager.find_tokens(p, first_token);
  UNROLL
  for (int i = 0; i < STAGES - 1; i++) {
    if (i < count)
      stager.copy_tokens(stages + i * STAGE, first + i);
    cp_async_commit();
  }

  float sum[PANELS][TILES][4] = {};
  int32_t slot = 0;
  for (int32_t c = 0; c < count; c++) {
    cp_async_wait<STAGES - 2>();
    warp_sync();
    int32_t next = c + STAGES - 1, free_slot = slot == 0 ? STAGES - 1 : slot - 1;
    if (next < count) {
      stager.copy_weights(stages + free_slot * STAGE, first + next);
      stager.copy_tokens(stages + free_slot * STAGE, first + next);
    }
    cp_async_commit();
    const uint8_t *stage = stages + slot * STAGE;
    UNROLL
    for (int half = 0; half < 2; half++)
      multiply_half<F, T, PANELS, TILES>(stage, stage + PANELS * chunk_bytes(F), 0, half, sum);
    slot = slot == STAGES - 1 ? 0 : slot + 1;
  }
  cp_async_wait<0>();
  block_sync();
  float *partial = reinterpret_cast<float *>(shared);
  UNROLL
  for (int panel = 0; panel < PANELS; panel++)
    UNROLL
    for (int tile = 0; tile < TILES; tile++)
      spread_results(partial + segment * TOKENS * PITCH, PITCH, panel * PANEL_ROWS, tile * 8, sum[panel][tile]);
  block_sync();
  pdl_launch();
  if (outputs.there)
    store_outputs<T>(p, part_of(p, rows.part), outputs.factor, merge_segments<TOKENS, PITCH>(partial, outputs),
                     first_token + outputs.token, rows.first_row + outputs.row);
}

} // namespace gpu
} // namespace llmserving

#endif
