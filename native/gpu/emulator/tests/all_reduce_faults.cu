// The sum over ranks, with a bug in the protocol each.
#include "llmserving/gpu/all_reduce.h"

using namespace llmserving::gpu;

namespace {

DEVICE_INLINE uint32_t next_step(const AllReduceParams &p) { return p.steps[block_x()] + 1; }

DEVICE_INLINE void sum_published(const AllReduceParams &p, uint32_t step) {
  for (int row = static_cast<int>(block_x()); row < p.rows; row += static_cast<int>(grid_x()))
    for (int column = static_cast<int>(thread_x()) * 8; column < p.width; column += ALL_REDUCE_THREADS * 8) {
      int64_t place = static_cast<int64_t>(row) * p.width + column;
      float sums[8];
      sum_ranks<bf16>(p, step, place, sums);
      st16(static_cast<bf16 *>(p.out) + place, pack8<bf16>(sums));
    }
}

DEVICE_INLINE void count_step(const AllReduceParams &p, uint32_t step) {
  block_sync();
  uint32_t block = block_x() + thread_x() * grid_x();
  if (block < ALL_REDUCE_BLOCKS)
    p.steps[block] = step;
}

} // namespace

// Reads what peers publish without waiting for their flags.
LLM_KERNEL(fault_all_reduce_no_wait, AllReduceParams, 512, 1) {
  uint32_t step = next_step(p);
  publish_rows<bf16>(p, step);
  sum_published(p, step);
  count_step(p, step);
}

// Raises its flags, then copies its rows.
LLM_KERNEL(fault_all_reduce_early_flag, AllReduceParams, 512, 1) {
  uint32_t step = next_step(p);
  int peer = static_cast<int>(thread_x());
  if (peer < p.ranks)
    st_release_system(of_rank(p.flags, peer) + block_x() * ALL_REDUCE_MAX_RANKS + p.rank, step);
  publish_rows<bf16>(p, step);
  await_rows(p, step);
  sum_published(p, step);
  count_step(p, step);
}

// Takes its flags down when it has seen them, and with them one that a peer has raised for the next step.
LLM_KERNEL(fault_all_reduce_lost_flag, AllReduceParams, 512, 1) {
  uint32_t step = next_step(p);
  publish_rows<bf16>(p, step);
  await_rows(p, step);
  sum_published(p, step);
  block_sync();
  int peer = static_cast<int>(thread_x());
  if (peer < p.ranks)
    st_release_system(of_rank(p.flags, p.rank) + block_x() * ALL_REDUCE_MAX_RANKS + peer, 0u);
  count_step(p, step);
}
