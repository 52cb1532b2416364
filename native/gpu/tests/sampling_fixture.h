// Sampling jobs with their slots, run on the emulated device and by the CPU's sampler.
#ifndef LLMSERVING_GPU_TESTS_SAMPLING_FIXTURE_H
#define LLMSERVING_GPU_TESTS_SAMPLING_FIXTURE_H

#include <cmath>
#include <cstddef>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include "check.h"
#include "harness.h"
#include "llmserving/gpu/sampling_params.h"
#include "sampling/sampler.h"

namespace llmserving {
namespace gputest {

static_assert(sizeof(gpu::SampleJob) == sizeof(llm_sample_job) &&
                  sizeof(gpu::SampleResult) == sizeof(llm_sample_result) &&
                  sizeof(gpu::SampleTarget) == sizeof(llm_target) && sizeof(gpu::SampleTop) == sizeof(llm_top) &&
                  offsetof(gpu::SampleJob, mask) == offsetof(llm_sample_job, mask) &&
                  offsetof(gpu::SampleResult, rank) == offsetof(llm_sample_result, rank),
              "jobs and results are the ABI's");

// What a slot is set from; the pointers of `parameters` are filled in when it is used.
struct SlotSetting {
  llm_slot parameters = {0, -1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, nullptr, nullptr, nullptr, nullptr, nullptr};
  std::vector<int32_t> suppressed, bias_ids, prompt, output;
  std::vector<float> bias;

  bool counting() const { return parameters.repetition != 1 || parameters.frequency != 0 || parameters.presence != 0; }
};

struct SamplingBatch {
  int32_t vocabulary;
  std::vector<std::vector<float>> logits;   // rows
  std::vector<std::vector<uint32_t>> masks; // of vocabulary bits
  std::vector<SlotSetting> slots;
  std::vector<gpu::SampleJob> jobs; // those of one slot in their order
  int32_t top_stride = 0;
};

struct SamplingOutcome {
  std::vector<llm_sample_result> results;
  std::vector<llm_top> tops;
  std::vector<uint16_t> counts; // of the device
  std::vector<int32_t> ring;
};

// Strides are multiples of 8 elements.
inline int64_t padded(int32_t vocabulary) { return (vocabulary + 7) / 8 * 8; }

inline SamplingOutcome on_cpu(const SamplingBatch &batch) {
  size_t stride = static_cast<size_t>(batch.top_stride);
  std::unique_ptr<Sampler> sampler(
      create_sampler(LLM_ISA_SCALAR, static_cast<size_t>(batch.vocabulary), batch.slots.size(), 1));
  for (size_t i = 0; i < batch.slots.size(); i++) {
    const SlotSetting &setting = batch.slots[i];
    llm_slot slot = setting.parameters;
    slot.slot = static_cast<int32_t>(i);
    slot.suppressed_count = static_cast<int32_t>(setting.suppressed.size());
    slot.suppressed = setting.suppressed.data();
    slot.bias_count = static_cast<int32_t>(setting.bias.size());
    slot.bias_ids = setting.bias_ids.data();
    slot.bias = setting.bias.data();
    slot.prompt_count = static_cast<int32_t>(setting.prompt.size());
    slot.prompt = setting.prompt.data();
    slot.output_count = static_cast<int32_t>(setting.output.size());
    slot.output = setting.output.data();
    sampler->set_slot(slot);
  }
  SamplingOutcome outcome;
  outcome.results.resize(batch.jobs.size());
  outcome.tops.resize(batch.jobs.size() * stride + 1);
  for (size_t i = 0; i < batch.jobs.size(); i++) {
    llm_sample_job job;
    memcpy(&job, &batch.jobs[i], sizeof(job));
    const uint32_t *mask = job.mask < 0 ? nullptr : batch.masks[static_cast<size_t>(job.mask)].data();
    sampler->sample(job, batch.logits[static_cast<size_t>(job.row)].data(), mask, &outcome.results[i],
                    &outcome.tops[i * stride], stride, 0);
  }
  return outcome;
}

// A slot's counts as the device keeps them.
inline std::vector<uint16_t> counts_of(const SlotSetting &setting, int32_t vocabulary) {
  std::vector<uint16_t> counts(static_cast<size_t>(padded(vocabulary)), 0);
  if (setting.parameters.repetition != 1)
    for (int32_t token : setting.prompt)
      counts[static_cast<size_t>(token)] |= gpu::COUNT_IN_PROMPT;
  for (int32_t token : setting.output)
    counts[static_cast<size_t>(token)]++;
  return counts;
}

// Device memory of a batch. Rows are padded with NaNs, which nobody may look at.
class DeviceBatch {
public:
  explicit DeviceBatch(const SamplingBatch &batch)
      : batch_(batch), stride_(padded(batch.vocabulary)), logits_(flat_logits()), masks_(flat_masks()),
        counts_(flat_counts()), slots_(device_slots()), jobs_(batch.jobs) {}

  // groups: the jobs of each block.
  SamplingOutcome sample(const std::vector<std::vector<int32_t>> &groups) {
    constexpr int32_t RING_STEPS = 4;
    size_t count = batch_.jobs.size(), stride = static_cast<size_t>(batch_.top_stride);
    std::vector<int32_t> order, starts = {0};
    for (const std::vector<int32_t> &group : groups) {
      order.insert(order.end(), group.begin(), group.end());
      starts.push_back(static_cast<int32_t>(order.size()));
    }
    Array<int32_t> device_order(order), device_starts(starts);
    Array<int32_t> ring(std::vector<int32_t>(count * RING_STEPS, -7));
    Array<uint64_t> ticket(std::vector<uint64_t>{4 * 1000000007ull + 2});
    Array<float> scratch(groups.size() * static_cast<size_t>(stride_));
    Array<gpu::SampleResult> results(count);
    Array<gpu::SampleTop> tops(count * stride + 1);
    gpu::SampleParams params = {};
    params.logits = logits_.data();
    params.jobs = jobs_.data();
    params.order = device_order.data();
    params.groups = device_starts.data();
    params.slots = slots_.data();
    params.counts = counts_.data();
    params.masks = masks_.data();
    params.scratch = scratch.data();
    params.results = results.data();
    params.tops = tops.data();
    params.ring = ring.data();
    params.ticket = ticket.data();
    params.logits_stride = params.counts_stride = stride_;
    params.vocabulary = batch_.vocabulary;
    params.mask_words = (batch_.vocabulary + 31) / 32;
    params.top_stride = batch_.top_stride;
    params.ring_steps = RING_STEPS;
    params.ring_jobs = static_cast<int32_t>(count);
    run(gpu::sample_launch(static_cast<uint32_t>(groups.size()), batch_.vocabulary), params);
    gpu::ScoreParams score = {logits_.data(), nullptr, jobs_.data(),      slots_.data(),    results.data(),
                              tops.data(),    stride_, batch_.vocabulary, batch_.top_stride};
    run(gpu::score_launch(static_cast<uint32_t>(count), batch_.vocabulary), score);
    return outcome_of(results, tops, ring);
  }

private:
  SamplingOutcome outcome_of(const Array<gpu::SampleResult> &results, const Array<gpu::SampleTop> &tops,
                             const Array<int32_t> &ring) {
    SamplingOutcome outcome;
    std::vector<gpu::SampleResult> chosen = results.read();
    outcome.results.resize(chosen.size());
    memcpy(outcome.results.data(), chosen.data(), chosen.size() * sizeof(llm_sample_result));
    outcome.tops.resize(tops.size());
    memcpy(outcome.tops.data(), tops.data(), (tops.size() - 1) * sizeof(llm_top));
    outcome.counts = counts_.read();
    std::vector<int32_t> steps = ring.read();
    for (size_t i = 0; i < steps.size(); i++) {
      bool own = i / chosen.size() == 2;
      CHECK(own || steps[i] == -7, "the ring's other steps stay as they are");
      if (own)
        outcome.ring.push_back(steps[i]);
    }
    return outcome;
  }

  std::vector<float> flat_logits() const {
    std::vector<float> all;
    for (const std::vector<float> &row : batch_.logits) {
      all.insert(all.end(), row.begin(), row.end());
      all.resize((all.size() + static_cast<size_t>(stride_) - 1) / static_cast<size_t>(stride_) *
                     static_cast<size_t>(stride_),
                 NAN);
    }
    return all;
  }
  std::vector<uint32_t> flat_masks() const {
    std::vector<uint32_t> all;
    for (const std::vector<uint32_t> &mask : batch_.masks)
      all.insert(all.end(), mask.begin(), mask.end());
    all.push_back(0);
    return all;
  }
  std::vector<uint16_t> flat_counts() const {
    std::vector<uint16_t> all;
    for (const SlotSetting &slot : batch_.slots) {
      std::vector<uint16_t> counts = counts_of(slot, batch_.vocabulary);
      all.insert(all.end(), counts.begin(), counts.end());
    }
    return all;
  }
  template <class T> const T *kept(const std::vector<T> &values) {
    if (values.empty())
      return nullptr;
    lists_.push_back(std::make_unique<Memory>(values.data(), values.size() * sizeof(T)));
    return static_cast<const T *>(lists_.back()->data());
  }
  std::vector<gpu::SamplerSlot> device_slots() {
    std::vector<gpu::SamplerSlot> all;
    for (const SlotSetting &setting : batch_.slots) {
      const llm_slot &from = setting.parameters;
      gpu::SamplerSlot slot = {};
      slot.temperature = from.temperature;
      slot.top_p = from.top_p;
      gpu::set_min_p(slot, from.min_p);
      slot.top_k = from.top_k;
      slot.repetition = from.repetition;
      slot.frequency = from.frequency;
      slot.presence = from.presence;
      slot.min_tokens = from.min_tokens;
      slot.logprobs = from.logprobs;
      slot.seed_low = static_cast<uint32_t>(from.seed);
      slot.seed_high = static_cast<uint32_t>(from.seed >> 32);
      slot.suppressed_count = static_cast<int32_t>(setting.suppressed.size());
      slot.bias_count = static_cast<int32_t>(setting.bias.size());
      slot.counting = setting.counting();
      slot.suppressed = kept(setting.suppressed);
      slot.bias_ids = kept(setting.bias_ids);
      slot.bias = kept(setting.bias);
      all.push_back(slot);
    }
    return all;
  }

  const SamplingBatch &batch_;
  int64_t stride_;
  std::vector<std::unique_ptr<Memory>> lists_;
  Array<float> logits_;
  Array<uint32_t> masks_;
  Array<uint16_t> counts_;
  Array<gpu::SamplerSlot> slots_;
  Array<gpu::SampleJob> jobs_;
};

// One group per slot, with its jobs in order.
inline std::vector<std::vector<int32_t>> groups_by_slot(const SamplingBatch &batch) {
  std::map<int32_t, std::vector<int32_t>> by_slot;
  for (size_t i = 0; i < batch.jobs.size(); i++)
    by_slot[batch.jobs[i].slot].push_back(static_cast<int32_t>(i));
  std::vector<std::vector<int32_t>> groups;
  for (auto &entry : by_slot)
    groups.push_back(entry.second);
  return groups;
}

// Tokens, statuses and ranks are equal; logprobs are within f32 rounding of the CPU's, which are rounded from doubles.
inline void check_same(const SamplingBatch &batch, const SamplingOutcome &gpu, const SamplingOutcome &cpu,
                       const char *what) {
  auto near = [](float a, float b) {
    return (std::isnan(a) && std::isnan(b)) || std::fabs(a - b) <= 1e-6f + 4e-7f * std::fabs(b);
  };
  size_t stride = static_cast<size_t>(batch.top_stride);
  for (size_t i = 0; i < batch.jobs.size(); i++) {
    const llm_sample_result &own = gpu.results[i], &wanted = cpu.results[i];
    CHECK(own.token == wanted.token && own.status == wanted.status && own.rank == wanted.rank,
          "%s: job %zu: token %d status %d rank %d for %d %d %d", what, i, own.token, own.status, own.rank,
          wanted.token, wanted.status, wanted.rank);
    CHECK(near(own.logprob, wanted.logprob), "%s: job %zu: logprob %g for %g", what, i,
          static_cast<double>(own.logprob), static_cast<double>(wanted.logprob));
    CHECK(gpu.ring[i] == wanted.token, "%s: job %zu: %d in the ring", what, i, gpu.ring[i]);
    for (size_t t = 0; t < stride; t++) {
      const llm_top &top = gpu.tops[i * stride + t], &expected = cpu.tops[i * stride + t];
      CHECK(top.token == expected.token && near(top.logprob, expected.logprob), "%s: job %zu: alternative %zu", what, i,
            t);
      CHECK(top.token != own.token || top.token < 0 || memcmp(&top.logprob, &own.logprob, 4) == 0,
            "%s: job %zu: the same token has two logprobs", what, i);
    }
  }
}

} // namespace gputest
} // namespace llmserving

#endif
