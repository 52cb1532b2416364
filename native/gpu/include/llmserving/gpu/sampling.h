// From logits to tokens. The specification is the CPU's sampler (llm_slot in the ABI; cpu/sampling): bias, suppressed
// ids, penalties, temperature, min_p, top_k, top_p, then argmax of logit / temperature + Gumbel noise, ties to the
// lowest id.
//
// Promise: for equal logits the token is the CPU's. Adjusted logits, noise, keys and each token's mass are the CPU's
// bits; counts are exact. Two things may differ in the last place and then move the border of the kept set by a token:
// masses are summed here as integers of 2^-44 (the CPU sums floats and doubles), and min_p's cut is rounded once more.
// Sums, and with them tokens, do not depend on the number of threads, on other jobs, or on scheduling.
#ifndef LLMSERVING_GPU_SAMPLING_H
#define LLMSERVING_GPU_SAMPLING_H

#include "llmserving/gpu/logprobs.h"
#include "llmserving/gpu/penalties.h"
#include "llmserving/gpu/sampling_adjust.h"

namespace llmserving {
namespace gpu {

constexpr float GREEDY_BELOW = 1e-5f;

// maximum + temperature * log(min_p), rounded once from a sum of three floats; at most the maximum.
DEVICE_INLINE float min_p_cut(const SamplerSlot &slot, float maximum) {
  float sum = add_rn(maximum, slot.min_p_high), part = add_rn(sum, -maximum);
  float lost = add_rn(add_rn(maximum, -add_rn(sum, -part)), add_rn(slot.min_p_high, -part));
  float cut = add_rn(sum, add_rn(lost, slot.min_p_low));
  return cut < maximum ? cut : maximum;
}

// ceil(p * total), at least 1. p below 2^-8 is rounded to a multiple of 2^-32.
DEVICE_INLINE uint64_t part_of(float p, uint64_t total) {
  uint64_t factor = p > 0 ? static_cast<uint64_t>(mul_rn(p, 4294967296.0f)) : 0;
  uint64_t high = (total >> 32) * factor, low = (total & 0xffffffffu) * factor;
  uint64_t part = high + (low >> 32) + ((low & 0xffffffffu) != 0 ? 1 : 0);
  return part > 0 ? part : 1;
}

// Tokens below it have, all together, less than (1 - p) of the total: the prefix of mass p ends above. The margins
// exceed all rounding.
DEVICE_INLINE float mass_cut(float p, uint64_t total, float maximum, float temperature, int32_t vocabulary) {
  float sum = mul_rn(static_cast<float>(total), 1.0f / MASS_UNIT);
  float rest = mul_rn(mul_rn(add_rn(1.0f, -(p > 0 ? p : 0.0f)), sum), 1.0f / static_cast<float>(vocabulary));
  float margin = 1e-3f + 1e-6f * (maximum < 0 ? -maximum : maximum) + 1e-5f * temperature;
  return maximum + temperature * (log_positive(rest) - 1e-3f) - margin;
}

// argmax of x * inverse temperature + noise over the prefix. A token is left out where a bound shows that it cannot
// win: first without noise, then with the noise's bound -log(v) >= Gumbel(v), of which the exponent is enough.
template <int THREADS>
DEVICE_INLINE int32_t noisy_best(const Candidates &candidates, const Prefix &prefix, float inverse, float maximum,
                                 const NoiseKey &noise, SamplingShared<THREADS> &shared) {
  constexpr float GREATEST = 22.3f, LEAST = -2.9f; // of the noise: -log 2^-32 and -log(24 log 2)
  float top = mul_rn(maximum, inverse), margin = 1e-3f + 1e-6f * (top < 0 ? -top : top), floor = top + LEAST - margin;
  Best best = {negative_infinity(), -1};
  for_candidates<THREADS>(candidates, shared, [&](float x, int32_t id) {
    float scaled = mul_rn(x, inverse);
    if (scaled + GREATEST < floor || !contains(prefix, x, id))
      return;
    float v = uniform_of(noise_word(noise, id));
    float bound = static_cast<float>(127 - static_cast<int32_t>(bits_of_float(v) >> 23)) * 0.69314718f;
    if (scaled + bound < floor)
      return;
    Best other = {add_rn(scaled, gumbel_of(v)), id};
    best = better(best, other);
    floor = best.key - margin > floor ? best.key - margin : floor;
  });
  return block_best<THREADS>(best, shared).id;
}

// Gathers the values from a cut on. With `search`, `total` receives the mass of the whole row and the cut is found here
// so that the values from it on hold the prefix of mass top_p: first by mass_cut; then, until they fit into shared
// memory, by halving what lies between it and the maximum: where values from a point on reach the mass, the prefix ends
// there or above. A pass over the row is cheaper than selection from it.
template <int THREADS>
DEVICE_INLINE Candidates gather_prefix(const SamplerSlot &slot, const float *x, int32_t n, float cut,
                                       const Weighting &mass, bool search, uint64_t &total,
                                       SamplingShared<THREADS> &shared) {
  float at = cut, above = mass.maximum;
  Candidates candidates = {x, cut, n, n, false};
  uint64_t wanted = 0;
  NO_UNROLL
  for (int tries = search ? 0 : 1; tries < 12; tries++) {
    if (tries > 0)
      candidates = gather<THREADS>(x, n, at, shared);
    if (!search)
      return candidates;
    uint64_t reached = weight_of_all<THREADS>(candidates, mass, shared);
    if (tries == 0) {
      total = reached;
      wanted = part_of(slot.top_p, reached);
      cut = at = mass_cut(slot.top_p, reached, mass.maximum, slot.temperature, n);
      continue;
    }
    if (reached >= wanted && candidates.gathered)
      return candidates;
    if (reached >= wanted)
      cut = at;
    else
      above = at;
    at = 0.5f * cut + 0.5f * above;
  }
  return {x, cut, n, n, false};
}

// x: adjusted logits with a maximum above -infinity.
template <int THREADS>
DEVICE_INLINE int32_t choose_token(const SamplerSlot &slot, const float *x, int32_t n, const Scan &scan,
                                   const SampleJob &job, SamplingShared<THREADS> &shared) {
  if (!(slot.temperature >= GREEDY_BELOW))
    return scan.first;
  float inverse = div_rn(1.0f, slot.temperature);
  bool min_p = slot.min_p_high > negative_infinity(), top_k = slot.top_k > 0 && slot.top_k < n, top_p = slot.top_p < 1;
  float cut = min_p ? min_p_cut(slot, scan.maximum) : negative_infinity();
  Weighting mass = {false, scan.maximum, inverse, whole_order()};
  Candidates candidates = {x, cut, n, n, false};
  uint64_t total = 0;
  if (top_k) {
    float bound = bound_of_kth<THREADS>(scan.own_maximum, slot.top_k, shared);
    cut = bound > cut ? bound : cut;
  }
  if (top_k || top_p)
    candidates = gather_prefix<THREADS>(slot, x, n, cut, mass, !top_k && !min_p, total, shared);
  NO_UNROLL
  for (int by_mass = top_k ? 0 : 1; by_mass < (top_p ? 2 : 1); by_mass++) {
    mass.unit = by_mass == 0;
    if (by_mass != 0 && total == 0)
      total = weight_of_all<THREADS>(candidates, mass, shared);
    uint64_t all = by_mass == 0 ? static_cast<uint64_t>(candidates.matching) : total;
    uint64_t wanted = by_mass == 0 ? static_cast<uint64_t>(slot.top_k) : part_of(slot.top_p, total);
    if (wanted < all)
      mass.within = prefix_of_weight<THREADS>(candidates, mass, wanted, shared);
  }
  NoiseKey noise = {slot.seed_low, slot.seed_high, static_cast<uint32_t>(job.choice),
                    static_cast<uint32_t>(job.position)};
  return noisy_best<THREADS>(candidates, mass.within, inverse, scan.maximum, noise, shared);
}

// Whether a job's logits differ from the raw ones; if so, writes them to its group's scratch row.
template <int THREADS>
DEVICE_INLINE bool adjust_row(const SampleParams &p, const SampleJob &job, const SamplerSlot &slot, const float *raw,
                              float *target) {
  const uint32_t *mask = job.mask < 0 ? nullptr : p.masks + static_cast<int64_t>(job.mask) * p.mask_words;
  const uint16_t *counts = slot.counting == 0 ? nullptr : p.counts + job.slot * p.counts_stride;
  bool suppress = job.position < slot.min_tokens && slot.suppressed_count > 0;
  if (mask == nullptr && counts == nullptr && !suppress && slot.bias_count == 0)
    return false;
  adjust<THREADS>({raw, mask, counts, &slot}, p.vocabulary, suppress, target);
  return true;
}

// Token and status of a job; the token is counted where it is to be.
struct Chosen {
  int32_t token, status;
};

template <int THREADS>
DEVICE_INLINE Chosen run_job(const SampleParams &p, int32_t index, SamplingShared<THREADS> &shared) {
  SampleJob job = p.jobs[index];
  const SamplerSlot &slot = p.slots[job.slot];
  const float *x = p.logits + job.row * p.logits_stride;
  float *target = p.scratch + static_cast<int64_t>(block_x()) * p.logits_stride;
  Scan scan = {};
  NO_UNROLL
  for (int adjusted = 0; adjusted < 2; adjusted++) {
    scan = scan_row<THREADS>(x, p.vocabulary, shared);
    if (adjusted != 0)
      break;
    if (!scan.finite)
      return {-1, 1};
    if (!adjust_row<THREADS>(p, job, slot, x, target))
      break;
    x = target;
  }
  if (scan.maximum == negative_infinity())
    return {-1, 2};
  int32_t token = choose_token<THREADS>(slot, x, p.vocabulary, scan, job, shared);
  if (job.commit != 0 && slot.counting != 0 && thread_x() == 0) {
    uint16_t *count = p.counts + job.slot * p.counts_stride + token;
    *count = added_count(*count, 1);
  }
  return {token, 0};
}

template <int THREADS> DEVICE_INLINE void sample(const SampleParams &p) {
  DYN_SMEM(SamplingShared<THREADS>, shared);
  pdl_wait();
  pdl_launch();
  int32_t end = p.groups[block_x() + 1];
  for (int32_t i = p.groups[block_x()]; i < end; i++) {
    int32_t index = p.order[i];
    Chosen chosen = run_job<THREADS>(p, index, *shared);
    if (thread_x() == 0) {
      p.results[index] = {chosen.token, chosen.status, not_a_number(), 0};
      if (p.ring != nullptr)
        p.ring[static_cast<int64_t>(*p.ticket % static_cast<uint32_t>(p.ring_steps)) * p.ring_jobs + index] =
            chosen.token;
    }
    clear_tops(p.tops + static_cast<int64_t>(index) * p.top_stride, 0, p.top_stride, THREADS);
    block_sync(); // the next job may read the counts and reuses the scratch row
  }
}

} // namespace gpu
} // namespace llmserving

#endif
