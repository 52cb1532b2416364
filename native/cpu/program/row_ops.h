// Operations that work on one row of floats at a time. The order of additions is fixed and no multiply-add is fused, so
// every instruction set gives the same bits; the kernels below are compiled once for each.
#ifndef LLMSERVING_PROGRAM_ROW_OPS_H
#define LLMSERVING_PROGRAM_ROW_OPS_H

#include <cstddef>

#include "llmserving/llmserving.h"

namespace llmserving {

struct RowOps {
  // y = x / sqrt(mean(x²) + epsilon) * (scale + added)
  void (*rms_norm)(const float *x, const float *scale, float epsilon, float added, size_t n, float *y);
  // y = (x - mean) / sqrt(variance + epsilon) * (scale + added) + bias (which may be null)
  void (*layer_norm)(const float *x, const float *scale, const float *bias, float epsilon, float added, size_t n,
                     float *y);
  // y = act(gate) * up; kind as in LLM_OP_ACTIVATE_MULTIPLY
  void (*activate_multiply)(const float *gate, const float *up, int kind, size_t n, float *y);
  void (*add)(const float *a, const float *b, size_t n, float *y);
  void (*scale)(float factor, size_t n, float *y);
  // y = cap * tanh(factor * y / cap), or factor * y where cap is 0
  void (*scale_and_cap)(float factor, float cap, size_t n, float *y);
};

const RowOps &row_ops(llm_isa isa);

} // namespace llmserving

#endif
