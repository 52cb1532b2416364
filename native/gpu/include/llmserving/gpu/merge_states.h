// Merges the partial states of query rows, in ascending order of chunks, and finishes the rows: where attention kernels
// were launched without tickets, or states come from elsewhere.
//
// The same merge_state as inside the attention kernels: where every chunk has a state of its own, the result has the bits
// of a row that one kernel computed whole.
#ifndef LLMSERVING_GPU_MERGE_STATES_H
#define LLMSERVING_GPU_MERGE_STATES_H

#include "llmserving/gpu/attention_merge.h"

namespace llmserving {
namespace gpu {

struct MergeStatesParams {
  const float *partial_values;  // [partial][heads][v_dim]
  const float *partial_stats;   // [partial][heads][2]
  const AttentionMerge *merges; // [*merge_count], each row once
  const int32_t *merge_count;   // the grid may be larger
  const int32_t *indices;       // partial states of the merges
  void *out;                    // T[query rows][heads * v_dim]
  const float *sinks;           // [heads] or null
  int32_t heads, v_dim;         // v_dim: a multiple of 8
  float v_scale;
  int32_t reserved;
};

// 4 elements of an o per lane, LANES lanes per head (v_dim <= 4 LANES): blocks of 128 threads over (row, heads).
template <class T, int LANES> DEVICE void merge_states(const MergeStatesParams &p) {
  pdl_wait();
  if (static_cast<int32_t>(block_x()) >= *p.merge_count)
    return;
  AttentionMerge merge = p.merges[block_x()];
  int32_t head = static_cast<int32_t>((block_y() * 128 + thread_x()) / LANES);
  int32_t d = static_cast<int32_t>(thread_x() % LANES) * 4;
  if (head >= p.heads || d >= p.v_dim)
    return;
  merge_elements<T, MERGE_AHEAD>(p, merge, head, d);
}

// merges: at least as many as *p.merge_count.
inline Launch merge_states_launch(DType type, const MergeStatesParams &p, uint32_t merges) {
  uint32_t size = p.v_dim <= 64 ? 0 : p.v_dim <= 128 ? 1 : 2, lanes = 16u << size;
  const char *bf16s[3] = {"merge_states_bf16_d64", "merge_states_bf16_d128", "merge_states_bf16_d256"};
  const char *f16s[3] = {"merge_states_f16_d64", "merge_states_f16_d128", "merge_states_f16_d256"};
  const char *name = type == DType::BF16 ? bf16s[size] : type == DType::F16 ? f16s[size] : nullptr;
  if (p.v_dim > 256 || p.v_dim % 8 != 0)
    name = nullptr;
  return {name, merges, (static_cast<uint32_t>(p.heads) * lanes + 127) / 128, 1, 128, 0};
}

} // namespace gpu
} // namespace llmserving

#endif
