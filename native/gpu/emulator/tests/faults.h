// Parameters of the kernels with a bug each, and of their twins without it.
#ifndef LLMSERVING_GPU_EMULATOR_TESTS_FAULTS_H
#define LLMSERVING_GPU_EMULATOR_TESTS_FAULTS_H

#include <cstdint>

namespace llmserving {
namespace gputest {

struct FaultParams {
  const float *input; // [count]
  float *output;      // [count]
  float *partial;     // [blocks]
  uint32_t *ticket;   // [1], zero
  int32_t count;
};

} // namespace gputest
} // namespace llmserving

#endif
