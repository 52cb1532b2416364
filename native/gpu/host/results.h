// What a step brings back: one download of tokens, logprobs and alternatives, and rows of logits or hidden states where
// they are asked for.
#ifndef LLMSERVING_GPU_HOST_RESULTS_H
#define LLMSERVING_GPU_HOST_RESULTS_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "host/sample_plan.h"
#include "llmserving/llmserving.h"

namespace llmserving {

// Offsets in a step's results. The first `sampled` bytes are one piece of device memory; rows follow in the host's copy
// alone, one after the other.
struct ResultLayout {
  size_t jobs, job_tops, targets, target_tops, sampled;
  std::vector<size_t> rows; // of each output
  size_t bytes;

  void lay_out(const llm_step &step, size_t hidden_bytes, size_t logits_bytes);
  // Copies to where the step wants its results. hidden: the type and width of hidden states.
  void hand_out(const llm_step &step, const std::vector<int32_t> &target_order, const uint8_t *base, size_t hidden_width,
                size_t vocabulary) const;
};

} // namespace llmserving

#endif
