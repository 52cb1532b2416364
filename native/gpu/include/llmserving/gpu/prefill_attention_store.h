// The running states of prefill attention's rows, and how they leave.
#ifndef LLMSERVING_GPU_PREFILL_ATTENTION_STORE_H
#define LLMSERVING_GPU_PREFILL_ATTENTION_STORE_H

#include "llmserving/gpu/prefill_attention_softmax.h"

namespace llmserving {
namespace gpu {

// A lane's part of the states of its two rows; o[i][n]: as mma tiles of 8 columns of the i-th V tile.
template <class Traits> struct PrefillState {
  float o[Traits::SPLIT][Traits::COLUMN_TILES][4];
  float m[2], l[2];

  DEVICE_INLINE void clear() {
    UNROLL
    for (int i = 0; i < Traits::SPLIT; i++)
      UNROLL
      for (int n = 0; n < Traits::COLUMN_TILES; n++)
        UNROLL
        for (int e = 0; e < 4; e++)
          o[i][n][e] = 0.0f;
    UNROLL
    for (int r = 0; r < 2; r++) {
      m[r] = minus_infinity();
      l[r] = 0.0f;
    }
  }

  // Column of o[i][n][0], without the lane's share.
  static DEVICE_INLINE int32_t column(int i, int n) {
    return i * 64 + (warp_share<Traits>() * Traits::COLUMN_TILES + n) * 8;
  }

  // To the rows' partial states: four lanes fill a sector.
  DEVICE_INLINE void store_partial(const AttentionParams &p, const AttentionTile &tile, const PrefillRows &rows,
                                   int32_t group) const {
    int32_t t = static_cast<int32_t>(lane_id()) % 4;
    UNROLL
    for (int r = 0; r < 2; r++) {
      int32_t packed = rows.first + r * 8;
      if (packed >= tile.rows * group)
        continue;
      int32_t head = static_cast<int32_t>(block_y()) * group + packed % group;
      int64_t at = static_cast<int64_t>(tile.partial + packed / group) * p.heads + head;
      if (t == 0 && warp_share<Traits>() == 0)
        st8(p.partial_stats + at * 2, {bits_of_float(m[r]), bits_of_float(l[r])});
      float *values = p.partial_values + at * p.v_dim + t * 2;
      UNROLL
      for (int i = 0; i < Traits::SPLIT; i++)
        UNROLL
        for (int n = 0; n < Traits::COLUMN_TILES; n++)
          if (column(i, n) < p.v_dim)
            st8(values + column(i, n), {bits_of_float(o[i][n][r * 2]), bits_of_float(o[i][n][r * 2 + 1])});
    }
  }

  // Finished rows to out, through the rows' places in the query tile, which nobody reads any more, so that lanes store 16
  // bytes.
  DEVICE_INLINE void store(const AttentionParams &p, const AttentionTile &tile, const PrefillRows &rows, int32_t group,
                           uint8_t *queries) const {
    typedef typename Traits::T T;
    int32_t t = static_cast<int32_t>(lane_id()) % 4;
    UNROLL
    for (int r = 0; r < 2; r++) {
      int32_t packed = rows.first + r * 8, head = static_cast<int32_t>(block_y()) * group + packed % group;
      bool exists = packed < tile.rows * group;
      float factor = exists ? finish_factor(m[r], l[r], sink_of(p.sinks, head), p.v_scale) : 0.0f;
      UNROLL
      for (int i = 0; i < Traits::SPLIT; i++)
        UNROLL
        for (int n = 0; n < Traits::COLUMN_TILES; n++)
          st4(queries + swizzled(packed, column(i, n) / 8, Traits::ROW_BYTES) + t * 4,
              pack2<T>(o[i][n][r * 2] * factor, o[i][n][r * 2 + 1] * factor));
    }
    if (Traits::SHARED_ROWS)
      block_sync();
    else
      warp_sync();
    constexpr int PIECES = Traits::ROW_BYTES / 16, LANES = 32 * Traits::SHARE;
    NO_UNROLL
    for (int k = 0; k < 16 * PIECES / LANES; k++) {
      int32_t i = k * LANES + static_cast<int32_t>(thread_x()) % LANES, packed = warp_rows<Traits>() + i / PIECES, piece = i % PIECES;
      if (packed >= tile.rows * group || piece * 8 >= p.v_dim)
        continue;
      int64_t head = static_cast<int32_t>(block_y()) * group + packed % group;
      int64_t at = (static_cast<int64_t>(p.rows[tile.first_row + packed / group].row) * p.heads + head) * p.v_dim;
      st16(static_cast<T *>(p.out) + at + piece * 8, ld16(queries + swizzled(packed, piece, Traits::ROW_BYTES)));
    }
  }
};

} // namespace gpu
} // namespace llmserving

#endif
