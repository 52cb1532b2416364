// Scores of a chunk to weights, as the lanes of a warp hold them: lane g * 4 + t has rows g and g + 8 of 16, columns
// 2t and 2t + 1 of each mma tile of 8 keys.
#ifndef LLMSERVING_GPU_PREFILL_ATTENTION_SOFTMAX_H
#define LLMSERVING_GPU_PREFILL_ATTENTION_SOFTMAX_H

#include "llmserving/gpu/prefill_attention_ring.h"

namespace llmserving {
namespace gpu {

// A lane's two rows: packed row first + 8 r of the tile. Little is kept, registers being scarce.
struct PrefillRows {
  int32_t first;
  int32_t position[2];
};

// Rows after the last see at least as much as the others, so that nobody masks for them.
DEVICE_INLINE PrefillRows prefill_rows(const AttentionParams &p, const AttentionTile &tile, int32_t first, int32_t group) {
  PrefillRows rows = {first, {0x3fffffff, 0x3fffffff}};
  UNROLL
  for (int r = 0; r < 2; r++)
    if (first + r * 8 < tile.rows * group)
      rows.position[r] = p.rows[tile.first_row + (first + r * 8) / group].position;
  return rows;
}

// Column of score [i][n][e] in the chunk, but for the lane's share, which is the same for all.
template <class Traits> DEVICE_INLINE int32_t score_column(int i, int n, int e) { return i * Traits::KEYS + n * 8 + (e & 1); }
template <class Traits> DEVICE_INLINE int32_t lane_column() {
  return warp_share<Traits>() * Traits::KEY_TILES * 8 + static_cast<int32_t>(lane_id()) % 4 * 2;
}

template <class Traits> struct PrefillScores {
  float s[Traits::SPLIT][Traits::KEY_TILES][4];

  // f(score, i, n, e) for each
  template <class F> DEVICE_INLINE void each(F f) {
    UNROLL
    for (int i = 0; i < Traits::SPLIT; i++)
      UNROLL
      for (int n = 0; n < Traits::KEY_TILES; n++)
        UNROLL
        for (int e = 0; e < 4; e++)
          f(s[i][n][e], i, n, e);
  }

  DEVICE_INLINE void clear() {
    each([](float &score, int, int, int) { score = 0.0f; });
  }

  // Products to scores in base 2. scales: of the chunk's keys (int8), else unused.
  DEVICE_INLINE void transform(const AttentionParams &p, const PrefillRows &rows, int32_t chunk_key, const float *scales) {
    ScoreTransform transform(p);
    int32_t first = lane_column<Traits>();
    if constexpr (is_i8<typename Traits::KV>)
      each([&](float &score, int i, int n, int e) { score *= scales[first + score_column<Traits>(i, n, e)]; });
    if (transform.cap != 0)
      each([&](float &score, int, int, int) { score = transform.capped(score); });
    else
      each([&](float &score, int, int, int) { score *= transform.factor; });
    if (p.alibi != nullptr)
      add_bias(p, rows, chunk_key + first);
    mask(p, rows, chunk_key, chunk_key + first);
  }

  // first: key of column 0 of this lane
  DEVICE_INLINE void add_bias(const AttentionParams &p, const PrefillRows &rows, int32_t first) {
    int32_t group = p.heads / p.kv_heads;
    float slope[2], distance[2];
    UNROLL
    for (int r = 0; r < 2; r++) {
      slope[r] = p.alibi[static_cast<int32_t>(block_y()) * group + (rows.first + r * 8) % group] * LOG2_E;
      distance[r] = static_cast<float>(first - rows.position[r]);
    }
    each([&](float &score, int i, int n, int e) {
      score = fma(slope[e / 2], distance[e / 2] + static_cast<float>(score_column<Traits>(i, n, e)), score);
    });
  }

  DEVICE_INLINE void mask(const AttentionParams &p, const PrefillRows &rows, int32_t chunk_key, int32_t first) {
    bool whole = true;
    KeySpan span[2]; // columns, from the lane's first
    UNROLL
    for (int r = 0; r < 2; r++) {
      KeySpan keys = visible_keys(rows.position[r], p.window);
      whole = whole && keys.low <= chunk_key && keys.high >= chunk_key + ATTENTION_CHUNK;
      span[r] = {keys.low - first, keys.high - first};
    }
    if (!whole)
      each([&](float &score, int i, int n, int e) {
        int column = score_column<Traits>(i, n, e);
        score = column >= span[e / 2].low && column < span[e / 2].high ? score : minus_infinity();
      });
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

  // Scores to weights, tile by tile of 8 keys: f(i, n, r, two weights) for each row. shares: the lane's part of the sums,
  // over the quarters of K tiles that it has: so the order in which a row's weights are added is the same in all tiles.
  template <class F> DEVICE_INLINE void weigh(const float m[2], float shares[2][Traits::PARTS], F f) {
    float shift[2];
    UNROLL
    for (int r = 0; r < 2; r++) {
      shift[r] = m[r] == minus_infinity() ? 0.0f : m[r];
      UNROLL
      for (int part = 0; part < Traits::PARTS; part++)
        shares[r][part] = 0.0f;
    }
    UNROLL
    for (int i = 0; i < Traits::SPLIT; i++)
      UNROLL
      for (int n = 0; n < Traits::KEY_TILES; n++)
        UNROLL
        for (int r = 0; r < 2; r++) {
          float low = exp2_fast(s[i][n][r * 2] - shift[r]), high = exp2_fast(s[i][n][r * 2 + 1] - shift[r]);
          shares[r][n / (Traits::KEY_TILES / Traits::PARTS)] += low + high;
          f(i, n, r, low, high);
        }
  }
};

// From the four parts' shares to the sum of a row, in its four lanes.
DEVICE_INLINE float sum_of_shares(float a, float b, float c, float d) { return warp_sum<4>((a + b) + (c + d)); }

} // namespace gpu
} // namespace llmserving

#endif
