// Verification of drafted chains. The target model sampled one token after each drafted prefix; a draft is accepted
// where it equals the target's own sample, so that the output is what the target alone would have produced, token for
// token.
#ifndef LLMSERVING_GPU_SPECULATIVE_H
#define LLMSERVING_GPU_SPECULATIVE_H

#include "llmserving/gpu/platform.h"

namespace llmserving {
namespace gpu {

struct VerifyParams {
  const int32_t *drafts;  // [starts[sequences]] drafted tokens of all sequences
  const int32_t *starts;  // [sequences + 1] where each sequence's drafts start; it may have none
  const int32_t *samples; // target's samples: sequence s has starts[s + 1] - starts[s] + 1 of them, from starts[s] + s
                          // on; -1 where sampling failed
  int32_t *emitted;        // laid out as samples: the accepted tokens and the target's next one, then -1
  int32_t *emitted_counts; // [sequences] accepted + 1; a sample -1 ends the chain before it
  int32_t sequences;
  int32_t reserved;
};

constexpr int VERIFY_THREADS = 128;

// One warp per sequence, 32 drafts at a time.
DEVICE_INLINE void verify_chains(const VerifyParams &p) {
  pdl_wait();
  pdl_launch();
  int32_t sequence = static_cast<int32_t>(block_x() * (VERIFY_THREADS / 32) + warp_id());
  if (sequence >= p.sequences)
    return; // the whole warp
  int32_t start = p.starts[sequence], drafts = p.starts[sequence + 1] - start, lane = static_cast<int32_t>(lane_id());
  const int32_t *samples = p.samples + start + sequence;
  int32_t emitted = drafts + 1; // up to and including the first sample that is not its draft
  for (int32_t first = 0; first < drafts + 1; first += 32) {
    int32_t i = first + lane;
    bool ends = i >= drafts || samples[i] != p.drafts[start + i];
    uint32_t ending = ballot(ends);
    if (ending != 0) {
      int32_t at = 0;
      while ((ending >> at & 1u) == 0)
        at++;
      emitted = first + at + 1;
      break;
    }
  }
  int32_t last = samples[emitted - 1];
  if (last < 0)
    emitted--;
  for (int32_t i = lane; i < drafts + 1; i += 32)
    p.emitted[start + sequence + i] = i < emitted ? samples[i] : -1;
  if (lane == 0)
    p.emitted_counts[sequence] = emitted;
}

inline Launch verify_launch(uint32_t sequences) {
  return {"verify_chains_i32", (sequences + VERIFY_THREADS / 32 - 1) / (VERIFY_THREADS / 32), 1, 1, VERIFY_THREADS, 0};
}

} // namespace gpu
} // namespace llmserving

#endif
