#include "check/cases.h"
#include "llmserving/gpu/sampling_params.h"

namespace llmserving {

using namespace gpu;

namespace {

// A row of logits that rise and fall over the vocabulary, so that top-p and top-k keep a small part of it.
std::vector<float> some_logits(int32_t vocabulary) {
  std::vector<float> logits(static_cast<size_t>(vocabulary));
  for (size_t i = 0; i < logits.size(); i++)
    logits[i] = static_cast<float>(i * 2654435761u % 4096) * (16.0f / 4096);
  return logits;
}

SamplerSlot some_slot() {
  SamplerSlot slot = {};
  slot.temperature = 0.7f;
  slot.top_p = 0.9f;
  slot.top_k = 40;
  slot.repetition = 1;
  slot.logprobs = -1;
  set_min_p(slot, 0);
  return slot;
}

// One job to a slot and to a row of logits. mask: of all jobs, -1 = none.
SampleParams sample_parameters(const Sizes &s, int32_t batch, const SamplerSlot &slot, int32_t mask, CaseBuilder &b) {
  size_t n = static_cast<size_t>(batch), vocabulary = static_cast<size_t>(s.vocabulary);
  std::vector<SampleJob> jobs;
  std::vector<int32_t> order, groups = {0};
  for (int32_t i = 0; i < batch; i++) {
    jobs.push_back({i, i, 0, 7, 0, mask});
    order.push_back(i);
    groups.push_back(i + 1);
  }
  SampleParams p = {};
  p.logits = b.copy(some_logits(s.vocabulary), n);
  p.jobs = b.copy(jobs);
  p.order = b.copy(order);
  p.groups = b.copy(groups);
  p.slots = b.copy(std::vector<SamplerSlot>(n, slot));
  p.counts = b.memory<uint16_t>(2 * n * vocabulary, 0);
  p.masks = b.memory<uint32_t>((vocabulary + 31) / 32 * 4, 0xff);
  p.scratch = b.memory<float>(4 * n * vocabulary);
  p.results = b.memory<SampleResult>(sizeof(SampleResult) * n);
  p.ticket = b.copy(std::vector<uint64_t>{1});
  p.logits_stride = p.counts_stride = s.vocabulary;
  p.vocabulary = s.vocabulary;
  p.mask_words = (s.vocabulary + 31) / 32;
  return p;
}

// A job with its place in the order and its group's limits; the slot; the result.
constexpr double kJobBytes = sizeof(SampleJob) + 4 + 4 + sizeof(SamplerSlot) + sizeof(SampleResult);

// Reads the logits.
Case sample_case(const Sizes &s, int32_t batch) {
  CaseBuilder b;
  SampleParams p = sample_parameters(s, batch, some_slot(), -1, b);
  return b.build(std::to_string(batch) + " rows of logits, top-k and top-p",
                 sample_launch(static_cast<uint32_t>(batch), s.vocabulary), p, batch * (4.0 * s.vocabulary + kJobBytes));
}

// Reads the logits, counts and, the same for all, the mask; writes the adjusted logits to the scratch rows and reads these.
Case adjusted_case(const Sizes &s, int32_t batch) {
  CaseBuilder b;
  SamplerSlot slot = some_slot();
  slot.repetition = 1.1f;
  slot.counting = 1;
  SampleParams p = sample_parameters(s, batch, slot, 0, b);
  double row = (4.0 + 2 + 8) * s.vocabulary;
  return b.build(std::to_string(batch) + " rows of logits with penalties and mask, top-k and top-p",
                 sample_launch(static_cast<uint32_t>(batch), s.vocabulary), p,
                 batch * (row + kJobBytes) + 4.0 * p.mask_words);
}

// Reads the logits, writes the target's logprob and the best tokens.
Case score_case(const Sizes &s, int32_t batch) {
  CaseBuilder b;
  size_t n = static_cast<size_t>(batch);
  std::vector<SampleTarget> targets;
  for (int32_t i = 0; i < batch; i++)
    targets.push_back({i, i % s.vocabulary, 5, 0});
  ScoreParams p = {};
  p.logits = b.copy(some_logits(s.vocabulary), n);
  p.targets = b.copy(targets);
  p.results = b.memory<SampleResult>(sizeof(SampleResult) * n);
  p.tops = b.memory<SampleTop>(sizeof(SampleTop) * 8 * n);
  p.logits_stride = s.vocabulary;
  p.vocabulary = s.vocabulary;
  p.top_stride = 8;
  return b.build(std::to_string(batch) + " rows of logits, 5 alternatives",
                 score_launch(static_cast<uint32_t>(batch), s.vocabulary), p,
                 batch * (4.0 * s.vocabulary + sizeof(SampleTarget) + sizeof(SampleResult) + 8 * sizeof(SampleTop)));
}

} // namespace

void add_sampling_cases(const Sizes &s, std::vector<Case> &cases) {
  Sizes small = s, large = s; // one kernel up to 8192 tokens, another above
  small.vocabulary = 8192;
  large.vocabulary = s.vocabulary > 8192 ? s.vocabulary : 16384;
  for (int32_t batch : s.batches) {
    cases.push_back(sample_case(large, batch));
    cases.push_back(adjusted_case(large, batch));
    cases.push_back(score_case(large, batch));
  }
  cases.push_back(sample_case(small, s.batches.back()));
  cases.push_back(adjusted_case(small, s.batches.back()));
  cases.push_back(score_case(small, s.batches.back()));
}

} // namespace llmserving
