#include "check/cases.h"
#include "llmserving/gpu/all_reduce.h"

namespace llmserving {

using namespace gpu;

namespace {

// All ranks' buffers on this device, with flags that no step ever reaches: the launch of one rank finds its peers ready, as
// if they were ahead, and moves what it moves on a node of GPUs, but through its own memory.
AllReduceParams parameters(const Sizes &s, int32_t rows, int32_t ranks, CaseBuilder &b) {
  uint64_t elements = static_cast<uint64_t>(rows) * static_cast<uint64_t>(s.width);
  AllReduceParams p = {};
  p.x = b.memory(2 * elements);
  p.out = b.memory(2 * elements);
  p.residual = b.memory(2 * elements);
  p.weight = b.memory<float>(4 * static_cast<uint64_t>(s.width));
  for (int32_t rank = 0; rank < ranks; rank++) {
    p.published[rank] = b.memory(4 * elements);
    p.flags[rank] = b.copy(std::vector<uint32_t>(ALL_REDUCE_BLOCKS * ALL_REDUCE_MAX_RANKS, 0x3fffffff));
  }
  p.steps = b.copy(std::vector<uint32_t>(ALL_REDUCE_BLOCKS));
  p.capacity = static_cast<int64_t>(elements);
  p.rows = rows;
  p.width = s.width;
  p.ranks = ranks;
  p.epsilon = 1e-5f;
  return p;
}

// Publishing reads and writes the rank's rows and raises a flag per block and peer; summing reads a flag and the rows of
// each rank and writes the sum; the norm reads and writes the residual and reads the weights. Steps are read per block and
// written all.
double least_bytes(AllReduceStep step, const AllReduceParams &p, uint32_t blocks) {
  bool all = step == AllReduceStep::All || step == AllReduceStep::AllNorm;
  bool norm = step == AllReduceStep::AllNorm || step == AllReduceStep::SumNorm;
  double row_bytes = 2.0 * p.rows * p.width, flags = 4.0 * blocks * p.ranks, bytes = 4.0 * blocks;
  if (all || step == AllReduceStep::Publish)
    bytes += 2 * row_bytes + flags;
  if (step != AllReduceStep::Publish)
    bytes += row_bytes * (p.ranks + 1) + flags + 4.0 * ALL_REDUCE_BLOCKS;
  return norm ? bytes + 2 * row_bytes + 4.0 * p.width : bytes;
}

Case all_reduce_case(AllReduceStep step, DType type, const Sizes &s, int32_t rows, int32_t ranks) {
  CaseBuilder b;
  AllReduceParams p = parameters(s, rows, ranks, b);
  Launch launch = all_reduce_launch(step, type, rows, s.width);
  return b.build(std::to_string(rows) + " rows, " + std::to_string(ranks) + " ranks' buffers on one device", launch, p,
                 least_bytes(step, p, launch.grid_x));
}

} // namespace

void add_all_reduce_cases(const Sizes &s, std::vector<Case> &cases) {
  for (DType type : {DType::BF16, DType::F16})
    for (AllReduceStep step : {AllReduceStep::All, AllReduceStep::AllNorm, AllReduceStep::Publish, AllReduceStep::Sum,
                               AllReduceStep::SumNorm})
      for (int32_t ranks : {1, 8})
        cases.push_back(all_reduce_case(step, type, s, s.batches.back() < 36 ? 36 : s.batches.back(), ranks));
}

} // namespace llmserving
