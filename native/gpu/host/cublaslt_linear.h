// Products of many tokens with packed weights through cuBLASLt: rows are unpacked to scratch memory, some at a time, and
// multiplied there. What it costs beside the product, writing and reading every weight once more, pays from many tokens on.
#ifndef LLMSERVING_GPU_HOST_CUBLASLT_LINEAR_H
#define LLMSERVING_GPU_HOST_CUBLASLT_LINEAR_H

#include <functional>

#include "cublaslt.h"
#include "llmserving/gpu/linear.h"

namespace llmserving {
namespace gpu {

// Device memory of one stream. weights: room for unpacked rows, at least 16 of them.
struct LibraryMemory {
  void *weights;
  size_t weight_bytes;
  void *workspace;
  size_t workspace_bytes;
};

// From so many tokens on the library is taken: by calculation, an int4 matrix's unpacking then takes about a third of the
// product's time. Not where results must not depend on the batch: the library's order of sums varies with m.
constexpr int32_t LIBRARY_TOKENS = 1024;

// Whether a product can go through the library at all: no bias, row numbers, scale or cap, and outputs of 16-byte aligned rows.
bool library_suits(const LinearParams &p);

// Enqueues what linear_launch(family, activations, p) with p would compute, weights rounded to the activations'
// type. launch enqueues a kernel on the same stream. False: take linear_launch, which overwrites what may have been begun;
// `reason` says why.
bool multiply_by_library(CublasLt &library, LinearFamily family, DType activations, const LinearParams &p,
                         const LibraryMemory &memory, void *stream,
                         const std::function<void(const Launch &, const LinearUnpackParams &)> &launch, std::string *reason);

} // namespace gpu
} // namespace llmserving

#endif
