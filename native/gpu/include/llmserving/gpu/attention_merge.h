// How partial states of query rows become results: in ascending order of chunks, 4 elements of an o per thread. Used by
// merge_states, a kernel of its own, and by the attention kernels, whose last block to write a row's state merges all of
// that row. The bits are the same.
//
// The last block is found by tickets (CUDA C++ Programming Guide, "Memory Fence Functions"): each block that wrote a state
// of a row takes one; no block waits for another, so nothing is assumed about which run together.
#ifndef LLMSERVING_GPU_ATTENTION_MERGE_H
#define LLMSERVING_GPU_ATTENTION_MERGE_H

#include "llmserving/gpu/attention.h"

namespace llmserving {
namespace gpu {

// States whose loads are on their way together where rows may have many: one after the other they would wait for memory
// three times each.
constexpr int MERGE_AHEAD = 4;

// A part of one head's state: 4 elements of its o. Where it is empty its values need not have been written.
struct PartialState {
  int64_t at; // its number
  float m, l;
  u128 values;
};

// States [first, first + AHEAD) of a row, those past its last one as empty ones.
template <int AHEAD, class Params>
DEVICE_INLINE void load_states(const Params &p, const AttentionMerge &merge, int32_t first, int32_t head, int32_t d,
                               PartialState states[AHEAD]) {
  UNROLL
  for (int j = 0; j < AHEAD; j++)
    states[j].at = first + j < merge.count ? static_cast<int64_t>(p.indices[merge.first + first + j]) * p.heads + head : -1;
  UNROLL
  for (int j = 0; j < AHEAD; j++) {
    u64 stats = states[j].at >= 0 ? ld8(p.partial_stats + states[j].at * 2) : u64{bits_of_float(minus_infinity()), 0u};
    states[j].m = float_of_bits(stats.x);
    states[j].l = float_of_bits(stats.y);
  }
  UNROLL
  for (int j = 0; j < AHEAD; j++)
    states[j].values = states[j].m != minus_infinity() ? ld16(p.partial_values + states[j].at * p.v_dim + d) : u128{};
}

// Elements d .. d + 3 of a head of a row, merged, finished and stored. Params: AttentionParams or MergeStatesParams.
template <class T, int AHEAD, class Params>
DEVICE_INLINE void merge_elements(const Params &p, const AttentionMerge &merge, int32_t head, int32_t d) {
  float m = minus_infinity(), l = 0, o[4] = {};
  NO_UNROLL
  for (int32_t first = 0; first < merge.count; first += AHEAD) {
    PartialState states[AHEAD];
    load_states<AHEAD>(p, merge, first, head, d, states);
    UNROLL
    for (int i = 0; i < AHEAD; i++) {
      if (states[i].m == minus_infinity())
        continue; // not merged: a zero keeps its sign
      MergeFactors factors = merge_factors(m, states[i].m);
      m = factors.m;
      l = merge_state(l, states[i].l, factors);
      uint32_t bits[4] = {states[i].values.x, states[i].values.y, states[i].values.z, states[i].values.w};
      UNROLL
      for (int j = 0; j < 4; j++)
        o[j] = merge_state(o[j], float_of_bits(bits[j]), factors);
    }
  }
  float factor = finish_factor(m, l, sink_of(p.sinks, head), p.v_scale);
  st8(static_cast<T *>(p.out) + (static_cast<int64_t>(merge.row) * p.heads + head) * p.v_dim + d,
      {pack2<T>(o[0] * factor, o[1] * factor), pack2<T>(o[2] * factor, o[3] * factor)});
}

// Takes the block's tickets for its rows of a tile; sets last[i] where row i's was the last one. Entered by the whole
// block, behind its stores of states. Barriers and fences on both sides of a ticket: what any thread of a block wrote
// before it is there for all threads of the block that takes a later one. The last ticket of a row leaves zero for the
// next launch.
DEVICE_INLINE void take_tickets(const AttentionParams &p, int32_t first_row, int32_t rows, int32_t *last) {
  int32_t mine = static_cast<int32_t>(thread_x());
  block_sync();
  if (mine < rows) {
    fence_device();
    int32_t merge = p.rows[first_row + mine].merge;
    uint32_t *tickets = p.tickets + static_cast<int64_t>(merge) * p.kv_heads + block_y();
    bool is_last = atomic_add(tickets, 1u) + 1 == static_cast<uint32_t>(p.merges[merge].count);
    fence_device();
    if (is_last)
      *tickets = 0;
    last[mine] = is_last;
  }
  block_sync();
}

// Merges the rows of a tile whose states are complete now, for the heads of the block's kv head. Entered by the whole
// block, behind its stores of states. last: shared memory for an int32 per row that no thread uses any more behind a
// block_sync. A block has at least as many threads as a tile has rows. LANES threads have a head: v_dim <= 4 LANES.
template <class T, int THREADS, int LANES, int AHEAD>
DEVICE_INLINE void merge_last(const AttentionParams &p, int32_t first_row, int32_t rows, int32_t *last) {
  if (p.tickets == nullptr)
    return; // left to merge_states
  take_tickets(p, first_row, rows, last);
  int32_t group = p.heads / p.kv_heads, first = static_cast<int32_t>(thread_x()) / LANES;
  int32_t d = static_cast<int32_t>(thread_x()) % LANES * 4;
  if (d >= p.v_dim)
    return;
  NO_UNROLL
  for (int32_t row = 0; row < rows; row++) {
    if (last[row] == 0)
      continue;
    AttentionMerge merge = p.merges[p.rows[first_row + row].merge];
    NO_UNROLL
    for (int32_t head = first; head < group; head += THREADS / LANES)
      merge_elements<T, AHEAD>(p, merge, static_cast<int32_t>(block_y()) * group + head, d);
  }
}

} // namespace gpu
} // namespace llmserving

#endif
