// What an instruction set's translation unit offers to linear.cpp.
#ifndef LLMSERVING_LINEAR_BACKEND_H
#define LLMSERVING_LINEAR_BACKEND_H

#include <cstddef>
#include <cstdint>

#include "linear/linear.h"

namespace llmserving {

struct LinearCall {
  Matrix w;
  const void *packed; // activations
  size_t rows;        // of x
  float *y;
  size_t y_stride;
  const float *bias;
  size_t first; // units
  size_t last;
};

struct LinearBackend {
  unsigned widths; // of activation tiles: bit C - 1 set where there are tiles of C columns
  void (*linear)(const LinearCall &call, ActivationKind kind);
  void (*pack)(ActivationKind kind, const float *x, size_t stride, size_t rows, size_t columns, void *packed,
               size_t first, size_t last);
};

const LinearBackend &scalar_linear_backend();
const LinearBackend &avx2_linear_backend();
const LinearBackend &avx2_vnni_linear_backend();
const LinearBackend &avx512_vnni_linear_backend();
const LinearBackend &avx512_linear_backend();
const LinearBackend &neon_linear_backend();

} // namespace llmserving

#endif
