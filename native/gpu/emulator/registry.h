// Kernels by name, filled by LLM_KERNEL before main.
#ifndef LLMSERVING_GPU_EMULATOR_REGISTRY_H
#define LLMSERVING_GPU_EMULATOR_REGISTRY_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace llmserving {
namespace emulator {

struct Kernel {
  const char *name;
  void (*entry)(const void *params);
  size_t param_bytes;
  uint32_t threads; // at most so many per block
  uint32_t blocks;  // at least so many per multiprocessor
};

std::map<std::string, Kernel> &registry();

} // namespace emulator
} // namespace llmserving

#endif
