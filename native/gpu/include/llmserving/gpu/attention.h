// What the attention kernels share: the plan's structures, the parameters, scores, and states of the softmax.
//
// A query row at position p sees the keys max(0, p - window + 1) .. p of its sequence. Keys come in chunks of 128 at
// absolute positions. Keys of a chunk give a state (m, l, o): m the greatest score in base 2, l = sum of 2^(s - m),
// o = sum of 2^(s - m) v. States are merged in ascending order of chunks by merge_state, and a row ends with o / l.
#ifndef LLMSERVING_GPU_ATTENTION_H
#define LLMSERVING_GPU_ATTENTION_H

#include "llmserving/gpu/kv_cache.h"

namespace llmserving {
namespace gpu {

constexpr int ATTENTION_CHUNK = 128; // LLM_ATTENTION_CHUNK
constexpr float LOG2_E = 1.44269504088896341f;

// A query row. Padding rows of a fixed grid are not described: counts say where lists end.
struct QueryRow {
  int32_t row;      // of q and out
  int32_t position; // absolute; -1 = sees nothing, its result is zero
  int32_t table;    // index in the tables of its sequence's block 0; a tile reads by its first row's
  int32_t merge;    // its AttentionMerge, where tiles leave partial states of it
};

// Work of one thread block (for one kv head): query rows that read the same keys.
struct AttentionTile {
  int32_t first_row; // range of the plan's QueryRows
  int32_t rows;      // rows * (heads / kv_heads) is at most the kernel's tile
  int32_t first_chunk, chunks;
  int32_t partial;   // first row's partial state, the others' follow; -1 = all their keys are here, results go to out
  int32_t low, high; // keys that any of the rows sees, in whichever chunks: others are not read
  int32_t reserved;
};

// A row's partial states, all that tiles leave, empty ones too: indices[first .. first + count), ascending chunks.
struct AttentionMerge {
  int32_t row;
  int32_t first, count;
  int32_t reserved;
};

struct AttentionParams {
  const void *q;              // T[query rows][q_stride]; head h at h * k_dim
  void *out;                  // T[query rows][heads * v_dim]
  KvView kv;
  const int32_t *tables;      // block ids, the group's
  const AttentionTile *tiles; // [*tile_count]
  const int32_t *tile_count;  // the grid may be larger
  const QueryRow *rows;
  float *partial_values;      // [partial][heads][v_dim]: o
  float *partial_stats;       // [partial][heads][2]: m, l
  const AttentionMerge *merges;
  const int32_t *indices;     // partial states of the merges
  uint32_t *tickets;          // [merges][kv_heads], zero; so they are again behind the launches of all of a plan's lists.
                              // Null: partial states are left to merge_states.
  const float *alibi;         // [heads] slopes, or null: a score gets slope * (key - query position)
  const float *sinks;         // [heads] or null: a score that takes part in the softmax and has no value
  int64_t q_stride;           // elements, a multiple of 8
  int32_t heads, kv_heads;
  int32_t k_dim, v_dim;       // multiples of 8 (8-bit caches: 16)
  int32_t window;             // 0 = none
  float scale;                // of q·k, times the keys' scale (e4m3, e5m2)
  float soft_cap;             // 0 = none: cap(x) = soft_cap * tanh(x / soft_cap)
  float v_scale;              // of the values (e4m3, e5m2), else 1
};

// ---- scores --------------------------------------------------------------------------------------------------------

// tanh(x) = 1 - 2 / (1 + e^2x): absolute error 2^-22, which a soft cap can bear.
DEVICE_INLINE float tanh_exp2(float x) { return fma(-2.0f, rcp_fast(1.0f + exp2_fast(x * (2.0f * LOG2_E))), 1.0f); }

// From q·k to a score in base 2.
struct ScoreTransform {
  float factor; // of q·k
  float cap;    // 0 = none

  DEVICE_INLINE explicit ScoreTransform(const AttentionParams &p)
      : factor(p.soft_cap != 0 ? p.scale / p.soft_cap : p.scale * LOG2_E), cap(p.soft_cap * LOG2_E) {}
  DEVICE_INLINE float capped(float product) const { return cap * tanh_exp2(product * factor); }
  DEVICE_INLINE float operator()(float product) const { return cap != 0 ? capped(product) : product * factor; }
};

// Keys [low, high) that a row sees.
struct KeySpan {
  int32_t low, high;
};
DEVICE_INLINE KeySpan visible_keys(int32_t position, int32_t window) {
  int32_t low = position + 1 - window;
  return {window > 0 && low > 0 ? low : 0, position + 1};
}

// Keys that a tile reads.
DEVICE_INLINE KeySpan tile_keys(const AttentionTile &tile) {
  int32_t first = tile.first_chunk * ATTENTION_CHUNK, end = first + tile.chunks * ATTENTION_CHUNK;
  return {tile.low > first ? tile.low : first, tile.high < end ? tile.high : end};
}

// Ids of the blocks that hold one chunk, a lane each: one coalesced load per warp and chunk instead of one per lane and
// vector. All lanes of a warp call together.
struct BlockIds {
  int32_t ids;

  // Blocks that no key of the span lies in are -1, as those that the table has not.
  DEVICE_INLINE void load(const AttentionParams &p, int32_t table, KeySpan span, int32_t chunk_key) {
    int32_t shift = p.kv.block_shift < 7 ? p.kv.block_shift : 7, lane = static_cast<int32_t>(lane_id());
    int32_t first = chunk_key + (lane << shift), last = first + (1 << shift);
    bool wanted = lane < ATTENTION_CHUNK >> shift && first < span.high && last > span.low;
    ids = wanted ? p.tables[table + (first >> p.kv.block_shift)] : -1;
  }
  // key: of the chunk
  DEVICE_INLINE int32_t of(const AttentionParams &p, int32_t key) const {
    int32_t shift = p.kv.block_shift < 7 ? p.kv.block_shift : 7;
    return shfl_idx(ids, (key & (ATTENTION_CHUNK - 1)) >> shift);
  }
};

// ---- states --------------------------------------------------------------------------------------------------------

DEVICE_INLINE float minus_infinity() { return float_of_bits(0xff800000u); }

// Factors that bring two states to their common maximum; an empty state (m = -infinity) gets 0.
struct MergeFactors {
  float before, after, m;
};
DEVICE_INLINE MergeFactors merge_factors(float before, float after) {
  float m = after > before ? after : before;
  return {before == minus_infinity() ? 0.0f : exp2_fast(before - m), after == minus_infinity() ? 0.0f : exp2_fast(after - m), m};
}
// One component (l, or an element of o) of the merged state. Merging with an empty state returns the other to the bit.
DEVICE_INLINE float merge_state(float before, float after, const MergeFactors &factors) {
  return fma(before, factors.before, after * factors.after);
}

// What a finished row's o is multiplied by. sink: base 2, -infinity = none. An empty row's result is zero.
DEVICE_INLINE float finish_factor(float m, float l, float sink, float v_scale) {
  MergeFactors factors = merge_factors(m, sink);
  float total = merge_state(l, 1.0f, factors);
  return l > 0 ? v_scale * factors.before / total : 0.0f;
}

DEVICE_INLINE float sink_of(const float *sinks, int32_t head) {
  return sinks != nullptr ? global_pointer(sinks)[head] * LOG2_E : minus_infinity(); // newer compilers lose the space at "!="
}

} // namespace gpu
} // namespace llmserving

#endif
