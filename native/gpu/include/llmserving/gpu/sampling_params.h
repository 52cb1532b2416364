// What the sampler works on: slots, jobs, results. Jobs, results and alternatives are laid out as the ABI's
// llm_sample_job, llm_sample_result, llm_target and llm_top.
#ifndef LLMSERVING_GPU_SAMPLING_PARAMS_H
#define LLMSERVING_GPU_SAMPLING_PARAMS_H

#include <math.h>

#include "llmserving/gpu/platform.h"

namespace llmserving {
namespace gpu {

struct SampleJob {
  int32_t row; // of the logits
  int32_t slot;
  int32_t choice;
  int32_t position; // of the token to choose in the output
  int32_t commit;   // 1 = count the chosen token
  int32_t mask;     // -1 = none
};

struct SampleResult {
  int32_t token;
  int32_t status; // 0 = fine, 1 = a logit was not finite, 2 = everything was masked
  float logprob;  // NaN where none was asked for
  int32_t rank;   // from 1; 0 where none was asked for
};

struct SampleTarget {
  int32_t row;
  int32_t token;
  int32_t top; // alternatives to report
  int32_t reserved;
};

struct SampleTop {
  int32_t token; // -1 = unused entry
  float logprob;
};

// Parameters of a slot, as they lie in device memory. Lists hold each id once.
struct SamplerSlot {
  float temperature; // below 1e-5: argmax, no noise
  float top_p;       // 1 = off
  float min_p_high;  // temperature * log(min_p) as a sum of two floats; -infinity and 0 = off: min_p_offset
  float min_p_low;
  int32_t top_k;    // 0 or less = off
  float repetition; // 1 = off
  float frequency;  // 0 = off
  float presence;   // 0 = off
  int32_t min_tokens;
  int32_t logprobs; // alternatives to report, -1 = no logprobs at all
  uint32_t seed_low;
  uint32_t seed_high;
  int32_t suppressed_count;
  int32_t bias_count;
  int32_t counting; // 1 = a penalty is on: the slot's counts are read and kept
  int32_t reserved;
  const int32_t *suppressed; // [suppressed_count] ids
  const int32_t *bias_ids;   // [bias_count]
  const float *bias;         // [bias_count], within -100..100
};

// Fills the two floats that stand for temperature * log(min_p) (host only).
inline void set_min_p(SamplerSlot &slot, float min_p) {
  slot.min_p_high = -INFINITY;
  slot.min_p_low = 0;
  if (!(min_p > 0) || slot.temperature < 1e-5f)
    return;
  double offset = static_cast<double>(slot.temperature) * log(static_cast<double>(min_p));
  slot.min_p_high = static_cast<float>(offset);
  slot.min_p_low = static_cast<float>(offset - static_cast<double>(slot.min_p_high));
}

// Penalty counts of a slot: per token the times it occurs in the output, saturating, and whether it occurs in the
// prompt (set only where the repetition penalty is on).
constexpr uint32_t COUNT_MASK = 0x7fffu, COUNT_IN_PROMPT = 0x8000u;

// Alternatives that can be reported of one distribution.
constexpr int MAX_TOPS = 128;

// Memory: all arrays in device memory. Strides are multiples of 8 elements, bases 16-byte aligned.
struct SampleParams {
  const float *logits;      // [rows][logits_stride], raw; unchanged
  const SampleJob *jobs;    // [jobs]
  const int32_t *order;     // [jobs] jobs, grouped: those of one slot follow each other in their order
  const int32_t *groups;    // [groups + 1] where each group starts in order; a group may be empty
  const SamplerSlot *slots; // [slots]
  uint16_t *counts;         // [slots][counts_stride]; null where no slot is counting
  const uint32_t *masks;    // [masks][mask_words], bit set = allowed
  float *scratch;           // [groups][logits_stride]
  SampleResult *results;    // [jobs], without logprobs, which `score` adds
  SampleTop *tops;          // [jobs][top_stride], all made unused entries; may be null where top_stride is 0
  int32_t *ring;            // [ring_steps][ring_jobs] sampled tokens, by job (resolve_tokens); null = not kept
  const uint64_t *ticket;   // [1] of this step
  int64_t logits_stride;
  int64_t counts_stride;
  int32_t vocabulary;
  int32_t mask_words;
  int32_t top_stride;
  int32_t ring_steps;
  int32_t ring_jobs;
  int32_t reserved;
};

// Logprobs, ranks and alternatives: of given targets, or of what `sample` chose just before for the jobs.
struct ScoreParams {
  const float *logits;         // [rows][logits_stride], raw
  const SampleTarget *targets; // [count]; null: jobs
  const SampleJob *jobs;       // [count], with their slots: those whose slot asks for logprobs get them
  const SamplerSlot *slots;
  SampleResult *results; // [count]; of a target status 1 where a logit is not finite or the token is none
  SampleTop *tops;       // [count][top_stride], best first, then entries {-1, NaN}
  int64_t logits_stride;
  int32_t vocabulary;
  int32_t top_stride;
};

// Threads of a sampling block by the size of the vocabulary.
inline uint32_t sampling_threads(int32_t vocabulary) { return vocabulary <= 8192 ? 256 : 1024; }

// Shared memory of the sampling kernels: bins (2 * 256 words), partial results (3 * 32), alternatives (2 * 128),
// control (8) and a list of candidates (2 * 8 per thread); sampling_block.h lays it out.
LLM_HOST_DEVICE constexpr uint32_t sampling_smem(uint32_t threads) {
  return 4 * (512 + 96 + 2 * MAX_TOPS + 8 + 16 * threads);
}

// One block per group. jobs of one slot must be in one group where one commits and a later one reads its counts.
inline Launch sample_launch(uint32_t groups, int32_t vocabulary) {
  uint32_t threads = sampling_threads(vocabulary);
  return {threads == 256 ? "sample_256" : "sample_1024", groups, 1, 1, threads, sampling_smem(threads)};
}

// One block per target or job.
inline Launch score_launch(uint32_t count, int32_t vocabulary) {
  uint32_t threads = sampling_threads(vocabulary);
  return {threads == 256 ? "score_256" : "score_1024", count, 1, 1, threads, sampling_smem(threads)};
}

} // namespace gpu
} // namespace llmserving

#endif
