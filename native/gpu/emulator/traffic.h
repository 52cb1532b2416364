// Counts what a warp's accesses cost: the lanes of a warp that execute the same access of the code together make one
// request. Lanes run one after another here; their k-th executions of a place in the code since the warp last
// synchronized belong together.
#ifndef LLMSERVING_GPU_EMULATOR_TRAFFIC_H
#define LLMSERVING_GPU_EMULATOR_TRAFFIC_H

#include <cstdint>

namespace llmserving {
namespace emulator {

struct Slot;

// By the running lane.
void count_global(const void *address, uint32_t bytes, bool store, const void *pc);
void count_shared(const void *address, uint32_t bytes, const void *pc);
// The row addresses of a warp's ldmatrix, one per lane.
void count_ldmatrix(const void *const rows[32]);

// A warp has synchronized: its open requests are complete.
void count_warp(uint32_t warp);
void count_rest();

} // namespace emulator
} // namespace llmserving

#endif
