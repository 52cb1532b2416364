// Brings the pairs (token, choice) of a mixture of experts into the order of their experts, in blocks of `tile` slots
// that have one expert each, so that a grouped product works on whole tiles. Pair p is choice p % top_k of token p /
// top_k.
//
// Within an expert, pairs come in ascending order: positions follow from counts and prefix sums, not from who comes
// first. Up to MOE_ALIGN_CHUNK pairs, one launch (moe_align_small); else three: count, scan, scatter.
#ifndef LLMSERVING_GPU_MOE_ALIGN_H
#define LLMSERVING_GPU_MOE_ALIGN_H

#include "llmserving/gpu/moe_route.h"

namespace llmserving {
namespace gpu {

struct MoeAlignParams {
  const int32_t *experts; // [pairs]; pairs whose expert is not in 0 .. count - 1 are left out
  int32_t *slots;         // [capacity]: out, the pair in each slot, -1: none; written up to blocks[0] * tile
  int32_t *block_experts; // [capacity / tile]: out, the expert of each block
  int32_t *blocks;        // [1]: out, blocks in use
  int32_t *counts;        // [chunks][count]: scratch: pairs of each chunk, then where they begin
  int32_t pairs;
  int32_t count;  // of experts, at most MOE_MAX_EXPERTS
  int32_t tile;   // slots to a block
  int32_t chunks; // moe_align_chunks(pairs)
};

constexpr int MOE_ALIGN_THREADS = 256;
constexpr int MOE_ALIGN_WARPS = MOE_ALIGN_THREADS / 32;
constexpr int MOE_ALIGN_ROUNDS = 4; // of 32 pairs to each warp
constexpr int MOE_ALIGN_CHUNK = MOE_ALIGN_THREADS * MOE_ALIGN_ROUNDS;
static_assert(MOE_ALIGN_THREADS >= MOE_MAX_EXPERTS, "a thread to an expert");

// Shared memory of a block. counts: of each warp's pairs by expert.
struct MoeAlignShared {
  int32_t counts[MOE_ALIGN_WARPS][MOE_MAX_EXPERTS];
  int32_t begins[MOE_MAX_EXPERTS];
  int32_t warp_totals[MOE_ALIGN_WARPS];
};

DEVICE_INLINE int moe_bits(uint32_t v) {
  v -= v >> 1 & 0x55555555u;
  v = (v & 0x33333333u) + (v >> 2 & 0x33333333u);
  return static_cast<int>(((v + (v >> 4)) & 0x0f0f0f0fu) * 0x01010101u >> 24);
}

// Lanes whose expert is the same as this lane's, among those that have one.
DEVICE_INLINE uint32_t moe_peers(int expert) {
  uint32_t peers = ballot(expert >= 0);
  UNROLL
  for (int bit = 0; bit < 8; bit++) {
    uint32_t set = ballot((expert >> bit & 1) != 0);
    peers &= (expert >> bit & 1) != 0 ? set : ~set;
  }
  return peers;
}

// This thread's pairs of a chunk: their experts (-1: none) and how many pairs before them in the warp have the same
// one. shared.counts ends as the counts of all warps. Threads enter together.
DEVICE_INLINE void moe_rank_pairs(const MoeAlignParams &p, int chunk, MoeAlignShared &shared,
                                  int (&experts)[MOE_ALIGN_ROUNDS], int (&ranks)[MOE_ALIGN_ROUNDS]) {
  uint32_t lane = lane_id(), warp = warp_id();
  for (int e = static_cast<int>(lane); e < MOE_MAX_EXPERTS; e += 32)
    shared.counts[warp][e] = 0;
  warp_sync();
  UNROLL
  for (int round = 0; round < MOE_ALIGN_ROUNDS; round++) {
    int pair = chunk * MOE_ALIGN_CHUNK + static_cast<int>(warp * MOE_ALIGN_ROUNDS * 32 + round * 32 + lane);
    int expert = pair < p.pairs ? p.experts[pair] : -1;
    expert = expert < p.count ? expert : -1;
    uint32_t peers = moe_peers(expert), before = peers & ((1u << lane) - 1u);
    int counted = expert >= 0 ? shared.counts[warp][expert] : 0;
    experts[round] = expert < 0 ? -1 : expert;
    ranks[round] = counted + moe_bits(before);
    warp_sync();
    if (expert >= 0 && before == 0)
      shared.counts[warp][expert] = counted + moe_bits(peers);
    warp_sync();
  }
  block_sync();
}

// Counts of a chunk, for the expert of this thread.
DEVICE_INLINE int moe_chunk_count(const MoeAlignShared &shared) {
  int total = 0;
  UNROLL
  for (int warp = 0; warp < MOE_ALIGN_WARPS; warp++)
    total += shared.counts[warp][thread_x()];
  return total;
}

// Sum of the values of all threads before this one; total: of all. Threads enter together.
DEVICE_INLINE int moe_prefix(int value, MoeAlignShared &shared, int &total) {
  int lane = static_cast<int>(lane_id()), sum = value;
  UNROLL
  for (int delta = 1; delta < 32; delta *= 2) {
    int other = shfl_up(sum, delta);
    sum += lane >= delta ? other : 0;
  }
  if (lane == 31)
    shared.warp_totals[warp_id()] = sum;
  block_sync();
  int before = 0;
  total = 0;
  UNROLL
  for (int warp = 0; warp < MOE_ALIGN_WARPS; warp++) {
    before += warp < static_cast<int>(warp_id()) ? shared.warp_totals[warp] : 0;
    total += shared.warp_totals[warp];
  }
  return before + sum - value;
}

// Lays out the experts' blocks, thread = expert with so many pairs: their experts, and -1 in the slots that stay empty.
// Returns the expert's first slot. Threads enter together.
DEVICE_INLINE int moe_lay_out(const MoeAlignParams &p, int pairs, MoeAlignShared &shared) {
  int blocks = (pairs + p.tile - 1) / p.tile, total, first = moe_prefix(blocks, shared, total);
  for (int i = 0; i < blocks; i++)
    p.block_experts[first + i] = static_cast<int32_t>(thread_x());
  for (int i = pairs; i < blocks * p.tile; i++)
    p.slots[static_cast<int64_t>(first) * p.tile + i] = -1;
  if (thread_x() == 0)
    p.blocks[0] = total;
  return first * p.tile;
}

// Writes the pairs of a chunk into their slots; shared.begins: the first slot of each expert's pairs in the chunk.
DEVICE_INLINE void moe_place(const MoeAlignParams &p, int chunk, const MoeAlignShared &shared,
                             const int (&experts)[MOE_ALIGN_ROUNDS], const int (&ranks)[MOE_ALIGN_ROUNDS]) {
  UNROLL
  for (int round = 0; round < MOE_ALIGN_ROUNDS; round++) {
    if (experts[round] < 0)
      continue;
    int slot = shared.begins[experts[round]] + ranks[round], warp = static_cast<int>(warp_id());
    for (int before = 0; before < warp; before++)
      slot += shared.counts[before][experts[round]];
    p.slots[slot] = chunk * MOE_ALIGN_CHUNK + (warp * MOE_ALIGN_ROUNDS + round) * 32 + static_cast<int>(lane_id());
  }
}

// Everything, for pairs <= MOE_ALIGN_CHUNK. One block.
DEVICE_INLINE void moe_align_pairs(const MoeAlignParams &p) {
  DYN_SMEM(MoeAlignShared, shared);
  pdl_wait();
  pdl_launch();
  int experts[MOE_ALIGN_ROUNDS], ranks[MOE_ALIGN_ROUNDS];
  moe_rank_pairs(p, 0, *shared, experts, ranks);
  shared->begins[thread_x()] = moe_lay_out(p, moe_chunk_count(*shared), *shared);
  block_sync();
  moe_place(p, 0, *shared, experts, ranks);
}

// Counts of each chunk. Grid: chunks.
DEVICE_INLINE void moe_count_pairs(const MoeAlignParams &p) {
  DYN_SMEM(MoeAlignShared, shared);
  pdl_wait();
  pdl_launch();
  int experts[MOE_ALIGN_ROUNDS], ranks[MOE_ALIGN_ROUNDS], chunk = static_cast<int>(block_x());
  moe_rank_pairs(p, chunk, *shared, experts, ranks);
  if (static_cast<int>(thread_x()) < p.count)
    p.counts[static_cast<int64_t>(chunk) * p.count + thread_x()] = moe_chunk_count(*shared);
}

// Turns counts into first slots. One block.
DEVICE_INLINE void moe_scan_pairs(const MoeAlignParams &p) {
  DYN_SMEM(MoeAlignShared, shared);
  pdl_wait();
  pdl_launch();
  int expert = static_cast<int>(thread_x()), pairs = 0;
  bool real = expert < p.count;
  for (int chunk = 0; chunk < p.chunks && real; chunk++)
    pairs += p.counts[static_cast<int64_t>(chunk) * p.count + expert];
  int slot = moe_lay_out(p, pairs, *shared);
  for (int chunk = 0; chunk < p.chunks && real; chunk++) {
    int32_t *place = p.counts + static_cast<int64_t>(chunk) * p.count + expert;
    int count = *place;
    *place = slot;
    slot += count;
  }
}

// Grid: chunks.
DEVICE_INLINE void moe_scatter_pairs(const MoeAlignParams &p) {
  DYN_SMEM(MoeAlignShared, shared);
  pdl_wait();
  pdl_launch();
  int experts[MOE_ALIGN_ROUNDS], ranks[MOE_ALIGN_ROUNDS], chunk = static_cast<int>(block_x());
  if (static_cast<int>(thread_x()) < p.count)
    shared->begins[thread_x()] = p.counts[static_cast<int64_t>(chunk) * p.count + thread_x()];
  moe_rank_pairs(p, chunk, *shared, experts, ranks);
  moe_place(p, chunk, *shared, experts, ranks);
}

inline int32_t moe_align_chunks(int32_t pairs) { return (pairs + MOE_ALIGN_CHUNK - 1) / MOE_ALIGN_CHUNK; }

// The most blocks that so many pairs can need; `slots` has room for tile times that.
inline int32_t moe_align_max_blocks(int32_t pairs, int32_t experts, int32_t tile) {
  return pairs / tile + (experts < pairs ? experts : pairs);
}

enum class MoeAlignStep { Small, Count, Scan, Scatter };
inline Launch moe_align_launch(MoeAlignStep step, int32_t pairs) {
  uint32_t chunks = static_cast<uint32_t>(moe_align_chunks(pairs));
  switch (step) {
  case MoeAlignStep::Small:
    return {"moe_align_small", 1, 1, 1, MOE_ALIGN_THREADS, sizeof(MoeAlignShared)};
  case MoeAlignStep::Count:
    return {"moe_align_count", chunks, 1, 1, MOE_ALIGN_THREADS, sizeof(MoeAlignShared)};
  case MoeAlignStep::Scan:
    return {"moe_align_scan", 1, 1, 1, MOE_ALIGN_THREADS, sizeof(MoeAlignShared)};
  case MoeAlignStep::Scatter:
    return {"moe_align_scatter", chunks, 1, 1, MOE_ALIGN_THREADS, sizeof(MoeAlignShared)};
  }
  return {};
}

} // namespace gpu
} // namespace llmserving

#endif
