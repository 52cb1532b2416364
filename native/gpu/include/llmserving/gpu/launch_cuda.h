// Launches of kernels by the CUDA runtime, for programs that use the headers without the engine. The kernel is
// instantiated by LLM_KERNEL in a source that nvcc compiles; another source declares it by LLM_KERNEL_ENTRY.
//
//   LLM_KERNEL_ENTRY(norm_bf16_128, NormParams);
//   launch_cuda(norm_bf16_128, norm_launch(DType::BF16, DType::BF16, DType::BF16, rows, width), params, stream);
#ifndef LLMSERVING_GPU_LAUNCH_CUDA_H
#define LLMSERVING_GPU_LAUNCH_CUDA_H

#include <cuda_runtime.h>

#include "llmserving/gpu/launch.h"

#define LLM_KERNEL_ENTRY(NAME, PARAMS) extern "C" __global__ void NAME(const PARAMS p)

namespace llmserving {
namespace gpu {

// kernel: the instance that `launch` names. params: its parameters; pointers in them are the device's.
template <class Params>
cudaError_t launch_cuda(void (*kernel)(Params), const Launch &launch, const Params &params,
                        cudaStream_t stream = nullptr) {
  if (launch.kernel == nullptr)
    return cudaErrorInvalidValue;                // no instance for what was asked
  constexpr uint32_t UNASKED_SHARED = 48 * 1024; // more must be asked for
  if (launch.smem > UNASKED_SHARED) {
    cudaError_t error =
        cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(launch.smem));
    if (error != cudaSuccess)
      return error;
  }
  kernel<<<dim3(launch.grid_x, launch.grid_y, launch.grid_z), launch.threads, launch.smem, stream>>>(params);
  return cudaGetLastError();
}

} // namespace gpu
} // namespace llmserving

#endif
