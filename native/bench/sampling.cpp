// Sampling, one thread: time per token of a vocabulary of 49,152, for logits of several spreads.
#include <cstdio>
#include <memory>

#include "bench/bench.h"
#include "sampling/sampler.h"

namespace llmserving_bench {
namespace {

using namespace llmserving;

constexpr size_t kVocabulary = 49152, kRows = 16;

// Normally distributed, nearly: the sum of twelve uniform values, by xorshift.
std::vector<float> logits_of(float deviation) {
  std::vector<float> logits(kRows * kVocabulary);
  uint32_t state = 2463534242u;
  for (float &logit : logits) {
    float sum = -6;
    for (int i = 0; i < 12; i++) {
      state ^= state << 13;
      state ^= state >> 17;
      state ^= state << 5;
      sum += static_cast<float>(state) * 0x1p-32f;
    }
    logit = sum * deviation;
  }
  return logits;
}

llm_slot slot_of(float temperature, float top_p, int32_t logprobs) {
  llm_slot slot = {};
  slot.temperature = temperature;
  slot.top_p = top_p;
  slot.repetition = 1;
  slot.logprobs = logprobs;
  slot.frequency = slot.presence = logprobs > 0 ? 0.2f : 0;
  return slot;
}

void bench_case(const Options &options, const char *name, const llm_slot &slot, const std::vector<float> &logits) {
  std::unique_ptr<Sampler> sampler(create_sampler(static_cast<llm_isa>(options.isa), kVocabulary, 1, 1));
  llm_top top[5];
  double took = best_of(options.budget, [&] {
    sampler->set_slot(slot);
    for (size_t row = 0; row < kRows; row++) {
      llm_sample_result result;
      llm_sample_job job = {0, 0, static_cast<int32_t>(row), 0, 1, -1};
      sampler->sample(job, logits.data() + row * kVocabulary, nullptr, &result, top, 5, 0);
    }
  });
  printf("  %-50s %7.1f us a token\n", name, took / static_cast<double>(kRows) * 1e6);
}

} // namespace

void bench_sampling(const Options &options) {
  for (float deviation : {1.0f, 2.0f, 3.0f}) {
    printf("sampling, logits of standard deviation %.0f, one thread\n", static_cast<double>(deviation));
    std::vector<float> logits = logits_of(deviation);
    bench_case(options, "greedy", slot_of(0, 1, -1), logits);
    bench_case(options, "temperature 0.7", slot_of(0.7f, 1, -1), logits);
    bench_case(options, "temperature 0.7, top_p 0.9", slot_of(0.7f, 0.9f, -1), logits);
    bench_case(options, "the same with penalties and 5 logprobs", slot_of(0.7f, 0.9f, 5), logits);
  }
}

} // namespace llmserving_bench
