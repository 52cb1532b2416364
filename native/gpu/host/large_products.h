// Matrix products of many tokens by the vendor's library, where there is one and nobody asked for determinism: weights are
// unpacked into plain rows, slice by slice, and multiplied there. From so many tokens on the product costs so much more
// than the unpacking that the library's faster tensor-core path pays.
#ifndef LLMSERVING_GPU_HOST_LARGE_PRODUCTS_H
#define LLMSERVING_GPU_HOST_LARGE_PRODUCTS_H

#include "host/cublaslt.h"
#include "host/device_memory.h"
#include "host/launcher.h"
#include "llmserving/gpu/linear.h"

namespace llmserving {

constexpr int32_t kLargeProductRows = 1024;

// A session's: its memory is used by one stream.
class LargeProducts {
public:
  LargeProducts(const DeviceHeap &heap, gpu::CublasLt &library);

  // False: nothing was enqueued that matters, the caller's own kernel does it.
  bool multiply(gpu::LinearFamily family, const gpu::LinearParams &params, Launcher &launch, Stream stream);

private:
  gpu::CublasLt &library_;
  DeviceMemory weights_, workspace_;
};

} // namespace llmserving

#endif
