#include "host/sample_plan.h"

#include <algorithm>

namespace llmserving {

void SamplePlan::make(const llm_step &step, uint32_t tile_rows) {
  auto tile_of = [&](int32_t row) { return static_cast<uint32_t>(row) / tile_rows; };
  order.resize(step.job_count);
  for (size_t i = 0; i < order.size(); i++)
    order[i] = static_cast<int32_t>(i);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    const llm_sample_job &x = step.jobs[a], &y = step.jobs[b];
    uint32_t s = tile_of(x.row), t = tile_of(y.row);
    return s != t ? s < t : x.slot < y.slot;
  });
  target_order.resize(step.target_count);
  for (size_t i = 0; i < target_order.size(); i++)
    target_order[i] = static_cast<int32_t>(i);
  std::stable_sort(target_order.begin(), target_order.end(),
                   [&](int32_t a, int32_t b) { return step.targets[a].row < step.targets[b].row; });
  tiles.clear();
  starts.assign(1, 0);
  uint32_t job = 0, target = 0;
  for (uint32_t first = 0; first < step.head_row_count; first += tile_rows) {
    uint32_t index = first / tile_rows;
    SampleTile tile = {first, std::min(tile_rows, step.head_row_count - first), static_cast<uint32_t>(starts.size()) - 1,
                       0, target, 0};
    while (job < step.job_count && tile_of(step.jobs[order[job]].row) == index) {
      int32_t slot = step.jobs[order[job]].slot;
      while (job < step.job_count && tile_of(step.jobs[order[job]].row) == index && step.jobs[order[job]].slot == slot)
        job++;
      starts.push_back(static_cast<int32_t>(job));
      tile.groups++;
    }
    while (target < step.target_count && tile_of(step.targets[target_order[target]].row) == index)
      target++;
    tile.targets = target - tile.first_target;
    tiles.push_back(tile);
  }
}

} // namespace llmserving
