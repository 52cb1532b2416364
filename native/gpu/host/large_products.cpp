#include "host/large_products.h"

#include <algorithm>

#include "host/program.h"

namespace llmserving {
namespace {

constexpr size_t kWeightBytes = size_t{64} << 20, kWorkspaceBytes = size_t{32} << 20;

} // namespace

LargeProducts::LargeProducts(const DeviceHeap &heap, gpu::CublasLt &library)
    : library_(library), weights_(heap, kWeightBytes, "plain weights of large products"),
      workspace_(heap, kWorkspaceBytes, "the library of large products") {}

bool LargeProducts::multiply(gpu::LinearFamily family, const gpu::LinearParams &p, Launcher &launch, Stream stream) {
  bool plain = p.m >= kLargeProductRows && p.bias == nullptr && p.rows == nullptr && p.f32_out == 0 &&
               p.scale == 1.0f && p.cap == 0.0f;
  int32_t fitting = static_cast<int32_t>(weights_.bytes() / (2 * static_cast<size_t>(p.k)));
  int32_t slice = fitting / gpu::PANEL_ROWS * gpu::PANEL_ROWS;
  if (!plain || slice < gpu::PANEL_ROWS)
    return false;
  for (int32_t first = 0; first < p.n; first += slice) {
    int32_t n = std::min(slice, p.n - first);
    gpu::LinearUnpackParams unpack = {p.w, weights_.data(), p.k, n, p.k, first};
    launch(gpu::linear_unpack_launch(family, kActivations, n, p.k), unpack, "plain weights");
    gpu::PlainProduct product = {kActivations, false, p.m, n, p.k, p.x_stride, p.k, p.y_stride, p.x, weights_.data(),
                                 static_cast<gpu::bf16 *>(p.y) + p.y_offset + first};
    std::string reason;
    if (!library_.multiply(product, workspace_.data(), workspace_.bytes(), stream, &reason))
      return false; // the first slice is refused or none: they have one shape but for the last
  }
  return true;
}

} // namespace llmserving
