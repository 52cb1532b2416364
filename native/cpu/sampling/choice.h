// The choice of a token from logits that bias and penalties have been applied to.
#ifndef LLMSERVING_SAMPLING_CHOICE_H
#define LLMSERVING_SAMPLING_CHOICE_H

#include "sampling/selection.h"

namespace llmserving {

struct SamplingParameters {
  float temperature;
  float top_p;
  float min_p;
  int32_t top_k;
  uint64_t seed;
};

// Reduces x [vocabulary] to what min_p, top_k and top_p leave, in this order, and chooses. maximum: the greatest value,
// above -infinity.
int32_t choose_token(const SamplingKernel &kernel, const SamplingParameters &parameters, const float *x,
                     size_t vocabulary, float maximum, const llm_sample_job &job, Selection &selection);

} // namespace llmserving

#endif
