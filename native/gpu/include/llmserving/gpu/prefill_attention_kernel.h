// Device function of prefill attention; see prefill_attention.h for what it computes and how.
#ifndef LLMSERVING_GPU_PREFILL_ATTENTION_KERNEL_H
#define LLMSERVING_GPU_PREFILL_ATTENTION_KERNEL_H

#include "llmserving/gpu/prefill_attention_softmax.h"
#include "llmserving/gpu/prefill_attention_store.h"

namespace llmserving {
namespace gpu {

// Fragments of 16 query rows: loaded once by tiles of 16 rows, which have the registers, else where they are used.
template <class Traits> struct PrefillQueries {
  static constexpr int KEPT = Traits::SHARED_ROWS ? Traits::HEAD_DIM / 16 : 1;
  const uint8_t *rows; // the warp's
  uint32_t kept[KEPT][4];

  DEVICE_INLINE explicit PrefillQueries(const uint8_t *queries)
      : rows(queries + (Traits::SHARED_ROWS ? 0 : warp_id() * 16 * Traits::ROW_BYTES)) {}
  DEVICE_INLINE void load(int step, uint32_t a[4]) const {
    int32_t g = static_cast<int32_t>(lane_id()) / 4, t = static_cast<int32_t>(lane_id()) % 4;
    UNROLL
    for (int r = 0; r < 4; r++)
      a[r] = ld4(rows + swizzled(g + 8 * (r & 1), step * 2 + (r >> 1), Traits::ROW_BYTES) + t * 4);
  }
  DEVICE_INLINE void keep() {
    if constexpr (Traits::SHARED_ROWS) {
      UNROLL
      for (int step = 0; step < KEPT; step++)
        load(step, kept[step]);
    }
  }
  DEVICE_INLINE void fragment(int step, uint32_t a[4]) const {
    if constexpr (Traits::SHARED_ROWS) {
      UNROLL
      for (int r = 0; r < 4; r++)
        a[r] = kept[step][r];
    } else {
      load(step, a);
    }
  }
};

// s += Q K^T for one K tile.
template <class Traits>
DEVICE_INLINE void score_tile(const PrefillQueries<Traits> &queries, const uint8_t *keys, float s[Traits::KEY_TILES][4]) {
  typedef typename Traits::T T;
  int32_t lane = static_cast<int32_t>(lane_id());
  const uint8_t *base = keys + (Traits::SHARED_ROWS ? static_cast<int32_t>(warp_id()) * Traits::KEY_TILES * 8 : 0) * Traits::ROW_BYTES;
  uint32_t a[4], b[4];
  if constexpr (Traits::KEY_TILES == 1) { // two steps of 8 keys at once
    UNROLL
    for (int step = 0; step < Traits::HEAD_DIM / 16; step += 2) {
      ldmatrix_x4(base + swizzled(lane % 8, step * 2 + lane / 8, Traits::ROW_BYTES), b);
      queries.fragment(step, a);
      mma_16816<T>(s[0], a, b);
      queries.fragment(step + 1, a);
      mma_16816<T>(s[0], a, b + 2);
    }
  } else {
    int32_t row = lane / 16 * 8 + lane % 8, piece = lane / 8 % 2;
    UNROLL
    for (int step = 0; step < Traits::HEAD_DIM / 16; step++) {
      queries.fragment(step, a);
      UNROLL
      for (int n = 0; n < Traits::KEY_TILES; n += 2) {
        ldmatrix_x4(base + n * 8 * Traits::ROW_BYTES + swizzled(row, step * 2 + piece, Traits::ROW_BYTES), b);
        mma_16816<T>(s[n], a, b);
        mma_16816<T>(s[n + 1], a, b + 2);
      }
    }
  }
}

// Weights of a chunk as fragments: 8 steps of 16 keys.
struct PrefillWeights {
  uint32_t a[ATTENTION_CHUNK / 16][4];
};

// What the warps of a 16-row tile tell each other about a chunk.
struct PrefillExchange {
  uint8_t *weights; // T[16 rows][128 keys], swizzled
  float *maxima;    // [warp][16 rows]
  float *shares;    // [warp][16 rows][4 lanes]
};

// The sums and fragments of a chunk's weights; in tiles of 16 rows, the first half of it: the rest after the next barrier.
template <class Traits>
DEVICE_INLINE void pack_weights(const PrefillScores<Traits> &scores, const float *v_scales,
                                const PrefillExchange &exchange, PrefillWeights &weights) {
  typedef typename Traits::T T;
  int32_t g = static_cast<int32_t>(lane_id()) / 4, t = static_cast<int32_t>(lane_id()) % 4;
  UNROLL
  for (int i = 0; i < Traits::SPLIT; i++)
    UNROLL
    for (int n = 0; n < Traits::KEY_TILES; n++)
      UNROLL
      for (int r = 0; r < 2; r++) {
        float low = scores.s[i][n][r * 2], high = scores.s[i][n][r * 2 + 1];
        if constexpr (is_i8<typename Traits::KV>) {
          low *= v_scales[score_column<Traits>(i, n)];
          high *= v_scales[score_column<Traits>(i, n) + 1];
        }
        if constexpr (Traits::SHARED_ROWS) {
          st4(exchange.weights + swizzled(g + 8 * r, score_column<Traits>(i, n) / 8, ATTENTION_CHUNK * 2) + t * 4,
              pack2<T>(low, high));
        } else {
          constexpr int PER_TILE = Traits::KEYS / 8;
          weights.a[(i * PER_TILE + n) / 2][(n & 1) * 2 + r] = pack2<T>(low, high);
        }
      }
}

DEVICE_INLINE void load_weights(const uint8_t *shared, PrefillWeights &weights) {
  int32_t g = static_cast<int32_t>(lane_id()) / 4, t = static_cast<int32_t>(lane_id()) % 4;
  UNROLL
  for (int step = 0; step < ATTENTION_CHUNK / 16; step++)
    UNROLL
    for (int r = 0; r < 4; r++)
      weights.a[step][r] = ld4(shared + swizzled(g + 8 * (r & 1), step * 2 + (r >> 1), ATTENTION_CHUNK * 2) + t * 4);
}

// The chunk's o in the columns of one V tile, merged into the running one.
template <class Traits>
DEVICE_INLINE void value_tile(const PrefillWeights &weights, const uint8_t *values, const MergeFactors factors[2],
                              float o[Traits::COLUMN_TILES][4]) {
  typedef typename Traits::T T;
  int32_t lane = static_cast<int32_t>(lane_id()), row = lane % 16;
  int32_t first = Traits::SHARED_ROWS ? static_cast<int32_t>(warp_id()) * Traits::COLUMN_TILES : 0;
  UNROLL
  for (int n = 0; n < Traits::COLUMN_TILES; n += 2) {
    float c[2][4] = {};
    UNROLL
    for (int step = 0; step < ATTENTION_CHUNK / 16; step++) {
      uint32_t b[4];
      ldmatrix_x4_trans(values + swizzled(step * 16 + row, first + n + lane / 16, 128), b);
      mma_16816<T>(c[0], weights.a[step], b);
      mma_16816<T>(c[1], weights.a[step], b + 2);
    }
    UNROLL
    for (int j = 0; j < 2; j++)
      UNROLL
      for (int e = 0; e < 4; e++)
        o[n + j][e] = merge_state(o[n + j][e], c[j][e], factors[e / 2]);
  }
}

// int8: the scales of a chunk's keys and values to shared memory, [K, V][128]; zeros outside the tile's keys.
template <class Traits>
DEVICE_INLINE void load_scales(const KeyValueRing<Traits> &ring, int32_t chunk_key, float *scales) {
  const AttentionParams &p = ring.p;
  UNROLL
  for (int n = 0; n < 2 * ATTENTION_CHUNK / Traits::THREADS; n++) {
    int32_t i = n * Traits::THREADS + static_cast<int32_t>(thread_x()), key = chunk_key + i % ATTENTION_CHUNK;
    bool valid = key >= ring.span.low && key < ring.span.high;
    int64_t block = valid ? p.tables[ring.table + (key >> p.kv.block_shift)] : -1;
    const uint8_t *from = (i < ATTENTION_CHUNK ? p.kv.k_scales : p.kv.v_scales) + block_y() * p.kv.k_head;
    int64_t token = key & static_cast<int32_t>(p.kv.block_mask);
    scales[i] = block >= 0 ? float_of_bits(ld4(from + block * p.kv.k_block + token * 4)) : 0.0f;
  }
}

// One chunk: scores, weights, values. step: of the ring; scales: int8's, of this chunk.
template <class Traits>
DEVICE_INLINE void prefill_chunk(const AttentionParams &p, const ScoreTransform &transform, KeyValueRing<Traits> &ring,
                                 const PrefillQueries<Traits> &queries, const PrefillRow row[2],
                                 const PrefillExchange &exchange, float *scales, int32_t chunk, PrefillState<Traits> &state) {
  int32_t g = static_cast<int32_t>(lane_id()) / 4, t = static_cast<int32_t>(lane_id()) % 4, warp = static_cast<int32_t>(warp_id());
  int32_t chunk_key = ring.first_key + chunk * ATTENTION_CHUNK, step = chunk * Traits::STEPS;
  if constexpr (is_i8<typename Traits::KV>)
    load_scales(ring, chunk_key, scales);
  PrefillScores<Traits> scores;
  scores.clear();
  UNROLL
  for (int i = 0; i < Traits::SPLIT; i++)
    score_tile<Traits>(queries, ring.template next<false>(step + i), scores.s[i]);
  scores.transform(p, transform, row, chunk_key, scales);
  float m[2], l[2];
  scores.maxima(m);
  if constexpr (Traits::SHARED_ROWS) {
    if (t == 0) {
      exchange.maxima[warp * 16 + g] = m[0];
      exchange.maxima[warp * 16 + g + 8] = m[1];
    }
    block_sync();
    UNROLL
    for (int r = 0; r < 2; r++)
      UNROLL
      for (int w = 0; w < 4; w++) {
        float other = exchange.maxima[w * 16 + g + r * 8];
        m[r] = other > m[r] ? other : m[r];
      }
  }
  scores.weigh(m);
  PrefillWeights weights;
  pack_weights<Traits>(scores, scales + ATTENTION_CHUNK, exchange, weights);
  UNROLL
  for (int r = 0; r < 2; r++) {
    if constexpr (Traits::SHARED_ROWS)
      exchange.shares[warp * 64 + (g + r * 8) * 4 + t] = scores.share(r, 0);
    else
      l[r] = sum_of_shares(scores.share(r, 0), scores.share(r, 1), scores.share(r, 2), scores.share(r, 3));
  }
  MergeFactors factors[2] = {merge_factors(state.m[0], m[0]), merge_factors(state.m[1], m[1])};
  UNROLL
  for (int i = 0; i < Traits::SPLIT; i++) {
    const uint8_t *values = ring.template next<true>(step + Traits::SPLIT + i);
    if (Traits::SHARED_ROWS && i == 0) {
      load_weights(exchange.weights, weights);
      UNROLL
      for (int r = 0; r < 2; r++) {
        const float *mine = exchange.shares + (g + r * 8) * 4 + t;
        l[r] = sum_of_shares(mine[0], mine[64], mine[128], mine[192]);
      }
    }
    value_tile<Traits>(weights, values, factors, state.o[i]);
  }
  UNROLL
  for (int r = 0; r < 2; r++) {
    state.m[r] = factors[r].m;
    state.l[r] = merge_state(state.l[r], l[r], factors[r]);
  }
}

// One thread block per (tile, kv head).
template <class Traits> DEVICE void prefill_attention(const AttentionParams &p) {
  DYN_SMEM(uint8_t, shared);
  pdl_wait();
  if (static_cast<int32_t>(block_x()) >= *p.tile_count)
    return;
  AttentionTile tile = p.tiles[block_x()];
  int32_t group = p.heads / p.kv_heads;
  uint8_t *extra = shared + Traits::QUERY_BYTES + Traits::RING_BYTES;
  float *maxima = reinterpret_cast<float *>(extra + 16 * ATTENTION_CHUNK * 2);
  PrefillExchange exchange = {extra, maxima, maxima + 4 * 16};
  float *scales = reinterpret_cast<float *>(extra);
  KeyValueRing<Traits> ring(p, tile, shared + Traits::QUERY_BYTES);
  load_queries<Traits>(p, tile, group, shared);
  UNROLL
  for (int step = 0; step < Traits::AHEAD; step++)
    ring.start(step);
  int32_t first = (Traits::SHARED_ROWS ? 0 : static_cast<int32_t>(warp_id()) * 16) + static_cast<int32_t>(lane_id()) / 4;
  PrefillRow row[2] = {prefill_row(p, tile, first, group), prefill_row(p, tile, first + 8, group)};
  ScoreTransform transform(p);
  PrefillQueries<Traits> queries(shared);
  PrefillState<Traits> state;
  state.clear();
  if constexpr (Traits::SHARED_ROWS) {
    cp_async_wait<Traits::AHEAD - 1>();
    block_sync();
    queries.keep();
  }
  for (int32_t chunk = 0; chunk < tile.chunks; chunk++) {
    prefill_chunk<Traits>(p, transform, ring, queries, row, exchange, scales + (chunk & 1) * 2 * ATTENTION_CHUNK, chunk, state);
    if (tile.partial >= 0 && (tile.partials > 1 || chunk + 1 == tile.chunks)) {
      state.store_partial(p, tile, row, group, tile.partials > 1 ? chunk : 0);
      state.clear();
    }
  }
  cp_async_wait<0>();
  if (tile.partial < 0)
    state.store(p, tile, row, group, shared);
}

} // namespace gpu
} // namespace llmserving

#endif
