// Attention of few query rows over many keys (split-KV), on the FMA units.
//
// A tile's query rows times the heads of a kv head's group are packed as up to 8 rows, so that keys and values are read
// from memory once for all of them. LANES lanes hold a key: 16 bytes each. A group of LANES lanes works for one packed
// row; groups of the same row (slots) share its keys out and merge their states at the end, in a fixed order.
// Keys and values are staged by cp.async, one tile ahead.
#ifndef LLMSERVING_GPU_DECODE_ATTENTION_H
#define LLMSERVING_GPU_DECODE_ATTENTION_H

#include "llmserving/gpu/attention_merge.h"
#include "llmserving/gpu/kv_elements.h"

namespace llmserving {
namespace gpu {

constexpr int DECODE_ROWS = 8; // packed rows of a tile, at most

// What follows from cache type and greatest dimension of a head.
template <class T, class KV, int HEAD_DIM> struct DecodeTraits {
  static constexpr int VEC = 16 / static_cast<int>(sizeof(KV)); // elements per lane
  static constexpr int LANES = HEAD_DIM / VEC;                  // of a key
  static constexpr int THREADS = LANES == 32 ? 256 : 128;
  static constexpr int GROUPS = THREADS / LANES;
  static constexpr int KEYS = 2 * GROUPS; // of a stage: two vectors of K and two of V per thread
  static constexpr int ROW_BYTES = HEAD_DIM * static_cast<int>(sizeof(KV));
  static constexpr int SCALE_BYTES = is_i8<KV> ? 2 * KEYS * 4 : 0; // K's, then V's
  static constexpr int STAGE_BYTES = 2 * KEYS * ROW_BYTES + SCALE_BYTES;
  static constexpr int SHARED_BYTES = 2 * STAGE_BYTES;
  static_assert(GROUPS >= DECODE_ROWS, "a group per row");
  // A group's o in shared memory: [VEC / 4][LANES][4] floats, skewed so that neither lanes' writes nor the reads of 4
  // elements by thread after thread meet in a bank.
  static constexpr int SKEW = (VEC == 8 ? 4 : 2) * 4, STATE_FLOATS = HEAD_DIM + (VEC == 8 ? 16 : 48);
  static_assert(GROUPS * (STATE_FLOATS + 2) * 4 <= SHARED_BYTES, "states of all groups fit where keys were");
};

// Where a tile's keys come from.
struct DecodeKeys {
  int32_t table;
  KeySpan span;
  BlockIds blocks, next; // of the chunk being copied, and the next one's on their way
};

// Starts the copy of keys [first, first + KEYS); those outside the span are zeros. Called for ascending stages.
template <class Traits, class KV>
DEVICE_INLINE void decode_load(const AttentionParams &p, DecodeKeys &keys, int32_t first, uint8_t *stage) {
  int32_t lane = static_cast<int32_t>(thread_x()) % Traits::LANES, d = lane * Traits::VEC;
  if (first % ATTENTION_CHUNK == 0) {
    keys.blocks = keys.next;
    keys.next.load(p, keys.table, keys.span, first + ATTENTION_CHUNK);
  }
  // Products of 32 bits with 64-bit sums are one instruction.
  uint32_t k_block = static_cast<uint32_t>(p.kv.k_block), v_block = static_cast<uint32_t>(p.kv.v_block);
  uint32_t k_token = static_cast<uint32_t>(p.kv.k_token), v_token = static_cast<uint32_t>(p.kv.v_token);
  const uint8_t *k = p.kv.k + block_y() * p.kv.k_head + lane * 16, *v = p.kv.v + block_y() * p.kv.v_head + lane * 16;
  UNROLL
  for (int i = 0; i < 2; i++) {
    int32_t slot = static_cast<int32_t>(thread_x()) / Traits::LANES + i * Traits::GROUPS, key = first + slot;
    int32_t block = keys.blocks.of(p, key);
    bool valid = key >= keys.span.low && key < keys.span.high && block >= 0;
    uint64_t at = valid ? static_cast<uint32_t>(block) : 0u, token = static_cast<uint32_t>(key) & p.kv.block_mask;
    cp_async16(stage + slot * Traits::ROW_BYTES + lane * 16, k + at * k_block + token * k_token, valid && d < p.k_dim);
    cp_async16(stage + (Traits::KEYS + slot) * Traits::ROW_BYTES + lane * 16, v + at * v_block + token * v_token,
               valid && d < p.v_dim);
  }
  if constexpr (is_i8<KV>) { // four tokens' scales lie together
    int32_t quad = static_cast<int32_t>(thread_x()), quads = Traits::KEYS / 4, key = first + quad % quads * 4;
    int32_t block = keys.blocks.of(p, key);
    if (quad < 2 * quads) {
      uint64_t at = block >= 0 ? static_cast<uint32_t>(block) : 0u, token = static_cast<uint32_t>(key) & p.kv.block_mask;
      const uint8_t *scales = (quad < quads ? p.kv.k_scales : p.kv.v_scales) + at * k_block + block_y() * p.kv.k_head;
      cp_async16(stage + 2 * Traits::KEYS * Traits::ROW_BYTES + quad * 16, scales + token * 4, block >= 0);
    }
  }
  cp_async_commit();
}

// A packed row's state as one lane holds it.
template <int VEC> struct DecodeState {
  float m, l, o[VEC];
};

// One packed row: its query, position and head.
template <class Traits> struct DecodeRow {
  float q[Traits::VEC];
  KeySpan span;
  int32_t position;
  float slope; // ALiBi, base 2
};

template <class Traits, class T>
DEVICE_INLINE DecodeRow<Traits> decode_row(const AttentionParams &p, const AttentionTile &tile, int32_t packed,
                                           int32_t group, bool exists) {
  DecodeRow<Traits> row = {};
  if (!exists)
    return row;
  QueryRow query = p.rows[tile.first_row + packed / group];
  int32_t head = static_cast<int32_t>(block_y()) * group + packed % group;
  int32_t d = static_cast<int32_t>(thread_x()) % Traits::LANES * Traits::VEC;
  const T *q = static_cast<const T *>(p.q) + query.row * p.q_stride + static_cast<int64_t>(head) * p.k_dim + d;
  UNROLL
  for (int i = 0; i < Traits::VEC; i += 8)
    if (d + i < p.k_dim)
      unpack16<T>(ld16_nc(q + i), row.q + i);
  row.position = query.position;
  row.span = visible_keys(query.position, p.window);
  row.slope = p.alibi != nullptr ? p.alibi[head] * LOG2_E : 0.0f;
  return row;
}

// Adds two keys of a stage to a row's state.
template <class Traits, class KV>
DEVICE_INLINE void decode_pair(const DecodeRow<Traits> &row, const ScoreTransform &transform, int32_t first,
                               const int32_t slot[2], const uint8_t *stage, DecodeState<Traits::VEC> &state) {
  constexpr int VEC = Traits::VEC, ROW_BYTES = Traits::ROW_BYTES;
  const uint8_t *lane = stage + static_cast<int32_t>(thread_x()) % Traits::LANES * 16;
  const float *scales = reinterpret_cast<const float *>(stage + 2 * Traits::KEYS * ROW_BYTES);
  float s[2], x[VEC];
  UNROLL
  for (int i = 0; i < 2; i++) {
    unpack16<KV>(ld16(lane + slot[i] * ROW_BYTES), x);
    float sum = 0;
    UNROLL
    for (int j = 0; j < VEC; j++)
      sum = fma(row.q[j], x[j], sum);
    sum = warp_sum<Traits::LANES>(sum);
    if constexpr (is_i8<KV>)
      sum *= scales[slot[i]];
    int32_t key = first + slot[i];
    s[i] = fma(row.slope, static_cast<float>(key - row.position), transform(sum));
    s[i] = key >= row.span.low && key < row.span.high ? s[i] : minus_infinity();
  }
  float m = s[0] > state.m ? s[0] : state.m;
  m = s[1] > m ? s[1] : m;
  float shift = m == minus_infinity() ? 0.0f : m, before = exp2_fast(state.m - shift);
  state.m = m;
  state.l *= before;
  UNROLL
  for (int j = 0; j < VEC; j++)
    state.o[j] *= before;
  UNROLL
  for (int i = 0; i < 2; i++) {
    float weight = exp2_fast(s[i] - shift);
    state.l += weight;
    if constexpr (is_i8<KV>) // the scale of a token that is not there may be anything
      weight = weight > 0 ? weight * scales[Traits::KEYS + slot[i]] : 0.0f;
    unpack16<KV>(ld16(lane + (Traits::KEYS + slot[i]) * ROW_BYTES), x);
    UNROLL
    for (int j = 0; j < VEC; j++)
      state.o[j] = fma(weight, x[j], state.o[j]);
  }
}

// A row's merged state, or the finished row: 4 elements of one packed row per thread.
template <class T>
DEVICE_INLINE void decode_store(const AttentionParams &p, const AttentionTile &tile, int32_t packed, int32_t group,
                                int32_t d, float m, float l, float o[4]) {
  int32_t head = static_cast<int32_t>(block_y()) * group + packed % group;
  if (tile.partial < 0) {
    float factor = finish_factor(m, l, sink_of(p.sinks, head), p.v_scale);
    int64_t row = p.rows[tile.first_row + packed / group].row;
    st8(static_cast<T *>(p.out) + (row * p.heads + head) * p.v_dim + d,
        {pack2<T>(o[0] * factor, o[1] * factor), pack2<T>(o[2] * factor, o[3] * factor)});
    return;
  }
  int64_t state = static_cast<int64_t>(tile.partial + packed / group) * p.heads + head;
  if (d == 0)
    st8(p.partial_stats + state * 2, {bits_of_float(m), bits_of_float(l)});
  st16(p.partial_values + state * p.v_dim + d,
       {bits_of_float(o[0]), bits_of_float(o[1]), bits_of_float(o[2]), bits_of_float(o[3])});
}

// Merges the slots' states of each packed row.
template <class Traits, class T>
DEVICE_INLINE void decode_merge(const AttentionParams &p, const AttentionTile &tile, int32_t group, int32_t padded_rows,
                                const DecodeState<Traits::VEC> &state, float *shared) {
  constexpr int VEC = Traits::VEC, LANES = Traits::LANES, GROUPS = Traits::GROUPS, FLOATS = Traits::STATE_FLOATS;
  int32_t mine = static_cast<int32_t>(thread_x()) / LANES, lane = static_cast<int32_t>(thread_x()) % LANES;
  float *stats = shared + GROUPS * FLOATS;
  block_sync();
  UNROLL
  for (int i = 0; i < VEC / 4; i++)
    st16(shared + mine * FLOATS + (i * LANES + lane) * 4 + i * Traits::SKEW,
         {bits_of_float(state.o[i * 4]), bits_of_float(state.o[i * 4 + 1]), bits_of_float(state.o[i * 4 + 2]),
          bits_of_float(state.o[i * 4 + 3])});
  if (lane == 0) {
    stats[mine * 2] = state.m;
    stats[mine * 2 + 1] = state.l;
  }
  block_sync();
  constexpr int UNITS = VEC * LANES / 4; // of a row
  NO_UNROLL
  for (int32_t unit = static_cast<int32_t>(thread_x()); unit < tile.rows * group * UNITS; unit += Traits::THREADS) {
    int32_t packed = unit / UNITS, d = unit % UNITS * 4, part = d % VEC / 4;
    if (d >= p.v_dim)
      continue;
    float m = minus_infinity(), l = 0, o[4] = {};
    NO_UNROLL
    for (int32_t g = packed; g < GROUPS; g += padded_rows) {
      MergeFactors factors = merge_factors(m, stats[g * 2]);
      m = factors.m;
      l = merge_state(l, stats[g * 2 + 1], factors);
      u128 v = ld16(shared + g * FLOATS + (part * LANES + d / VEC) * 4 + part * Traits::SKEW);
      uint32_t bits[4] = {v.x, v.y, v.z, v.w};
      UNROLL
      for (int j = 0; j < 4; j++)
        o[j] = merge_state(o[j], float_of_bits(bits[j]), factors);
    }
    decode_store<T>(p, tile, packed, group, d, m, l, o);
  }
}

// One thread block per (tile, kv head).
template <class T, class KV, int HEAD_DIM> DEVICE void decode_attention(const AttentionParams &p) {
  typedef DecodeTraits<T, KV, HEAD_DIM> Traits;
  DYN_SMEM(uint8_t, shared);
  pdl_wait();
  if (static_cast<int32_t>(block_x()) >= *p.tile_count)
    return;
  AttentionTile tile = p.tiles[block_x()];
  int32_t group = p.heads / p.kv_heads, packed_rows = tile.rows * group;
  int32_t padded_rows = packed_rows > 4 ? 8 : packed_rows > 2 ? 4 : packed_rows, slots = Traits::GROUPS / padded_rows;
  int32_t mine = static_cast<int32_t>(thread_x()) / Traits::LANES, packed = mine % padded_rows, slot = mine / padded_rows;
  DecodeRow<Traits> row = decode_row<Traits, T>(p, tile, packed, group, packed < packed_rows);
  DecodeKeys keys = {p.rows[tile.first_row].table, tile_keys(tile), {-1}, {-1}};
  int32_t first = keys.span.low / Traits::KEYS * Traits::KEYS;
  keys.next.load(p, keys.table, keys.span, first / ATTENTION_CHUNK * ATTENTION_CHUNK);
  if (first % ATTENTION_CHUNK != 0) { // in the middle of a chunk
    keys.blocks = keys.next;
    keys.next.load(p, keys.table, keys.span, (first / ATTENTION_CHUNK + 1) * ATTENTION_CHUNK);
  }
  ScoreTransform transform(p);
  DecodeState<Traits::VEC> state = {minus_infinity(), 0.0f, {}};
  uint8_t *current = shared, *next = shared + Traits::STAGE_BYTES;
  decode_load<Traits, KV>(p, keys, first, current);
  for (; first < keys.span.high; first += Traits::KEYS) {
    decode_load<Traits, KV>(p, keys, first + Traits::KEYS, next);
    cp_async_wait<1>();
    block_sync();
    for (int32_t pair = 0; pair < padded_rows; pair++) {
      int32_t both[2] = {pair * 2 * slots + slot, (pair * 2 + 1) * slots + slot};
      decode_pair<Traits, KV>(row, transform, first, both, current, state);
    }
    block_sync();
    uint8_t *swap = current;
    current = next;
    next = swap;
  }
  cp_async_wait<0>();
  decode_merge<Traits, T>(p, tile, group, padded_rows, state, reinterpret_cast<float *>(shared));
  if (tile.partial >= 0)
    merge_last<T, Traits::THREADS, HEAD_DIM / 4, MERGE_AHEAD>(p, tile.first_row, tile.rows, reinterpret_cast<int32_t *>(shared));
}

// tiles: at least as many as *p.tile_count, each of at most DECODE_ROWS packed rows.
inline Launch decode_attention_launch(DType type, DType kv, const AttentionParams &p, uint32_t tiles) {
  const char *names[5][3] = {
      {"decode_attention_bf16_bf16_d64", "decode_attention_bf16_bf16_d128", "decode_attention_bf16_bf16_d256"},
      {"decode_attention_f16_f16_d64", "decode_attention_f16_f16_d128", "decode_attention_f16_f16_d256"},
      {"decode_attention_bf16_e4m3_d64", "decode_attention_bf16_e4m3_d128", "decode_attention_bf16_e4m3_d256"},
      {"decode_attention_bf16_e5m2_d64", "decode_attention_bf16_e5m2_d128", "decode_attention_bf16_e5m2_d256"},
      {"decode_attention_bf16_i8_d64", "decode_attention_bf16_i8_d128", "decode_attention_bf16_i8_d256"}};
  int32_t dim = p.k_dim > p.v_dim ? p.k_dim : p.v_dim, types = kv_instance(type, kv), step = types > 1 ? 16 : 8;
  int32_t size = dim <= 64 ? 0 : dim <= 128 ? 1 : 2;
  bool fits = types >= 0 && dim <= 256 && p.k_dim % step == 0 && p.v_dim % step == 0;
  bool wide = size == 2 && types <= 1;
  uint32_t stage = wide ? 16384 : 8192, scales = types == 4 ? 32768u / (64u << size) : 0; // STAGE_BYTES
  return {fits ? names[types][size] : nullptr, tiles, static_cast<uint32_t>(p.kv_heads), 1, wide ? 256u : 128u,
          2 * (stage + scales)};
}

} // namespace gpu
} // namespace llmserving

#endif
