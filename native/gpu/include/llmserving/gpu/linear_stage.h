// Asynchronous copies of one chunk of weights and tokens to shared memory, for the pipelines of the matrix products.
//   stage = [panels][chunk_bytes] weights; [tokens] rows of 128 bytes, their 16-byte pieces placed by token_offset
#ifndef LLMSERVING_GPU_LINEAR_STAGE_H
#define LLMSERVING_GPU_LINEAR_STAGE_H

#include "llmserving/gpu/linear_fragments.h"

namespace llmserving {
namespace gpu {

// What a block computes: rows from first_row on of one part.
struct PartRows {
  int32_t part, first_row;
};
template <int ROWS> DEVICE_INLINE PartRows rows_of_block(const LinearParams &p) {
  int32_t block = static_cast<int32_t>(block_y()), first = 0; // first: of the part's blocks
  PartRows rows = {0, block};
  UNROLL
  for (int i = 1; i < LINEAR_PARTS; i++) {
    first += (p.parts[i - 1].n + ROWS - 1) / ROWS;
    if (block >= first)
      rows = {i, block - first};
  }
  rows.first_row *= ROWS;
  return rows;
}
// By comparisons, because parameters that are indexed at run time would be copied to local memory.
DEVICE_INLINE LinearPart part_of(const LinearParams &p, int32_t index) {
  LinearPart part = p.parts[0];
  UNROLL
  for (int i = 1; i < LINEAR_PARTS; i++)
    if (index == i)
      part = p.parts[i];
  return part;
}

// What a thread of WARPS warps copies for each stage: its part of PANELS / WARPS panels, and one 16-byte piece of some
// tokens. Panels and tokens that are not there, and columns from k on, become zeros.
template <LinearFamily F, int PANELS, int TOKENS, int WARPS> struct Stager {
  static constexpr int WARP_PANELS = PANELS / WARPS, PIECES = chunk_bytes(F) / 16;
  static constexpr int ROW_STEP = 4 * WARPS, TOKEN_COPIES = TOKENS / ROW_STEP;
  static constexpr uint32_t ABSENT = 0xffffffffu;
  static_assert(PANELS % WARPS == 0 && TOKENS % ROW_STEP == 0, "warps share the work evenly");

  const uint8_t *weights;       // this lane's first piece of the warp's first panel
  int64_t panel_stride;
  int32_t panels;               // of the warp's, that are there
  uint32_t warp;                // of WARPS
  const uint8_t *x;
  uint32_t pieces[TOKEN_COPIES]; // this thread's piece of its tokens, counted from x; ABSENT where there is no token
  int32_t k;

  // columns: k. first_panel: the block's, of the part's.
  DEVICE_INLINE Stager(const LinearPart &part, const void *activations, int32_t columns, uint32_t warp_of, int64_t first_panel)
      : panel_stride(panel_bytes(F, columns)), warp(warp_of), x(static_cast<const uint8_t *>(activations)), k(columns) {
    int64_t first = first_panel + warp * WARP_PANELS, left = panels_of(part.n) - first;
    weights = static_cast<const uint8_t *>(part.w) + PACKED_HEADER_BYTES + first * panel_stride + 16 * lane_id();
    panels = left < WARP_PANELS ? static_cast<int32_t>(left) : WARP_PANELS;
  }

  DEVICE_INLINE void find_tokens(const LinearParams &p, int32_t first_token) {
    UNROLL
    for (int i = 0; i < TOKEN_COPIES; i++) {
      int32_t token = first_token + static_cast<int32_t>(row_of(i));
      pieces[i] = ABSENT;
      if (token < p.m) {
        int64_t row = p.rows == nullptr ? token : p.rows[token];
        pieces[i] = static_cast<uint32_t>(row * p.x_stride / 8) + lane_id() % 8;
      }
    }
  }

  DEVICE_INLINE uint32_t row_of(int i) const { return warp * 4 + lane_id() / 8 + static_cast<uint32_t>(i * ROW_STEP); }

  DEVICE_INLINE void copy_weights(uint8_t *stage, int32_t chunk) const {
    uint8_t *target = stage + warp * WARP_PANELS * chunk_bytes(F) + 16 * lane_id();
    UNROLL
    for (int panel = 0; panel < WARP_PANELS; panel++) {
      const uint8_t *source = weights + panel * panel_stride + static_cast<int64_t>(chunk) * chunk_bytes(F);
      UNROLL
      for (int i = 0; i < PIECES; i += 32)
        if (i + 32 <= PIECES || i + static_cast<int>(lane_id()) < PIECES)
          cp_async16(target + panel * chunk_bytes(F) + 16 * i, source + 16 * i, panel < panels);
    }
  }

  DEVICE_INLINE void copy_tokens(uint8_t *stage, int32_t chunk) const {
    bool inside = chunk * CHUNK_COLUMNS + static_cast<int32_t>(lane_id() % 8) * 8 < k;
    UNROLL
    for (int i = 0; i < TOKEN_COPIES; i++)
      cp_async16(stage + PANELS * chunk_bytes(F) + token_offset(row_of(i), lane_id() % 8),
                 x + (static_cast<int64_t>(pieces[i]) + chunk * (STAGE_TOKEN_BYTES / 16)) * 16, inside && pieces[i] != ABSENT);
  }
};

} // namespace gpu
} // namespace llmserving

#endif
