// Matrix products of many tokens by the vendor's library, where there is one and nobody asked for determinism.
#ifndef LLMSERVING_GPU_HOST_LARGE_PRODUCTS_H
#define LLMSERVING_GPU_HOST_LARGE_PRODUCTS_H

#include "host/cublaslt_linear.h"
#include "host/device_memory.h"
#include "host/launcher.h"

namespace llmserving {

// A session's: its memory is used by one stream.
class LargeProducts {
public:
  LargeProducts(const DeviceHeap &heap, gpu::CublasLt &library);

  // False: the caller's own kernel does it.
  bool multiply(gpu::LinearFamily family, const gpu::LinearParams &params, Launcher &launch, Stream stream);

private:
  gpu::CublasLt &library_;
  DeviceMemory weights_, workspace_;
};

} // namespace llmserving

#endif
