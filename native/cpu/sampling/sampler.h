// From logits to tokens: slots with parameters and penalty counts, and the choice itself.
#ifndef LLMSERVING_SAMPLING_SAMPLER_H
#define LLMSERVING_SAMPLING_SAMPLER_H

#include <cstddef>
#include <cstdint>

#include "llmserving/llmserving.h"

namespace llmserving {

// The noise of a token: w = first word of Philox4x32-10(key = seed; counter = {choice, position, token id, 0}),
// v = floor(w / 2) 2^-31 + 2^-32, Gumbel = -log(-log(1 - v)), in float, with the same bits on every instruction set.
class Sampler {
public:
  virtual ~Sampler() = default;

  // Bytes of its slots and its workers' scratch memory, without what slots copy.
  virtual size_t bytes() const = 0;

  // Copies all that the slot points to. Throws Failure for token ids outside the vocabulary.
  virtual llm_status set_slot(const llm_slot &slot) = 0;

  // Chooses a token from raw logits [vocabulary], which stay unchanged. mask: null or allowed bits. top: the slot's
  // `logprobs` best tokens, best first, then entries with token -1. Workers may run jobs of different slots at once;
  // jobs of one slot are run in order by one worker. `worker` selects scratch memory.
  virtual void sample(const llm_sample_job &job, const float *logits, const uint32_t *mask, llm_sample_result *result,
                      llm_top *top, size_t top_stride, int worker) = 0;

  // Logprob, rank and best alternatives of a given token.
  virtual void score(const llm_target &target, const float *logits, llm_sample_result *result, llm_top *top,
                     size_t top_stride, int worker) = 0;
};

Sampler *create_sampler(llm_isa isa, size_t vocabulary, size_t slots, int workers);

} // namespace llmserving

#endif
