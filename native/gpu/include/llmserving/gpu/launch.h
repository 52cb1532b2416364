// How a kernel is launched and declared, on every platform.
//
// Every kernel takes one plain struct by value, its parameters. A kernel's header holds, in this order: parameters (POD,
// shapes as comments), device function, and the launch shape, a host function that returns a Launch. A source file in
// kernels/ instantiates kernels under plain names by LLM_KERNEL:
//
//   LLM_KERNEL(rms_norm_bf16, RmsNormParams, 256, 4) { rms_norm<bf16, 256>(p); }
//
// nvcc and hipcc compile that to an entry point of that name; for the emulator it registers a function under it. Hosts
// find kernels by name: cuModuleGetFunction, hipModuleGetFunction, or the emulator's table.
#ifndef LLMSERVING_GPU_LAUNCH_H
#define LLMSERVING_GPU_LAUNCH_H

#include <stdint.h>

// Shared memory that a block may have, in KB: AMD's blocks have 64, NVIDIA's at least 99 from sm_80 on, of which 96 are used.
// Kernels and launch shapes follow from it: host code must be compiled with the value that its kernels were compiled with.
#ifndef LLM_BLOCK_SHARED_KB
#if defined(__HIP__)
#define LLM_BLOCK_SHARED_KB 64
#else
#define LLM_BLOCK_SHARED_KB 96
#endif
#endif

namespace llmserving {
namespace gpu {

constexpr int32_t BLOCK_SHARED_BYTES = LLM_BLOCK_SHARED_KB * 1024;
// Stages that pipelines of asynchronous copies have at most. AMD's copies are done at once: there, a stage more would hide
// nothing, and keep other blocks out.
constexpr int32_t MOST_STAGES = BLOCK_SHARED_BYTES < 96 * 1024 ? 2 : 4;

// Types of elements that a launch function chooses an instance by.
enum class DType : uint32_t { F32, F16, BF16, E4M3, E5M2, I8 };

// One launch, without its parameters. kernel: an instance's name, a string literal; null where there is no instance for
// what was asked. smem: bytes of dynamic shared memory.
struct Launch {
  const char *kernel;
  uint32_t grid_x, grid_y, grid_z;
  uint32_t threads;
  uint32_t smem;
};

} // namespace gpu
} // namespace llmserving

#endif
