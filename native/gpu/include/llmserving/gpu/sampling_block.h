// What the sampler's kernels share: one block works on one row of logits.
//
// No result depends on the order in which threads come: sums are of integers, extremes have ties broken by id.
#ifndef LLMSERVING_GPU_SAMPLING_BLOCK_H
#define LLMSERVING_GPU_SAMPLING_BLOCK_H

#include "llmserving/gpu/philox.h"
#include "llmserving/gpu/sampling_params.h"

namespace llmserving {
namespace gpu {

constexpr int BINS = 256;

template <int THREADS> struct SamplingShared {
  static constexpr int CANDIDATES = 8 * THREADS;
  uint32_t low[BINS], high[BINS]; // weights of bins, 64 bits
  uint32_t partial[3][32];        // per warp
  float top_values[MAX_TOPS];
  int32_t top_ids[MAX_TOPS];
  uint32_t control[8];
  u64 list[CANDIDATES]; // bits of a value, its id
};

static_assert(sizeof(SamplingShared<256>) == sampling_smem(256) && sizeof(SamplingShared<1024>) == sampling_smem(1024),
              "launches give what the kernels lay out");

constexpr uint32_t NEGATIVE_INFINITY_BITS = 0xff800000u;
DEVICE_INLINE float negative_infinity() { return float_of_bits(NEGATIVE_INFINITY_BITS); }
DEVICE_INLINE float not_a_number() { return float_of_bits(0x7fc00000u); }
DEVICE_INLINE bool is_finite(float x) { return (bits_of_float(x) & 0x7f800000u) != 0x7f800000u; }

// Order-preserving bits of a float that is a number; -0 and 0 are equal.
DEVICE_INLINE uint32_t ordered_bits(float x) {
  uint32_t bits = bits_of_float(add_rn(x, 0.0f));
  return bits ^ ((bits >> 31) != 0 ? 0xffffffffu : 0x80000000u);
}
DEVICE_INLINE float float_of_ordered_bits(uint32_t key) {
  return float_of_bits(key ^ ((key >> 31) != 0 ? 0x80000000u : 0xffffffffu));
}

DEVICE_INLINE uint64_t shfl_xor_u64(uint64_t value, int mask) {
  uint32_t low = shfl_xor(static_cast<uint32_t>(value), mask),
           high = shfl_xor(static_cast<uint32_t>(value >> 32), mask);
  return static_cast<uint64_t>(high) << 32 | low;
}
DEVICE_INLINE uint64_t shfl_up_u64(uint64_t value, int delta) {
  uint32_t low = shfl_up(static_cast<uint32_t>(value), delta),
           high = shfl_up(static_cast<uint32_t>(value >> 32), delta);
  return static_cast<uint64_t>(high) << 32 | low;
}

DEVICE_INLINE uint64_t warp_sum_u64(uint64_t value) {
  UNROLL
  for (int mask = 16; mask > 0; mask /= 2)
    value += shfl_xor_u64(value, mask);
  return value;
}

// Sum over the block, in all threads: each warp adds up the warps' sums.
template <int THREADS> DEVICE_INLINE uint64_t block_sum_u64(uint64_t value, SamplingShared<THREADS> &shared) {
  value = warp_sum_u64(value);
  block_sync(); // partial may still be read
  if (lane_id() == 0) {
    shared.partial[0][warp_id()] = static_cast<uint32_t>(value);
    shared.partial[1][warp_id()] = static_cast<uint32_t>(value >> 32);
  }
  block_sync();
  value = 0;
  if (lane_id() < THREADS / 32)
    value = static_cast<uint64_t>(shared.partial[1][lane_id()]) << 32 | shared.partial[0][lane_id()];
  return warp_sum_u64(value);
}

// The greatest key's token; ties to the lowest id. id -1 = none.
struct Best {
  float key;
  int32_t id;
};
DEVICE_INLINE Best better(Best a, Best b) {
  if (a.id < 0 || b.id < 0)
    return a.id < 0 ? b : a;
  return b.key > a.key || (b.key == a.key && b.id < a.id) ? b : a;
}
DEVICE_INLINE Best warp_best(Best best) {
  UNROLL
  for (int mask = 16; mask > 0; mask /= 2) {
    Best other = {shfl_xor(best.key, mask), shfl_xor(best.id, mask)};
    best = better(best, other);
  }
  return best;
}

template <int THREADS> DEVICE_INLINE Best block_best(Best best, SamplingShared<THREADS> &shared) {
  best = warp_best(best);
  block_sync(); // partial may still be read
  if (lane_id() == 0) {
    shared.partial[0][warp_id()] = bits_of_float(best.key);
    shared.partial[1][warp_id()] = static_cast<uint32_t>(best.id);
  }
  block_sync();
  best = {negative_infinity(), -1};
  if (lane_id() < THREADS / 32)
    best = {float_of_bits(shared.partial[0][lane_id()]), static_cast<int32_t>(shared.partial[1][lane_id()])};
  return warp_best(best);
}

template <class Visit> DEVICE_INLINE void visit_four(u128 four, int32_t id, Visit &visit) {
  visit(float_of_bits(four.x), id);
  visit(float_of_bits(four.y), id + 1);
  visit(float_of_bits(four.z), id + 2);
  visit(float_of_bits(four.w), id + 3);
}

// Calls visit(value, id) for this thread's share of a row, ids ascending: four values at once, LOADS of those under
// way.
template <int THREADS, class Visit> DEVICE_INLINE void for_row(const float *x, int32_t n, Visit visit) {
  constexpr int32_t STEP = 4 * THREADS, LOADS = 4;
  int32_t first = static_cast<int32_t>(thread_x()) * 4;
  NO_UNROLL
  for (; first + (LOADS - 1) * STEP + 4 <= n; first += LOADS * STEP) {
    u128 four[LOADS];
    UNROLL
    for (int i = 0; i < LOADS; i++)
      four[i] = ld16(x + first + i * STEP);
    UNROLL
    for (int i = 0; i < LOADS; i++)
      visit_four(four[i], first + i * STEP, visit);
  }
  NO_UNROLL
  for (; first + 4 <= n; first += STEP)
    visit_four(ld16(x + first), first, visit);
  NO_UNROLL
  for (int32_t id = first; id < n; id++)
    visit(x[id], id); // of less than four
}

// The values of a row that are at least `cut` and above -infinity: gathered in shared memory where there are not too
// many, else read from the row each time.
struct Candidates {
  const float *row;
  float cut;
  int32_t count;    // of candidates where gathered, else of the row's values
  int32_t matching; // candidates
  bool gathered;
};

template <int THREADS>
DEVICE_INLINE Candidates gather(const float *row, int32_t vocabulary, float cut, SamplingShared<THREADS> &shared) {
  block_sync(); // the list and its count may still be read
  if (thread_x() == 0)
    shared.control[0] = 0;
  block_sync();
  for_row<THREADS>(row, vocabulary, [&](float x, int32_t id) {
    if (!(x >= cut && x > negative_infinity()))
      return;
    uint32_t at = atomic_add(&shared.control[0], 1u);
    if (at >= SamplingShared<THREADS>::CANDIDATES)
      return;
    st8(&shared.list[at], {bits_of_float(x), static_cast<uint32_t>(id)});
  });
  block_sync();
  int32_t count = static_cast<int32_t>(shared.control[0]);
  bool gathered = count <= SamplingShared<THREADS>::CANDIDATES;
  return {row, cut, gathered ? count : vocabulary, count, gathered};
}

// Values first .. first + 3 of a row of n; zeros beyond its end.
DEVICE_INLINE u128 load_four(const float *row, int32_t first, int32_t n) {
  if (first + 4 <= n)
    return ld16(row + first);
  u128 four = {0, 0, 0, 0};
  if (first < n)
    four.x = ld4(row + first);
  if (first + 1 < n)
    four.y = ld4(row + first + 1);
  if (first + 2 < n)
    four.z = ld4(row + first + 2);
  return four;
}

// Calls visit(value, id) for this thread's share of the candidates. One copy of the visit for both sources: each turn
// takes four values, of a row neighbours.
template <int THREADS, class Visit>
DEVICE_INLINE void for_candidates(const Candidates &candidates, const SamplingShared<THREADS> &shared, Visit visit) {
  constexpr int32_t TURN = 4 * THREADS;
  int32_t own = static_cast<int32_t>(thread_x()), row_values = candidates.gathered ? 0 : candidates.count;
  NO_UNROLL
  for (int32_t start = 0; start < candidates.count; start += TURN) {
    u128 four = load_four(global_pointer(candidates.row), start + 4 * own, row_values);
    NO_UNROLL
    for (int32_t i = 0; i < 4; i++) {
      u64 entry = {four.x, static_cast<uint32_t>(start + 4 * own + i)};
      int32_t at = candidates.gathered ? start + i * THREADS + own : start + 4 * own + i;
      if (candidates.gathered && at < candidates.count)
        entry = ld8(&shared.list[at]);
      float x = float_of_bits(entry.x);
      if (at < candidates.count && x >= candidates.cut && x > negative_infinity())
        visit(x, static_cast<int32_t>(entry.y));
      four = {four.y, four.z, four.w, 0};
    }
  }
}

} // namespace gpu
} // namespace llmserving

#endif
