// Records launches of tests as vectors for check-on-gpu, where $LLMSERVING_VECTORS names a folder:
// each test program writes <program>.vec.
#ifndef LLMSERVING_GPU_TESTS_RECORD_H
#define LLMSERVING_GPU_TESTS_RECORD_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "check/vectors.h"
#include "llmserving/gpu/launch.h"

namespace llmserving {
namespace gputest {

// One piece of device memory around a launch.
struct Snapshot {
  const void *address;
  vectors::Element element;
  const std::vector<uint8_t> *before, *after;
};

bool is_recording();
// Keeps what the parameters reach, if it is small and few launches of the kernel have been recorded yet.
void record(const gpu::Launch &launch, const void *params, size_t param_bytes, const std::vector<Snapshot> &memory);

} // namespace gputest
} // namespace llmserving

#endif
