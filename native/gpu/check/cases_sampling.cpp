#include "check/cases.h"
#include "llmserving/gpu/sampling_params.h"

namespace llmserving {

using namespace gpu;

namespace {

// Logits that rise and fall over the vocabulary, so that top-p and top-k keep a small part of it.
std::vector<float> some_logits(size_t count) {
  std::vector<float> logits(count);
  for (size_t i = 0; i < count; i++)
    logits[i] = static_cast<float>(i * 2654435761u % 4096) * (16.0f / 4096);
  return logits;
}

Case sample_case(const Sizes &s, int32_t batch) {
  CaseBuilder b;
  size_t n = static_cast<size_t>(batch), vocabulary = static_cast<size_t>(s.vocabulary);
  SamplerSlot slot = {};
  slot.temperature = 0.7f;
  slot.top_p = 0.9f;
  slot.top_k = 40;
  slot.repetition = 1;
  slot.logprobs = -1;
  set_min_p(slot, 0);
  std::vector<SampleJob> jobs;
  std::vector<int32_t> order, groups = {0};
  for (int32_t i = 0; i < batch; i++) {
    jobs.push_back({i, i, 0, 7, 0, -1});
    order.push_back(i);
    groups.push_back(i + 1);
  }
  SampleParams p = {};
  p.logits = b.copy(some_logits(n * vocabulary));
  p.jobs = b.copy(jobs);
  p.order = b.copy(order);
  p.groups = b.copy(groups);
  p.slots = b.copy(std::vector<SamplerSlot>(n, slot));
  p.scratch = b.memory<float>(4 * n * vocabulary);
  p.results = b.memory<SampleResult>(sizeof(SampleResult) * n);
  p.ticket = b.copy(std::vector<uint64_t>{1});
  p.logits_stride = s.vocabulary;
  p.vocabulary = s.vocabulary;
  return b.build(std::to_string(batch) + " rows of logits, top-k and top-p",
                 sample_launch(static_cast<uint32_t>(batch), s.vocabulary), p, 8.0 * static_cast<double>(n * vocabulary));
}

Case score_case(const Sizes &s, int32_t batch) {
  CaseBuilder b;
  size_t n = static_cast<size_t>(batch), vocabulary = static_cast<size_t>(s.vocabulary);
  std::vector<SampleTarget> targets;
  for (int32_t i = 0; i < batch; i++)
    targets.push_back({i, i % s.vocabulary, 5, 0});
  ScoreParams p = {};
  p.logits = b.copy(some_logits(n * vocabulary));
  p.targets = b.copy(targets);
  p.results = b.memory<SampleResult>(sizeof(SampleResult) * n);
  p.tops = b.memory<SampleTop>(sizeof(SampleTop) * 8 * n);
  p.logits_stride = s.vocabulary;
  p.vocabulary = s.vocabulary;
  p.top_stride = 8;
  return b.build(std::to_string(batch) + " rows of logits, 5 alternatives",
                 score_launch(static_cast<uint32_t>(batch), s.vocabulary), p, 4.0 * static_cast<double>(n * vocabulary));
}

} // namespace

void add_sampling_cases(const Sizes &s, std::vector<Case> &cases) {
  for (int32_t batch : s.batches) {
    cases.push_back(sample_case(s, batch));
    cases.push_back(score_case(s, batch));
  }
  Sizes small = s;
  small.vocabulary = 8192;
  cases.push_back(sample_case(small, s.batches.back()));
  cases.push_back(score_case(small, s.batches.back()));
}

} // namespace llmserving
