// Penalty counts in device memory: a slot's counts are set anew from a list, and corrected by deltas.
#ifndef LLMSERVING_GPU_PENALTIES_H
#define LLMSERVING_GPU_PENALTIES_H

#include "llmserving/gpu/sampling_params.h"

namespace llmserving {
namespace gpu {

constexpr int PENALTY_THREADS = 256;
constexpr int32_t PENALTY_SPAN = 8 * PENALTY_THREADS; // counts of one block

// Sets slots anew: zeros, then the listed counts. A slot occurs once, an id once per slot.
struct SetCountsParams {
  uint16_t *counts;       // [slots][counts_stride]
  const int32_t *slots;   // [updates]
  const int32_t *starts;  // [updates + 1] where each slot's entries start
  const int32_t *ids;     // [entries], within the vocabulary
  const uint16_t *values; // [entries] times in the output, COUNT_IN_PROMPT added where in the prompt
  int64_t counts_stride;  // a multiple of 8
  int32_t vocabulary;
  int32_t reserved;
};

// Block (x, y) clears span x of update y, then enters what of the list lies in the span.
DEVICE_INLINE void set_counts(const SetCountsParams &p) {
  pdl_wait();
  pdl_launch();
  uint16_t *counts = p.counts + p.slots[block_y()] * p.counts_stride;
  int32_t first = static_cast<int32_t>(block_x()) * PENALTY_SPAN, at = first + static_cast<int32_t>(thread_x()) * 8;
  if (at < p.counts_stride)
    st16(counts + at, {0, 0, 0, 0});
  block_sync();
  int32_t end = p.starts[block_y() + 1];
  for (int32_t i = p.starts[block_y()] + static_cast<int32_t>(thread_x()); i < end; i += PENALTY_THREADS)
    if (p.ids[i] >= first && p.ids[i] < first + PENALTY_SPAN && p.ids[i] < p.vocabulary)
      counts[p.ids[i]] = p.values[i];
}

inline Launch set_counts_launch(uint32_t updates, int64_t counts_stride) {
  return {"set_penalty_counts",
          static_cast<uint32_t>((counts_stride + PENALTY_SPAN - 1) / PENALTY_SPAN),
          updates,
          1,
          PENALTY_THREADS,
          0};
}

// Adds to counts of the output, saturating at 0 and COUNT_MASK: takes back tokens that were committed and then
// rejected, or counts tokens that were not sampled here. Entries of one slot are in one group, applied in order by one
// thread.
struct AddCountsParams {
  uint16_t *counts;      // [slots][counts_stride]
  const int32_t *groups; // [groups + 1] where each group's entries start
  const int32_t *slots;  // [entries]
  const int32_t *ids;    // [entries]; -1 = nothing
  const int32_t *deltas; // [entries]
  int64_t counts_stride;
  int32_t group_count;
  int32_t vocabulary;
};

DEVICE_INLINE uint16_t added_count(uint16_t count, int32_t delta) {
  int32_t times = static_cast<int32_t>(count & COUNT_MASK) + delta;
  times = times < 0 ? 0 : times > static_cast<int32_t>(COUNT_MASK) ? static_cast<int32_t>(COUNT_MASK) : times;
  return static_cast<uint16_t>((count & COUNT_IN_PROMPT) | static_cast<uint32_t>(times));
}

DEVICE_INLINE void add_counts(const AddCountsParams &p) {
  pdl_wait();
  pdl_launch();
  int32_t group = static_cast<int32_t>(block_x() * PENALTY_THREADS + thread_x());
  if (group >= p.group_count)
    return;
  for (int32_t i = p.groups[group]; i < p.groups[group + 1]; i++) {
    if (p.ids[i] < 0 || p.ids[i] >= p.vocabulary)
      continue;
    uint16_t *count = p.counts + p.slots[i] * p.counts_stride + p.ids[i];
    *count = added_count(*count, p.deltas[i]);
  }
}

inline Launch add_counts_launch(uint32_t groups) {
  return {"add_penalty_counts", (groups + PENALTY_THREADS - 1) / PENALTY_THREADS, 1, 1, PENALTY_THREADS, 0};
}

} // namespace gpu
} // namespace llmserving

#endif
