#include "host/large_products.h"

#include "host/program.h"

namespace llmserving {
namespace {

constexpr size_t kWeightBytes = size_t{64} << 20, kWorkspaceBytes = size_t{32} << 20;

} // namespace

LargeProducts::LargeProducts(const DeviceHeap &heap, gpu::CublasLt &library)
    : library_(library), weights_(heap, kWeightBytes, "plain weights of large products"),
      workspace_(heap, kWorkspaceBytes, "the library of large products") {}

bool LargeProducts::multiply(gpu::LinearFamily family, const gpu::LinearParams &params, Launcher &launch,
                             Stream stream) {
  if (params.m < gpu::LIBRARY_TOKENS)
    return false;
  gpu::LibraryMemory memory = {weights_.data(), weights_.bytes(), workspace_.data(), workspace_.bytes()};
  auto unpack = [&](const gpu::Launch &shape, const gpu::LinearUnpackParams &p) { launch(shape, p, "plain weights"); };
  std::string reason;
  return gpu::multiply_by_library(library_, family, kActivations, params, memory, stream, unpack, &reason);
}

} // namespace llmserving
