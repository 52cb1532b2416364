// Scores of a chunk to weights, as the lanes of a warp hold them: lane g * 4 + t has rows g and g + 8 of 16, columns
// 2t and 2t + 1 of each mma tile of 8 keys.
#ifndef LLMSERVING_GPU_PREFILL_ATTENTION_SOFTMAX_H
#define LLMSERVING_GPU_PREFILL_ATTENTION_SOFTMAX_H

#include "llmserving/gpu/prefill_attention_ring.h"

namespace llmserving {
namespace gpu {

// What a lane knows about one of its two rows.
struct PrefillRow {
  int32_t packed; // row of the tile
  KeySpan span;
  int32_t position;
  float slope; // ALiBi, base 2
};

// Rows after the last see everything, so that nobody masks for them.
DEVICE_INLINE PrefillRow prefill_row(const AttentionParams &p, const AttentionTile &tile, int32_t packed, int32_t group) {
  PrefillRow row = {packed, {0, 0x7fffffff}, 0, 0.0f};
  if (packed >= tile.rows * group)
    return row;
  row.position = p.rows[tile.first_row + packed / group].position;
  row.span = visible_keys(row.position, p.window);
  if (p.alibi != nullptr)
    row.slope = p.alibi[static_cast<int32_t>(block_y()) * group + packed % group] * LOG2_E;
  return row;
}

// Column of score [i][n][0] in the chunk.
template <class Traits> DEVICE_INLINE int32_t score_column(int i, int n) {
  int32_t warp_tile = Traits::SHARED_ROWS ? static_cast<int32_t>(warp_id()) * Traits::KEY_TILES : 0;
  return i * Traits::KEYS + (warp_tile + n) * 8 + static_cast<int32_t>(lane_id()) % 4 * 2;
}

template <class Traits> struct PrefillScores {
  float s[Traits::SPLIT][Traits::KEY_TILES][4];

  DEVICE_INLINE void clear() {
    UNROLL
    for (int i = 0; i < Traits::SPLIT; i++)
      UNROLL
      for (int n = 0; n < Traits::KEY_TILES; n++)
        UNROLL
        for (int e = 0; e < 4; e++)
          s[i][n][e] = 0.0f;
  }

  // Products to scores in base 2. scales: of the chunk's keys (int8), else unused.
  DEVICE_INLINE void transform(const AttentionParams &p, const ScoreTransform &transform, const PrefillRow row[2],
                               int32_t chunk_key, const float *scales) {
    bool whole = true;
    UNROLL
    for (int r = 0; r < 2; r++)
      whole = whole && row[r].span.low <= chunk_key && row[r].span.high >= chunk_key + ATTENTION_CHUNK;
    UNROLL
    for (int i = 0; i < Traits::SPLIT; i++)
      UNROLL
      for (int n = 0; n < Traits::KEY_TILES; n++)
        UNROLL
        for (int e = 0; e < 4; e++) {
          if constexpr (is_i8<typename Traits::KV>)
            s[i][n][e] *= scales[score_column<Traits>(i, n) + (e & 1)];
          s[i][n][e] = transform(s[i][n][e]);
        }
    if (p.alibi != nullptr)
      add_bias(row, chunk_key);
    if (!whole)
      mask(row, chunk_key);
  }

  DEVICE_INLINE void add_bias(const PrefillRow row[2], int32_t chunk_key) {
    UNROLL
    for (int i = 0; i < Traits::SPLIT; i++)
      UNROLL
      for (int n = 0; n < Traits::KEY_TILES; n++)
        UNROLL
        for (int e = 0; e < 4; e++) {
          int32_t key = chunk_key + score_column<Traits>(i, n) + (e & 1);
          s[i][n][e] = fma(row[e / 2].slope, static_cast<float>(key - row[e / 2].position), s[i][n][e]);
        }
  }

  DEVICE_INLINE void mask(const PrefillRow row[2], int32_t chunk_key) {
    UNROLL
    for (int i = 0; i < Traits::SPLIT; i++)
      UNROLL
      for (int n = 0; n < Traits::KEY_TILES; n++)
        UNROLL
        for (int e = 0; e < 4; e++) {
          int32_t key = chunk_key + score_column<Traits>(i, n) + (e & 1);
          bool seen = key >= row[e / 2].span.low && key < row[e / 2].span.high;
          s[i][n][e] = seen ? s[i][n][e] : minus_infinity();
        }
  }

  // Greatest score of both rows, over this warp's keys, in all four lanes of a row.
  DEVICE_INLINE void maxima(float m[2]) const {
    UNROLL
    for (int r = 0; r < 2; r++) {
      m[r] = minus_infinity();
      UNROLL
      for (int i = 0; i < Traits::SPLIT; i++)
        UNROLL
        for (int n = 0; n < Traits::KEY_TILES; n++)
          UNROLL
          for (int e = 0; e < 2; e++)
            m[r] = s[i][n][r * 2 + e] > m[r] ? s[i][n][r * 2 + e] : m[r];
      m[r] = warp_max<4>(m[r]);
    }
  }

  // Scores to weights.
  DEVICE_INLINE void weigh(const float m[2]) {
    UNROLL
    for (int r = 0; r < 2; r++) {
      float shift = m[r] == minus_infinity() ? 0.0f : m[r];
      UNROLL
      for (int i = 0; i < Traits::SPLIT; i++)
        UNROLL
        for (int n = 0; n < Traits::KEY_TILES; n++)
          UNROLL
          for (int e = 0; e < 2; e++)
            s[i][n][r * 2 + e] = exp2_fast(s[i][n][r * 2 + e] - shift);
    }
  }

  // This lane's share of a row's sum, in the part of each K tile that warp `part` of a 16-row tile has: the order in
  // which a row's weights are added is the same in tiles of all sizes.
  DEVICE_INLINE float share(int r, int part) const {
    constexpr int PART = Traits::SHARED_ROWS ? Traits::KEY_TILES : Traits::KEY_TILES / 4;
    float sum = 0;
    UNROLL
    for (int i = 0; i < Traits::SPLIT; i++)
      UNROLL
      for (int n = 0; n < PART; n++) {
        const float *pair = s[i][(Traits::SHARED_ROWS ? 0 : part * PART) + n] + r * 2;
        sum += pair[0] + pair[1];
      }
    return sum;
  }
};

// From the four parts' shares to the sum of a row, in its four lanes.
DEVICE_INLINE float sum_of_shares(float a, float b, float c, float d) { return warp_sum<4>((a + b) + (c + d)); }

} // namespace gpu
} // namespace llmserving

#endif
