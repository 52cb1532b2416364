// Asynchronous copies of one chunk of weights and tokens to shared memory, for the pipelines of the matrix products.
//   stage = [panels][chunk_bytes] weights; [tokens] rows of 128 bytes, their 16-byte pieces placed by token_offset
#ifndef LLMSERVING_GPU_LINEAR_STAGE_H
#define LLMSERVING_GPU_LINEAR_STAGE_H

#include "llmserving/gpu/linear_fragments.h"

namespace llmserving {
namespace gpu {

// What one of THREADS threads copies for each stage of PANELS panels and TOKENS tokens. Panels and tokens that are not
// there, and columns from k on, become zeros.
template <LinearFamily F, int PANELS, int TOKENS, int THREADS> struct Stager {
  static constexpr int PANEL_PIECES = chunk_bytes(F) / 16;
  static constexpr int WEIGHT_PIECES = PANELS * PANEL_PIECES, WEIGHT_COPIES = (WEIGHT_PIECES + THREADS - 1) / THREADS;
  static constexpr int TOKEN_COPIES = TOKENS * 8 / THREADS;
  static_assert(TOKENS * 8 % THREADS == 0, "a thread copies the same piece of several rows");

  const uint8_t *weights;                 // the first panel
  const uint8_t *tokens[TOKEN_COPIES];    // this thread's piece of its rows, null where there is no token
  int64_t panel_stride;
  int32_t panels, k;
  uint32_t thread;

  DEVICE_INLINE Stager(const LinearParams &p, uint32_t thread_of, int64_t first_panel, int32_t first_token)
      : panel_stride(panel_bytes(F, p.k)), k(p.k), thread(thread_of) {
    weights = static_cast<const uint8_t *>(p.w) + PACKED_HEADER_BYTES + first_panel * panel_stride;
    int64_t left = panels_of(p.n) - first_panel;
    panels = left < PANELS ? static_cast<int32_t>(left) : PANELS;
    UNROLL
    for (int i = 0; i < TOKEN_COPIES; i++) {
      int32_t token = first_token + static_cast<int32_t>(thread / 8) + i * (THREADS / 8);
      tokens[i] = nullptr;
      if (token < p.m) {
        int64_t row = p.rows == nullptr ? token : p.rows[token];
        tokens[i] = static_cast<const uint8_t *>(p.x) + 2 * row * p.x_stride + thread % 8 * 16;
      }
    }
  }

  DEVICE_INLINE void copy_weights(uint8_t *stage, int32_t chunk) const {
    const uint8_t *source = weights + static_cast<int64_t>(chunk) * chunk_bytes(F);
    UNROLL
    for (int i = 0; i < WEIGHT_COPIES; i++) {
      int32_t piece = static_cast<int32_t>(thread) + i * THREADS;
      int32_t panel = piece / PANEL_PIECES;
      if (piece < WEIGHT_PIECES)
        cp_async16(stage + 16 * piece, source + panel * panel_stride + piece % PANEL_PIECES * 16, panel < panels);
    }
  }

  DEVICE_INLINE void copy_tokens(uint8_t *stage, int32_t chunk) const {
    int32_t column = chunk * CHUNK_COLUMNS + static_cast<int32_t>(thread % 8) * 8;
    UNROLL
    for (int i = 0; i < TOKEN_COPIES; i++) {
      uint32_t row = thread / 8 + static_cast<uint32_t>(i * (THREADS / 8));
      cp_async16(stage + PANELS * chunk_bytes(F) + token_offset(row, thread % 8),
                 tokens[i] + static_cast<int64_t>(chunk) * STAGE_TOKEN_BYTES, tokens[i] != nullptr && column < k);
    }
  }
};

} // namespace gpu
} // namespace llmserving

#endif
