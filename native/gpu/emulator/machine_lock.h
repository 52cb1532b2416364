// One emulated GPU per process: launches and changes to its memory take turns.
#ifndef LLMSERVING_GPU_EMULATOR_MACHINE_LOCK_H
#define LLMSERVING_GPU_EMULATOR_MACHINE_LOCK_H

#include <mutex>

namespace llmserving {
namespace emulator {

inline std::recursive_mutex &machine_lock() {
  static std::recursive_mutex lock;
  return lock;
}

} // namespace emulator
} // namespace llmserving

#endif
