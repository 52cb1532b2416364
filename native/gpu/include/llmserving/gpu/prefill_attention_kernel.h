// Device function of prefill attention; see prefill_attention.h for what it computes and how.
#ifndef LLMSERVING_GPU_PREFILL_ATTENTION_KERNEL_H
#define LLMSERVING_GPU_PREFILL_ATTENTION_KERNEL_H

#include "llmserving/gpu/attention_merge.h"
#include "llmserving/gpu/prefill_attention_softmax.h"
#include "llmserving/gpu/prefill_attention_store.h"

namespace llmserving {
namespace gpu {

// Fragments of 16 query rows: loaded once by tiles of 16 rows, which have the registers, else where they are used.
template <class Traits> struct PrefillQueries {
  static constexpr bool KEEPS = Traits::SHARE == 4;
  static constexpr int KEPT = KEEPS ? Traits::HEAD_DIM / 16 : 1;
  const uint8_t *rows; // the warp's
  uint32_t kept[KEPT][4];

  DEVICE_INLINE explicit PrefillQueries(const uint8_t *queries)
      : rows(queries + warp_rows<Traits>() * Traits::ROW_BYTES) {}
  // tile: a multiple of 16 KiB that changes from tile to tile. It cancels out; with it, addresses are not worth keeping in
  // registers, of which there are too few.
  DEVICE_INLINE void load(int step, int32_t tile, uint32_t a[4]) const {
    int32_t lane = static_cast<int32_t>(lane_id()), at = tile + swizzled(lane / 4, 0, Traits::ROW_BYTES) + lane % 4 * 4;
    UNROLL
    for (int r = 0; r < 4; r++)
      a[r] = ld4(rows + ((at ^ (step * 2 + (r >> 1)) * 16) - tile) + (r & 1) * 8 * Traits::ROW_BYTES);
  }
  DEVICE_INLINE void keep() {
    if constexpr (KEEPS) {
      UNROLL
      for (int step = 0; step < KEPT; step++)
        load(step, 0, kept[step]);
    }
  }
  DEVICE_INLINE void fragment(int step, int32_t tile, uint32_t a[4]) const {
    if constexpr (KEEPS) {
      UNROLL
      for (int r = 0; r < 4; r++)
        a[r] = kept[step][r];
    } else {
      load(step, tile, a);
    }
  }
};

// s += Q K^T for one K tile, at an offset of the ring. Pieces of a row differ by an XOR of the offset's low bits; adding
// the row's first comes before it, so that nothing of it is worth keeping in a register from chunk to chunk.
template <class Traits>
DEVICE_INLINE void score_tile(const PrefillQueries<Traits> &queries, const uint8_t *ring, int32_t tile,
                              float s[Traits::KEY_TILES][4]) {
  typedef typename Traits::T T;
  int32_t lane = static_cast<int32_t>(lane_id());
  int32_t at = tile + warp_share<Traits>() * (Traits::KEY_TILES * 8 * Traits::ROW_BYTES);
  uint32_t a[4], b[4];
  if constexpr (Traits::KEY_TILES == 1) { // two steps of 8 keys at once
    at += swizzled(lane % 8, lane / 8, Traits::ROW_BYTES);
    UNROLL
    for (int step = 0; step < Traits::HEAD_DIM / 16; step += 2) {
      ldmatrix_x4(ring + (at ^ step * 32), b);
      queries.fragment(step, tile, a);
      mma_16816<T>(s[0], a, b);
      queries.fragment(step + 1, tile, a);
      mma_16816<T>(s[0], a, b + 2);
    }
  } else {
    at += swizzled(lane / 16 * 8 + lane % 8, lane / 8 % 2, Traits::ROW_BYTES);
    UNROLL
    for (int step = 0; step < Traits::HEAD_DIM / 16; step++) {
      queries.fragment(step, tile, a);
      UNROLL
      for (int n = 0; n < Traits::KEY_TILES; n += 2) {
        ldmatrix_x4(ring + (at ^ step * 32) + n * 8 * Traits::ROW_BYTES, b);
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

// What warps of the same rows tell each other about a chunk; this warp's rows of it.
template <class Traits> struct PrefillExchange {
  uint8_t *weights; // T[ROWS][128 keys], swizzled
  float *maxima;    // [SHARE][ROWS]
  float *shares;    // [4 quarters][ROWS][4 lanes]

  DEVICE_INLINE explicit PrefillExchange(uint8_t *memory) {
    float *floats = reinterpret_cast<float *>(memory + Traits::ROWS * ATTENTION_CHUNK * 2);
    int32_t first = warp_rows<Traits>();
    weights = memory + first * ATTENTION_CHUNK * 2;
    maxima = floats + first;
    shares = floats + Traits::SHARE * Traits::ROWS + first * 4;
  }
};

// Two weights of a row to their place in the fragments, or in shared memory.
template <class Traits>
DEVICE_INLINE void put_weights(const PrefillExchange<Traits> &exchange, PrefillWeights &weights, int i, int n, int r, float low,
                               float high) {
  typedef typename Traits::T T;
  if constexpr (Traits::SHARED_ROWS) {
    int32_t row = static_cast<int32_t>(lane_id()) / 4 + 8 * r;
    int32_t piece = (lane_column<Traits>() + score_column<Traits>(i, n, 0)) / 8;
    st4(exchange.weights + swizzled(row, piece, ATTENTION_CHUNK * 2) + lane_id() % 4 * 4, pack2<T>(low, high));
  } else {
    int tile = i * (Traits::KEYS / 8) + n;
    weights.a[tile / 2][(tile & 1) * 2 + r] = pack2<T>(low, high);
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

// The greatest scores of both rows over all keys of the chunk, from those over this warp's.
template <class Traits> DEVICE_INLINE void exchange_maxima(const PrefillExchange<Traits> &exchange, float m[2]) {
  int32_t g = static_cast<int32_t>(lane_id()) / 4;
  if (lane_id() % 4 == 0) {
    exchange.maxima[warp_share<Traits>() * Traits::ROWS + g] = m[0];
    exchange.maxima[warp_share<Traits>() * Traits::ROWS + g + 8] = m[1];
  }
  block_sync();
  UNROLL
  for (int r = 0; r < 2; r++)
    UNROLL
    for (int w = 0; w < Traits::SHARE; w++) {
      float other = exchange.maxima[w * Traits::ROWS + g + r * 8];
      m[r] = other > m[r] ? other : m[r];
    }
}

template <class Traits>
DEVICE_INLINE void put_shares(const PrefillExchange<Traits> &exchange, int r, const float shares[Traits::PARTS]) {
  UNROLL
  for (int part = 0; part < Traits::PARTS; part++)
    exchange.shares[(warp_share<Traits>() * Traits::PARTS + part) * Traits::ROWS * 4 + static_cast<int32_t>(lane_id()) + r * 32] =
        shares[part];
}
template <class Traits> DEVICE_INLINE float exchanged_sum(const PrefillExchange<Traits> &exchange, int r) {
  const float *mine = exchange.shares + static_cast<int32_t>(lane_id()) + r * 32;
  constexpr int QUARTER = Traits::ROWS * 4;
  return sum_of_shares(mine[0], mine[QUARTER], mine[2 * QUARTER], mine[3 * QUARTER]);
}

// The chunk's o in the columns of one V tile, merged into the running one.
template <class Traits>
DEVICE_INLINE void value_tile(const PrefillWeights &weights, const uint8_t *ring, int32_t tile,
                              const MergeFactors factors[2], float o[Traits::COLUMN_TILES][4]) {
  typedef typename Traits::T T;
  int32_t lane = static_cast<int32_t>(lane_id());
  tile += swizzled(lane % 16, warp_share<Traits>() * Traits::COLUMN_TILES + lane / 16, 128);
  UNROLL
  for (int n = 0; n < Traits::COLUMN_TILES; n += 2) {
    float c[2][4] = {};
    UNROLL
    for (int step = 0; step < ATTENTION_CHUNK / 16; step++) {
      uint32_t b[4];
      ldmatrix_x4_trans(ring + (tile ^ n * 16) + step * 16 * 128, b);
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

// One chunk: scores, weights, values.
template <class Traits>
DEVICE_INLINE void prefill_chunk(const AttentionParams &p, KeyValueRing<Traits> &ring, const PrefillQueries<Traits> &queries, const PrefillRows &rows,
                                 const PrefillExchange<Traits> &exchange, int32_t chunk, PrefillState<Traits> &state) {
  int32_t chunk_key = ring.first_key + chunk * ATTENTION_CHUNK, step = chunk * Traits::STEPS;
  const float *scales = ring.scales + (chunk & 1) * 2 * ATTENTION_CHUNK;
  PrefillScores<Traits> scores;
  scores.clear();
  UNROLL
  for (int i = 0; i < Traits::SPLIT; i++)
    score_tile<Traits>(queries, ring.ring, ring.template next<false>(step + i), scores.s[i]);
  scores.transform(p, rows, chunk_key, scales);
  float m[2], l[2];
  scores.maxima(m);
  if constexpr (Traits::SHARED_ROWS)
    exchange_maxima(exchange, m);
  PrefillWeights weights;
  float shares[2][Traits::PARTS];
  const float *v_scales = scales + ATTENTION_CHUNK + lane_column<Traits>();
  scores.weigh(m, shares, [&](int i, int n, int r, float low, float high) {
    if constexpr (is_i8<typename Traits::KV>) {
      low = low > 0 ? low * v_scales[score_column<Traits>(i, n, 0)] : 0.0f; // no weight: the scale may be anything
      high = high > 0 ? high * v_scales[score_column<Traits>(i, n, 1)] : 0.0f;
    }
    put_weights<Traits>(exchange, weights, i, n, r, low, high);
  });
  UNROLL
  for (int r = 0; r < 2; r++) {
    if constexpr (Traits::SHARED_ROWS)
      put_shares<Traits>(exchange, r, shares[r]);
    else
      l[r] = sum_of_shares(shares[r][0], shares[r][1], shares[r][2], shares[r][3]);
  }
  MergeFactors factors[2] = {merge_factors(state.m[0], m[0]), merge_factors(state.m[1], m[1])};
  UNROLL
  for (int i = 0; i < Traits::SPLIT; i++) {
    int32_t values = ring.template next<true>(step + Traits::SPLIT + i);
    if (Traits::SHARED_ROWS && i == 0) {
      load_weights(exchange.weights, weights);
      UNROLL
      for (int r = 0; r < 2; r++)
        l[r] = exchanged_sum(exchange, r);
    }
    value_tile<Traits>(weights, ring.ring, values, factors, state.o[i]);
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
  const AttentionTile &tile = p.tiles[block_x()]; // not a copy: registers are scarce
  int32_t group = p.heads / p.kv_heads;
  uint8_t *extra = shared + Traits::QUERY_BYTES + Traits::RING_BYTES;
  PrefillExchange<Traits> exchange(extra);
  KeyValueRing<Traits> ring(p, tile, shared + Traits::QUERY_BYTES, reinterpret_cast<float *>(extra + Traits::EXCHANGE_BYTES));
  load_queries<Traits>(p, tile, group, shared);
  NO_UNROLL
  for (int step = 0; step < Traits::AHEAD; step++)
    ring.start(step);
  int32_t first = warp_rows<Traits>() + static_cast<int32_t>(lane_id()) / 4;
  PrefillRows rows = prefill_rows(p, tile, first, group);
  PrefillQueries<Traits> queries(shared);
  PrefillState<Traits> state;
  state.clear();
  if constexpr (PrefillQueries<Traits>::KEEPS) {
    cp_async_wait<Traits::AHEAD - 1>();
    block_sync();
    queries.keep();
  }
  for (int32_t chunk = 0; chunk < tile.chunks; chunk++)
    prefill_chunk<Traits>(p, ring, queries, rows, exchange, chunk, state);
  cp_async_wait<0>();
  block_sync(); // the queries' copy too, where there was no chunk
  if (tile.partial < 0) {
    state.store(p, tile, rows, group, shared);
  } else {
    state.store_partial(p, tile, rows, group);
    constexpr int AHEAD = Traits::ROWS == 16 ? MERGE_AHEAD : 1; // many rows are split into few parts
    merge_last<typename Traits::T, Traits::THREADS, Traits::HEAD_DIM / 4, AHEAD>(p, tile.first_row, tile.rows,
                                                                                 reinterpret_cast<int32_t *>(shared));
  }
}

} // namespace gpu
} // namespace llmserving

#endif
