// The memory of a tensor-parallel group, as its ranks see it, for tests.
#ifndef LLMSERVING_GPU_TESTS_ALL_REDUCE_GROUP_H
#define LLMSERVING_GPU_TESTS_ALL_REDUCE_GROUP_H

#include <cstdint>
#include <memory>
#include <vector>

#include "harness.h"
#include "llmserving/gpu/all_reduce.h"

namespace llmserving {
namespace gputest {

constexpr float kAllReduceEpsilon = 1e-5f;

template <class T> struct AllReduceGroup {
  int32_t ranks;
  int64_t capacity;
  std::vector<std::unique_ptr<Array<T>>> published;
  std::vector<std::unique_ptr<Array<uint32_t>>> flags, steps;

  AllReduceGroup(int32_t ranks, int64_t capacity) : ranks(ranks), capacity(capacity) {
    std::vector<uint32_t> no_flags(gpu::ALL_REDUCE_BLOCKS * gpu::ALL_REDUCE_MAX_RANKS), no_steps(gpu::ALL_REDUCE_BLOCKS);
    for (int32_t rank = 0; rank < ranks; rank++) {
      published.push_back(std::make_unique<Array<T>>(2 * static_cast<size_t>(capacity)));
      flags.push_back(std::make_unique<Array<uint32_t>>(no_flags));
      steps.push_back(std::make_unique<Array<uint32_t>>(no_steps));
    }
  }

  gpu::AllReduceParams params(int32_t rank, int32_t rows, int32_t width) const {
    gpu::AllReduceParams p = {};
    for (int32_t r = 0; r < ranks; r++) {
      p.published[r] = published[r]->data();
      p.flags[r] = flags[r]->data();
    }
    p.steps = steps[rank]->data();
    p.capacity = capacity;
    p.rows = rows;
    p.width = width;
    p.ranks = ranks;
    p.rank = rank;
    p.epsilon = kAllReduceEpsilon;
    return p;
  }
};

} // namespace gputest
} // namespace llmserving

#endif
