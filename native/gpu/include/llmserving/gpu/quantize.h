// Rows of 16-bit values to codes with scales and back, by themselves: with a scale per row, per tensor or per 32
// values.
#ifndef LLMSERVING_GPU_QUANTIZE_H
#define LLMSERVING_GPU_QUANTIZE_H

#include "llmserving/gpu/quantize_row.h"

namespace llmserving {
namespace gpu {

struct QuantizeParams {
  const void *input;         // T [rows][width]
  void *output;              // int8 or e4m3 [rows][width]
  float *scales;             // [rows], or [rows][width / 32] where scales are per group; unused where static
  const float *static_scale; // [1], where static: codes are saturated input / scale
  int32_t width;
  int32_t reserved;
};

// A scale per row; one block per row.
template <class T, class Q, int THREADS, int VECTORS> DEVICE_INLINE void quantize_rows(const QuantizeParams &p) {
  DYN_SMEM(uint32_t, scratch); // [THREADS / 32]
  pdl_wait();
  pdl_launch();
  const T *row = static_cast<const T *>(p.input) + static_cast<int64_t>(block_x()) * p.width;
  float x[VECTORS][8];
  UNROLL
  for (int v = 0; v < VECTORS; v++)
    load_row8(row, static_cast<int32_t>(v * THREADS + thread_x()) * 8, p.width, x[v]);
  RowOutput<Q>::template store<THREADS, VECTORS>(x, p.output, p.scales, block_x(), p.width, scratch);
}

// activations: BF16 or F16. output: I8 or E4M3. width: up to 32768.
inline Launch quantize_rows_launch(DType activations, DType output, uint32_t rows, int32_t width) {
  static const char *const NAMES[2][2][ROW_SIZES] = {
      {{"quantize_bf16_i8_128", "quantize_bf16_i8_512", "quantize_bf16_i8_1024", "quantize_bf16_i8_1024x2",
        "quantize_bf16_i8_1024x4"},
       {"quantize_bf16_e4m3_128", "quantize_bf16_e4m3_512", "quantize_bf16_e4m3_1024", "quantize_bf16_e4m3_1024x2",
        "quantize_bf16_e4m3_1024x4"}},
      {{"quantize_f16_i8_128", "quantize_f16_i8_512", "quantize_f16_i8_1024", "quantize_f16_i8_1024x2",
        "quantize_f16_i8_1024x4"},
       {"quantize_f16_e4m3_128", "quantize_f16_e4m3_512", "quantize_f16_e4m3_1024", "quantize_f16_e4m3_1024x2",
        "quantize_f16_e4m3_1024x4"}}};
  int size = row_size(width);
  bool known =
      (activations == DType::BF16 || activations == DType::F16) && (output == DType::I8 || output == DType::E4M3);
  if (!known || size < 0)
    return {nullptr, 0, 0, 0, 0, 0};
  uint32_t threads = row_threads(size);
  return {NAMES[activations == DType::F16][output == DType::E4M3][size], rows, 1, 1, threads,
          static_cast<uint32_t>(sizeof(uint32_t)) * (threads / 32)};
}

constexpr int QUANTIZE_THREADS = 256;

inline uint32_t quantize_spans(int32_t width) {
  return (static_cast<uint32_t>(width) + 8 * QUANTIZE_THREADS - 1) / (8 * QUANTIZE_THREADS);
}

// One scale for all. e4m3 saturates at 448, int8 at 127; a NaN has int8 code 0.
template <class T, class Q> DEVICE_INLINE void quantize_static(const QuantizeParams &p) {
  pdl_wait();
  pdl_launch();
  int32_t first = static_cast<int32_t>(block_y() * QUANTIZE_THREADS + thread_x()) * 8;
  if (first >= p.width)
    return;
  int64_t offset = static_cast<int64_t>(block_x()) * p.width;
  float x[8], inverse = div_rn(1.0f, *p.static_scale);
  load_row8(static_cast<const T *>(p.input) + offset, first, p.width, x);
  store_codes8(static_cast<Q *>(p.output) + offset, first, p.width, x, inverse);
}

inline Launch quantize_static_launch(DType activations, DType output, uint32_t rows, int32_t width) {
  static const char *const NAMES[2][2] = {{"quantize_static_bf16_i8", "quantize_static_bf16_e4m3"},
                                          {"quantize_static_f16_i8", "quantize_static_f16_e4m3"}};
  bool known =
      (activations == DType::BF16 || activations == DType::F16) && (output == DType::I8 || output == DType::E4M3);
  if (!known || width < 1)
    return {nullptr, 0, 0, 0, 0, 0};
  return {NAMES[activations == DType::F16][output == DType::E4M3], rows, quantize_spans(width), 1, QUANTIZE_THREADS, 0};
}

// int8 with a scale per 32 values, as the CPU quantizes activations; four lanes share a group. width: a multiple of 32.
template <class T> DEVICE_INLINE void quantize_groups(const QuantizeParams &p) {
  pdl_wait();
  pdl_launch();
  int32_t first = static_cast<int32_t>(block_y() * QUANTIZE_THREADS + thread_x()) * 8;
  int64_t offset = static_cast<int64_t>(block_x()) * p.width;
  float x[8];
  load_row8(static_cast<const T *>(p.input) + offset, first, p.width, x);
  uint32_t maximum = max_magnitude8(x, 0);
  UNROLL
  for (int mask = 2; mask > 0; mask /= 2) {
    uint32_t other = shfl_xor(maximum, mask);
    maximum = other > maximum ? other : maximum;
  }
  Scaling scaling = scaling_of<int8_t>(maximum);
  store_codes8(static_cast<int8_t *>(p.output) + offset, first, p.width, x, scaling.inverse);
  if (first % 32 == 0 && first < p.width)
    p.scales[(offset + first) / 32] = scaling.scale;
}

inline Launch quantize_groups_launch(DType activations, uint32_t rows, int32_t width) {
  const char *name = activations == DType::BF16  ? "quantize_groups_bf16"
                     : activations == DType::F16 ? "quantize_groups_f16"
                                                 : nullptr;
  return {width > 0 && width % 32 == 0 ? name : nullptr, rows, quantize_spans(width), 1, QUANTIZE_THREADS, 0};
}

struct DequantizeParams {
  const void *input;   // int8 or e4m3 [rows][width]
  const float *scales; // [rows]
  void *output;        // T [rows][width]
  int32_t width;
  int32_t reserved;
};

template <class Q, class T> DEVICE_INLINE void dequantize_rows(const DequantizeParams &p) {
  pdl_wait();
  pdl_launch();
  int32_t first = static_cast<int32_t>(block_y() * QUANTIZE_THREADS + thread_x()) * 8;
  if (first >= p.width)
    return;
  int64_t offset = static_cast<int64_t>(block_x()) * p.width;
  const uint8_t *codes = static_cast<const uint8_t *>(p.input) + offset + first;
  float scale = p.scales[block_x()], x[8];
  u64 eight = {0, 0};
  if (p.width % 8 == 0)
    eight = ld8(codes);
  UNROLL
  for (int j = 0; j < 8; j++) {
    uint32_t code = ((j < 4 ? eight.x : eight.y) >> (8 * (j % 4))) & 0xffu;
    if (p.width % 8 != 0)
      code = first + j < p.width ? codes[j] : 0u;
    x[j] = mul_rn(Codes<Q>::value(code), scale);
  }
  store_row8(static_cast<T *>(p.output) + offset, first, p.width, x);
}

inline Launch dequantize_rows_launch(DType input, DType activations, uint32_t rows, int32_t width) {
  static const char *const NAMES[2][2] = {{"dequantize_i8_bf16", "dequantize_e4m3_bf16"},
                                          {"dequantize_i8_f16", "dequantize_e4m3_f16"}};
  bool known =
      (activations == DType::BF16 || activations == DType::F16) && (input == DType::I8 || input == DType::E4M3);
  if (!known || width < 1)
    return {nullptr, 0, 0, 0, 0, 0};
  return {NAMES[activations == DType::F16][input == DType::E4M3], rows, quantize_spans(width), 1, QUANTIZE_THREADS, 0};
}

} // namespace gpu
} // namespace llmserving

#endif
