#include "sampling/sampler.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "sampling/choice.h"
#include "sampling/penalties.h"

namespace llmserving {
namespace {

struct Slot {
  SamplingParameters parameters = {0, 1, 0, 0, 0};
  int32_t logprobs = -1;
  Penalties penalties;
};

struct Scratch {
  Scratch(const SamplingKernel &kernel, size_t vocabulary) : logits(vocabulary), selection(kernel, vocabulary) {}
  Untouched<float> logits;
  Selection selection;
};

// log softmax of raw logits. A token's logprob and its entry among the best come from the same expression.
struct LogSoftmax {
  double log_sum;
  float operator()(float logit) const { return static_cast<float>(static_cast<double>(logit) - log_sum); }
};

class SlotSampler final : public Sampler {
public:
  SlotSampler(llm_isa isa, size_t vocabulary, size_t slots, int workers)
      : kernel_(sampling_kernel(isa)), vocabulary_(vocabulary), slots_(slots) {
    for (int i = 0; i < workers; i++)
      scratch_.emplace_back(kernel_, vocabulary);
  }

  size_t bytes() const override {
    size_t total = slots_.size() * sizeof(Slot);
    for (const Scratch &scratch : scratch_)
      total += vocabulary_ * sizeof(float) + scratch.selection.bytes();
    return total;
  }

  llm_status set_slot(const llm_slot &slot) override {
    Slot &target = slots_.at(static_cast<size_t>(slot.slot));
    target.penalties.set(slot, vocabulary_);
    target.parameters = {slot.temperature, slot.top_p, slot.min_p, slot.top_k, slot.seed};
    target.logprobs = slot.logprobs;
    return LLM_OK;
  }

  void sample(const llm_sample_job &job, const float *logits, const uint32_t *mask, llm_sample_result *result,
              llm_top *top, size_t top_stride, int worker) override {
    Slot &slot = slots_[static_cast<size_t>(job.slot)];
    Scratch &scratch = scratch_[static_cast<size_t>(worker)];
    bool penalized = slot.penalties.active(job.position), finite;
    float *own = scratch.logits.data();
    float *copy = penalized && mask == nullptr ? own : nullptr; // a mask makes one by itself
    float raw_maximum = kernel_.scan(logits, vocabulary_, &finite, copy), maximum = raw_maximum;
    if (!finite)
      return refuse(1, result, top, top_stride);
    const float *x = logits;
    if (mask != nullptr || penalized) {
      if (mask != nullptr)
        kernel_.mask(logits, vocabulary_, mask, own);
      slot.penalties.apply(own, job.position);
      x = own;
      maximum = kernel_.scan(x, vocabulary_, &finite, nullptr);
      if (maximum == -INFINITY)
        return refuse(2, result, top, top_stride);
    }
    int32_t token = choose_token(kernel_, slot.parameters, x, vocabulary_, maximum, job, scratch.selection);
    if (job.commit != 0)
      slot.penalties.commit(token);
    *result = {token, 0, NAN, 0};
    if (slot.logprobs >= 0)
      report(logits, raw_maximum, token, slot.logprobs, result, top, top_stride, scratch);
    else
      std::fill(top, top + top_stride, llm_top{-1, NAN});
  }

  void score(const llm_target &target, const float *logits, llm_sample_result *result, llm_top *top, size_t top_stride,
             int worker) override {
    bool finite;
    float maximum = kernel_.scan(logits, vocabulary_, &finite, nullptr);
    if (!finite || target.token < 0 || static_cast<size_t>(target.token) >= vocabulary_)
      return refuse(1, result, top, top_stride);
    *result = {target.token, 0, NAN, 0};
    report(logits, maximum, target.token, target.top, result, top, top_stride, scratch_[static_cast<size_t>(worker)]);
  }

private:
  static void refuse(int32_t status, llm_sample_result *result, llm_top *top, size_t top_stride) {
    *result = {-1, status, NAN, 0};
    std::fill(top, top + top_stride, llm_top{-1, NAN});
  }

  void report(const float *logits, float maximum, int32_t token, int32_t alternatives, llm_sample_result *result,
              llm_top *top, size_t top_stride, Scratch &scratch) {
    LogSoftmax logprob = {maximum + std::log(kernel_.exp_sum(logits, vocabulary_, maximum, 1))};
    result->logprob = logprob(logits[token]);
    size_t before = vocabulary_, wanted = std::min(top_stride, static_cast<size_t>(std::max(alternatives, 0))), filled = 0;
    if (wanted > 0) {
      Selection &best = scratch.selection;
      best.take_top(logits, wanted, -INFINITY);
      best.sort();
      for (; filled < best.size(); filled++) {
        top[filled] = {best.ids()[filled], logprob(best.values()[filled])};
        before = best.ids()[filled] == token ? filled : before;
      }
    }
    if (before == vocabulary_)
      before = kernel_.before(logits, vocabulary_, static_cast<size_t>(token));
    result->rank = static_cast<int32_t>(before) + 1;
    std::fill(top + filled, top + top_stride, llm_top{-1, NAN});
  }

  const SamplingKernel &kernel_;
  const size_t vocabulary_;
  std::vector<Slot> slots_;
  std::vector<Scratch> scratch_;
};

} // namespace

Sampler *create_sampler(llm_isa isa, size_t vocabulary, size_t slots, int workers) {
  return new SlotSampler(isa, vocabulary, slots, workers);
}

} // namespace llmserving
