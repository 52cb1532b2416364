// out = act(gate) * up for rows [gate | up], as 16-bit values or quantized per row.
#ifndef LLMSERVING_GPU_ACTIVATION_H
#define LLMSERVING_GPU_ACTIVATION_H

#include "llmserving/gpu/activation_function.h"
#include "llmserving/gpu/quantize_row.h"

namespace llmserving {
namespace gpu {

struct ActivationParams {
  const void *input; // T [rows][2 * width]: gate, then up
  void *output;      // T, int8 or e4m3 [rows][width]
  float *scales;     // [rows], of quantized output
  int32_t width;
  int32_t kind; // Activation
};

template <class T>
DEVICE_INLINE void activate_multiply8(const ActivationParams &p, uint32_t row, int32_t first, float y[8]) {
  const T *gate = static_cast<const T *>(p.input) + static_cast<int64_t>(row) * 2 * p.width;
  float up[8];
  load_row8(gate, first, p.width, y);
  load_row8(gate + p.width, first, p.width, up);
  UNROLL
  for (int j = 0; j < 8; j++)
    y[j] = activate(y[j], p.kind) * up[j];
}

constexpr int ACTIVATION_THREADS = 256;

// Eight elements per thread; block (x, y) has row x, elements 2048 y and on.
template <class T> DEVICE_INLINE void activate_multiply(const ActivationParams &p) {
  pdl_wait();
  pdl_launch();
  int32_t first = static_cast<int32_t>(block_y() * ACTIVATION_THREADS + thread_x()) * 8;
  if (first >= p.width)
    return;
  float y[8];
  activate_multiply8<T>(p, block_x(), first, y);
  store_row8(static_cast<T *>(p.output) + static_cast<int64_t>(block_x()) * p.width, first, p.width, y);
}

// One block per row, which stays in registers until its greatest magnitude is known. Results are not rounded to T
// before they are quantized.
template <class T, class Q, int THREADS, int VECTORS>
DEVICE_INLINE void activate_multiply_quantize(const ActivationParams &p) {
  DYN_SMEM(uint32_t, scratch); // [THREADS / 32]
  pdl_wait();
  pdl_launch();
  float y[VECTORS][8];
  UNROLL
  for (int v = 0; v < VECTORS; v++)
    activate_multiply8<T>(p, block_x(), static_cast<int32_t>(v * THREADS + thread_x()) * 8, y[v]);
  RowOutput<Q>::template store<THREADS, VECTORS>(y, p.output, p.scales, block_x(), p.width, scratch);
}

// activations: T, BF16 or F16. output: T; or I8 or E4M3 with width up to 32768.
inline Launch activation_launch(DType activations, DType output, uint32_t rows, int32_t width) {
  static const char *const NAMES[2][2][ROW_SIZES] = {
      {{"activation_bf16_i8_128", "activation_bf16_i8_512", "activation_bf16_i8_1024", "activation_bf16_i8_1024x2",
        "activation_bf16_i8_1024x4"},
       {"activation_bf16_e4m3_128", "activation_bf16_e4m3_512", "activation_bf16_e4m3_1024",
        "activation_bf16_e4m3_1024x2", "activation_bf16_e4m3_1024x4"}},
      {{"activation_f16_i8_128", "activation_f16_i8_512", "activation_f16_i8_1024", "activation_f16_i8_1024x2",
        "activation_f16_i8_1024x4"},
       {"activation_f16_e4m3_128", "activation_f16_e4m3_512", "activation_f16_e4m3_1024", "activation_f16_e4m3_1024x2",
        "activation_f16_e4m3_1024x4"}}};
  bool half = activations == DType::F16;
  if (width < 1 || (!half && activations != DType::BF16))
    return {nullptr, 0, 0, 0, 0, 0};
  if (output == activations)
    return {half ? "activation_f16" : "activation_bf16",
            rows,
            (static_cast<uint32_t>(width) + 8 * ACTIVATION_THREADS - 1) / (8 * ACTIVATION_THREADS),
            1,
            ACTIVATION_THREADS,
            0};
  int size = row_size(width);
  if (size < 0 || (output != DType::I8 && output != DType::E4M3))
    return {nullptr, 0, 0, 0, 0, 0};
  uint32_t threads = row_threads(size);
  return {NAMES[half][output == DType::E4M3][size],
          rows,
          1,
          1,
          threads,
          static_cast<uint32_t>(sizeof(uint32_t)) * (threads / 32)};
}

} // namespace gpu
} // namespace llmserving

#endif
