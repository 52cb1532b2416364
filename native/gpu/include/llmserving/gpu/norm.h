// RMS and layer normalization of rows, with the addition that precedes them and the quantization that follows.
//
//   x = stream, or stream + delta rounded to the stream's type and written to sum (which may be the stream itself)
//   y = (x - mean) / sqrt(variance + epsilon) * (weight + added) + bias      layer = 1
//   y = x / sqrt(mean of squares + epsilon) * (weight + added)               layer = 0
//
// One block per row; the row stays in registers between the passes over it. All arithmetic is in f32 in a fixed order
// that depends on the width alone, so a row's bits do not depend on the batch.
#ifndef LLMSERVING_GPU_NORM_H
#define LLMSERVING_GPU_NORM_H

#include "llmserving/gpu/quantize_row.h"

namespace llmserving {
namespace gpu {

struct NormParams {
  const void *stream;  // R [rows][width]
  const void *delta;   // T [rows][width], null = nothing is added
  void *sum;           // R [rows][width], may be `stream`; unused where delta is null
  const float *weight; // [width]
  const float *bias;   // [width], null = none
  void *output;        // T, int8 or e4m3 [rows][width]
  float *scales;       // [rows], of quantized output
  int32_t width;
  int32_t layer;
  float epsilon;
  float added; // to the weight: 1 where a file stores weight - 1
};

// Reads a thread's share of the row, adds delta, keeps the sum.
template <class T, class R, int THREADS, int VECTORS>
DEVICE_INLINE void load_summed(const NormParams &p, float (&x)[VECTORS][8]) {
  int64_t offset = static_cast<int64_t>(block_x()) * p.width;
  UNROLL
  for (int v = 0; v < VECTORS; v++) {
    int32_t first = static_cast<int32_t>(v * THREADS + thread_x()) * 8;
    load_row8(static_cast<const R *>(p.stream) + offset, first, p.width, x[v]);
    if (p.delta == nullptr)
      continue;
    float delta[8];
    load_row8(static_cast<const T *>(p.delta) + offset, first, p.width, delta);
    UNROLL
    for (int j = 0; j < 8; j++)
      x[v][j] = rounded<R>(x[v][j] + delta[j]);
    store_row8(static_cast<R *>(p.sum) + offset, first, p.width, x[v]);
  }
}

// Subtracts the row's mean, but not from what lies beyond the row's end.
template <int THREADS, int VECTORS>
DEVICE_INLINE void subtract_mean(float (&x)[VECTORS][8], int32_t width, float *scratch) {
  float sum = 0;
  UNROLL
  for (int v = 0; v < VECTORS; v++)
    UNROLL
    for (int j = 0; j < 8; j++)
      sum += x[v][j];
  float mean = block_sum<THREADS>(sum, scratch) / static_cast<float>(width);
  UNROLL
  for (int v = 0; v < VECTORS; v++)
    UNROLL
    for (int j = 0; j < 8; j++)
      if (static_cast<int32_t>(v * THREADS + thread_x()) * 8 + j < width)
        x[v][j] -= mean;
}

template <int THREADS, int VECTORS>
DEVICE_INLINE float inverse_deviation(const float (&x)[VECTORS][8], int32_t width, float epsilon, float *scratch) {
  float squares = 0;
  UNROLL
  for (int v = 0; v < VECTORS; v++)
    UNROLL
    for (int j = 0; j < 8; j++)
      squares = fma(x[v][j], x[v][j], squares);
  return rsqrt_fast(block_sum<THREADS>(squares, scratch) / static_cast<float>(width) + epsilon);
}

template <class T, class R, class Q, int THREADS, int VECTORS> DEVICE_INLINE void norm(const NormParams &p) {
  DYN_SMEM(float, scratch); // [3][THREADS / 32]
  pdl_wait();
  pdl_launch();
  float x[VECTORS][8];
  load_summed<T, R, THREADS, VECTORS>(p, x);
  if (p.layer != 0)
    subtract_mean<THREADS>(x, p.width, scratch);
  float inverse = inverse_deviation<THREADS>(x, p.width, p.epsilon, scratch + THREADS / 32);
  UNROLL
  for (int v = 0; v < VECTORS; v++) {
    int32_t first = static_cast<int32_t>(v * THREADS + thread_x()) * 8;
    float weight[8], bias[8];
    load_row8(p.weight, first, p.width, weight);
    UNROLL
    for (int j = 0; j < 8; j++)
      x[v][j] *= inverse * (weight[j] + p.added);
    if (p.bias == nullptr)
      continue;
    load_row8(p.bias, first, p.width, bias);
    UNROLL
    for (int j = 0; j < 8; j++)
      x[v][j] += bias[j];
  }
  RowOutput<Q>::template store<THREADS, VECTORS>(x, p.output, p.scales, block_x(), p.width,
                                                 reinterpret_cast<uint32_t *>(scratch + 2 * (THREADS / 32)));
}

// activations: T, BF16 or F16. stream: R, the same or F32. output: T, I8 or E4M3. width: up to 16384.
inline Launch norm_launch(DType activations, DType stream, DType output, uint32_t rows, int32_t width) {
  static const char *const NAMES[2][2][3][4] = {
      {{{"norm_bf16_128", "norm_bf16_512", "norm_bf16_1024", "norm_bf16_1024x2"},
        {"norm_bf16_i8_128", "norm_bf16_i8_512", "norm_bf16_i8_1024", "norm_bf16_i8_1024x2"},
        {"norm_bf16_e4m3_128", "norm_bf16_e4m3_512", "norm_bf16_e4m3_1024", "norm_bf16_e4m3_1024x2"}},
       {{"norm_bf16_f32_128", "norm_bf16_f32_512", "norm_bf16_f32_1024", "norm_bf16_f32_1024x2"},
        {"norm_bf16_f32_i8_128", "norm_bf16_f32_i8_512", "norm_bf16_f32_i8_1024", "norm_bf16_f32_i8_1024x2"},
        {"norm_bf16_f32_e4m3_128", "norm_bf16_f32_e4m3_512", "norm_bf16_f32_e4m3_1024", "norm_bf16_f32_e4m3_1024x2"}}},
      {{{"norm_f16_128", "norm_f16_512", "norm_f16_1024", "norm_f16_1024x2"},
        {"norm_f16_i8_128", "norm_f16_i8_512", "norm_f16_i8_1024", "norm_f16_i8_1024x2"},
        {"norm_f16_e4m3_128", "norm_f16_e4m3_512", "norm_f16_e4m3_1024", "norm_f16_e4m3_1024x2"}},
       {{"norm_f16_f32_128", "norm_f16_f32_512", "norm_f16_f32_1024", "norm_f16_f32_1024x2"},
        {"norm_f16_f32_i8_128", "norm_f16_f32_i8_512", "norm_f16_f32_i8_1024", "norm_f16_f32_i8_1024x2"},
        {"norm_f16_f32_e4m3_128", "norm_f16_f32_e4m3_512", "norm_f16_f32_e4m3_1024", "norm_f16_f32_e4m3_1024x2"}}}};
  int size = row_size(width);
  int target = output == activations ? 0 : output == DType::I8 ? 1 : output == DType::E4M3 ? 2 : -1;
  bool known = (activations == DType::BF16 || activations == DType::F16) && target >= 0 && size >= 0 && size <= 3 &&
               (stream == activations || stream == DType::F32);
  if (!known)
    return {nullptr, 0, 0, 0, 0, 0};
  uint32_t threads = row_threads(size);
  return {NAMES[activations == DType::F16][stream == DType::F32][target][size],
          rows,
          1,
          1,
          threads,
          static_cast<uint32_t>(3 * sizeof(float)) * (threads / 32)};
}

} // namespace gpu
} // namespace llmserving

#endif
