// How a step's head rows, sampler jobs and targets are cut into tiles of logits. Arithmetic on the host.
//
// Logits are made for so many head rows at a time as there is memory for; a tile's jobs and targets are done before the
// next tile's logits take its place. Jobs of one slot follow each other in one group: a later one sees what an earlier
// one counted.
#ifndef LLMSERVING_GPU_HOST_SAMPLE_PLAN_H
#define LLMSERVING_GPU_HOST_SAMPLE_PLAN_H

#include <vector>

#include "llmserving/llmserving.h"

namespace llmserving {

// Jobs that follow each other in the step's list.
struct JobRun {
  uint32_t first, count;
};

struct SampleTile {
  uint32_t first_row, rows;       // head rows
  uint32_t first_group, groups;   // of jobs: group g is order[starts[g] .. starts[g + 1])
  uint32_t first_run, runs;       // of the same jobs
  uint32_t first_target, targets; // in target_order
};

struct SamplePlan {
  std::vector<SampleTile> tiles;
  std::vector<int32_t> order;        // jobs
  std::vector<int32_t> starts;       // of groups, one more than there are
  std::vector<JobRun> runs;
  std::vector<int32_t> target_order; // targets by row

  // tile_rows: head rows that there is memory for.
  void make(const llm_step &step, uint32_t tile_rows);

private:
  void add_jobs(const llm_step &step, SampleTile &tile, uint32_t end);
};

} // namespace llmserving

#endif
