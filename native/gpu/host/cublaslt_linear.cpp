#include "cublaslt_linear.h"

#include <algorithm>

namespace llmserving {
namespace gpu {

namespace {

using LaunchUnpack = std::function<void(const Launch &, const LinearUnpackParams &)>;

bool multiply_part(CublasLt &library, LinearFamily family, DType activations, const LinearParams &p, const LinearPart &part,
                   const LibraryMemory &memory, void *stream, const LaunchUnpack &launch, std::string *reason) {
  int64_t rows = static_cast<int64_t>(memory.weight_bytes / (2 * static_cast<size_t>(p.k))) / PANEL_ROWS * PANEL_ROWS;
  if (rows == 0) {
    *reason = "there is no room for unpacked weights";
    return false;
  }
  for (int64_t first = 0; first < part.n; first += rows) {
    int32_t n = static_cast<int32_t>(std::min<int64_t>(rows, part.n - first));
    LinearUnpackParams unpack = {part.w, memory.weights, p.k, n, p.k, static_cast<int32_t>(first)};
    launch(linear_unpack_launch(family, activations, n, p.k), unpack);
    uint8_t *y = static_cast<uint8_t *>(p.y) + (part.y_offset + first) * (p.f32_out != 0 ? 4 : 2);
    PlainProduct product = {activations, p.f32_out != 0, p.m, n, p.k, p.x_stride, p.k, p.y_stride, p.x, memory.weights, y};
    if (!library.multiply(product, memory.workspace, memory.workspace_bytes, stream, reason))
      return false;
  }
  return true;
}

} // namespace

bool library_suits(const LinearParams &p) {
  int64_t size = p.f32_out != 0 ? 4 : 2;
  bool suits = p.rows == nullptr && p.scale == 1 && p.cap == 0 && p.k % 8 == 0 && p.x_stride % 8 == 0 && p.y_stride * size % 16 == 0;
  for (const LinearPart &part : p.parts)
    suits &= part.n == 0 || (part.bias == nullptr && part.y_offset * size % 16 == 0);
  return suits;
}

bool multiply_by_library(CublasLt &library, LinearFamily family, DType activations, const LinearParams &p,
                         const LibraryMemory &memory, void *stream, const LaunchUnpack &launch, std::string *reason) {
  if (!library_suits(p)) {
    *reason = "the product has an epilogue or rows that cuBLASLt is not used for";
    return false;
  }
  for (const LinearPart &part : p.parts)
    if (!multiply_part(library, family, activations, p, part, memory, stream, launch, reason))
      return false;
  return true;
}

} // namespace gpu
} // namespace llmserving
