// Logprobs of raw logits: of a token, with its rank, and of the best alternatives.
//
// The sum of exponentials is of integers, so that it does not depend on the order; log and differences are in f32. A
// token's logprob and its entry among the best come from the same expression, hence the same bits.
#ifndef LLMSERVING_GPU_LOGPROBS_H
#define LLMSERVING_GPU_LOGPROBS_H

#include "llmserving/gpu/sampling_select.h"

namespace llmserving {
namespace gpu {

struct Scan {
  float own_maximum; // of this thread's share
  float maximum;
  int32_t first; // id of the first that has it
  bool finite;
};

// The greatest value of a row, and whether all are finite. Values that are no numbers count as none.
template <int THREADS> DEVICE_INLINE Scan scan_row(const float *x, int32_t n, SamplingShared<THREADS> &shared) {
  Best own = {negative_infinity(), -1};
  uint32_t bad = 0;
  for_row<THREADS>(x, n, [&](float value, int32_t id) {
    own = value > own.key ? Best{value, id} : own;
    bad |= is_finite(value) ? 0u : 1u;
  });
  bool all_finite = warp_all(bad == 0);
  if (lane_id() == 0)
    shared.partial[2][warp_id()] = all_finite ? 1u : 0u;
  Best best = block_best<THREADS>(own, shared); // its barriers stand between partial[2]'s writes and reads
  return {own.key, best.key, best.id, warp_all(lane_id() >= THREADS / 32 || shared.partial[2][lane_id()] != 0)};
}

DEVICE_INLINE void clear_tops(SampleTop *tops, int32_t from, int32_t stride, int32_t threads) {
  for (int32_t i = from + static_cast<int32_t>(thread_x()); i < stride; i += threads)
    tops[i] = {-1, not_a_number()};
}

// Writes the count best tokens of a row, best first, and fills up to the stride.
template <int THREADS>
DEVICE_INLINE void report_tops(const float *x, int32_t n, const Scan &scan, float log_sum, int32_t count,
                               SampleTop *tops, int32_t stride, SamplingShared<THREADS> &shared) {
  count = count < stride ? count : stride;
  count = count < MAX_TOPS ? count : MAX_TOPS;
  count = count < n ? count : n;
  clear_tops(tops, count > 0 ? count : 0, stride, THREADS);
  if (count <= 0)
    return;
  float cut = bound_of_kth<THREADS>(scan.own_maximum, count, shared);
  Candidates candidates = gather<THREADS>(x, n, cut, shared);
  Weighting unit = {true, scan.maximum, 0, whole_order()};
  Prefix first = prefix_of_weight<THREADS>(candidates, unit, static_cast<uint64_t>(count), shared);
  if (thread_x() == 0)
    shared.control[6] = 0;
  block_sync();
  for_candidates<THREADS>(candidates, shared, [&](float value, int32_t id) {
    if (!contains(first, value, id))
      return;
    uint32_t at = atomic_add(&shared.control[6], 1u);
    shared.top_values[at] = value;
    shared.top_ids[at] = id;
  });
  block_sync();
  int32_t own = static_cast<int32_t>(thread_x());
  if (own < count) {
    float value = shared.top_values[own];
    int32_t id = shared.top_ids[own], before = 0;
    NO_UNROLL
    for (int32_t i = 0; i < count; i++)
      before += shared.top_values[i] > value || (shared.top_values[i] == value && shared.top_ids[i] < id) ? 1 : 0;
    tops[before] = {id, add_rn(add_rn(value, -scan.maximum), -log_sum)};
  }
  block_sync();
}

// Logprob and rank of a token, and the alternatives.
template <int THREADS>
DEVICE_INLINE void report(const float *x, int32_t n, const Scan &scan, int32_t token, int32_t alternatives,
                          SampleResult *result, SampleTop *tops, int32_t stride, SamplingShared<THREADS> &shared) {
  float own = x[token];
  uint64_t mass = 0, before = 0;
  for_row<THREADS>(x, n, [&](float value, int32_t id) {
    mass += mass_of(value, scan.maximum, 1.0f);
    before += value > own || (value == own && id < token) ? 1 : 0;
  });
  mass = block_sum_u64<THREADS>(mass, shared);
  before = block_sum_u64<THREADS>(before, shared);
  float log_sum = log_positive(mul_rn(static_cast<float>(mass), 1.0f / MASS_UNIT));
  if (thread_x() == 0)
    *result = {token, 0, add_rn(add_rn(own, -scan.maximum), -log_sum), static_cast<int32_t>(before) + 1};
  report_tops<THREADS>(x, n, scan, log_sum, alternatives, tops, stride, shared);
}

// Nothing was chosen or scored.
template <int THREADS>
DEVICE_INLINE void refuse(int32_t status, SampleResult *result, SampleTop *tops, int32_t stride) {
  if (thread_x() == 0)
    *result = {-1, status, not_a_number(), 0};
  clear_tops(tops, 0, stride, THREADS);
}

template <int THREADS> DEVICE_INLINE void score(const ScoreParams &p) {
  DYN_SMEM(SamplingShared<THREADS>, shared);
  pdl_wait();
  pdl_launch();
  SampleResult *result = p.results + block_x();
  SampleTop *tops = p.tops + static_cast<int64_t>(block_x()) * p.top_stride;
  SampleTarget target = {0, -1, -1, 0};
  if (p.targets != nullptr) {
    target = p.targets[block_x()];
  } else {
    SampleJob job = p.jobs[block_x()];
    target = {job.row, result->token, p.slots[job.slot].logprobs, 0};
    if (target.token < 0 || target.top < 0)
      return; // the whole block
  }
  const float *x = p.logits + target.row * p.logits_stride;
  Scan scan = scan_row<THREADS>(x, p.vocabulary, *shared);
  if (!scan.finite || target.token < 0 || target.token >= p.vocabulary)
    refuse<THREADS>(1, result, tops, p.top_stride);
  else
    report<THREADS>(x, p.vocabulary, scan, target.token, target.top, result, tops, p.top_stride, *shared);
}

} // namespace gpu
} // namespace llmserving

#endif
