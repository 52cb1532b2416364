// What is remembered of four bytes of memory.
#ifndef LLMSERVING_GPU_EMULATOR_SHADOW_H
#define LLMSERVING_GPU_EMULATOR_SHADOW_H

#include <cstdint>

namespace llmserving {
namespace emulator {

struct Cell {
  uint32_t stamp;
};

} // namespace emulator
} // namespace llmserving

#endif
