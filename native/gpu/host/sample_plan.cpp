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
  runs.clear();
  starts.assign(1, 0);
  uint32_t job = 0, target = 0;
  for (uint32_t first = 0; first < step.head_row_count; first += tile_rows) {
    uint32_t index = first / tile_rows;
    SampleTile tile = {};
    tile.first_row = first;
    tile.rows = std::min(tile_rows, step.head_row_count - first);
    uint32_t end = job;
    while (end < step.job_count && tile_of(step.jobs[order[end]].row) == index)
      end++;
    add_jobs(step, tile, end);
    job = end;
    tile.first_target = target;
    while (target < step.target_count && tile_of(step.targets[target_order[target]].row) == index)
      target++;
    tile.targets = target - tile.first_target;
    tiles.push_back(tile);
  }
}

// Groups and runs of the jobs order[starts.back() .. end).
void SamplePlan::add_jobs(const llm_step &step, SampleTile &tile, uint32_t end) {
  uint32_t begin = static_cast<uint32_t>(starts.back());
  tile.first_group = static_cast<uint32_t>(starts.size()) - 1;
  tile.first_run = static_cast<uint32_t>(runs.size());
  for (uint32_t i = begin; i < end; i++)
    if (i + 1 == end || step.jobs[order[i]].slot != step.jobs[order[i + 1]].slot)
      starts.push_back(static_cast<int32_t>(i + 1));
  std::vector<int32_t> jobs(order.begin() + begin, order.begin() + end);
  std::sort(jobs.begin(), jobs.end());
  for (int32_t job : jobs) {
    uint32_t number = static_cast<uint32_t>(job);
    if (runs.size() > tile.first_run && runs.back().first + runs.back().count == number)
      runs.back().count++;
    else
      runs.push_back({number, 1});
  }
  tile.groups = static_cast<uint32_t>(starts.size()) - 1 - tile.first_group;
  tile.runs = static_cast<uint32_t>(runs.size()) - tile.first_run;
}

} // namespace llmserving
