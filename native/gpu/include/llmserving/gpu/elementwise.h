// Sums of rows, and the scale and cap of logits.
#ifndef LLMSERVING_GPU_ELEMENTWISE_H
#define LLMSERVING_GPU_ELEMENTWISE_H

#include "llmserving/gpu/row.h"

namespace llmserving {
namespace gpu {

constexpr int ELEMENTWISE_THREADS = 256;
constexpr int64_t ELEMENTWISE_SPAN = 8 * ELEMENTWISE_THREADS; // elements of one block

inline uint32_t elementwise_blocks(int64_t count) {
  return static_cast<uint32_t>((count + ELEMENTWISE_SPAN - 1) / ELEMENTWISE_SPAN);
}

// Flat arrays are cut into rows of one block's span; the last may be shorter.
struct Span {
  int64_t offset;
  int32_t first; // of this thread, within the span
  int32_t width;
};
DEVICE_INLINE Span own_span(int64_t count) {
  int64_t offset = block_x() * ELEMENTWISE_SPAN, rest = count - offset;
  return {offset, static_cast<int32_t>(thread_x()) * 8,
          static_cast<int32_t>(rest < ELEMENTWISE_SPAN ? rest : ELEMENTWISE_SPAN)};
}

struct AddParams {
  const void *a; // R [count], 16-byte aligned
  const void *b; // T [count], 16-byte aligned
  void *output;  // R [count], may be a
  int64_t count; // rows * width
};

// output = a + b; R is the residual stream's type, T the activations'.
template <class T, class R> DEVICE_INLINE void add(const AddParams &p) {
  pdl_wait();
  pdl_launch();
  Span span = own_span(p.count);
  float a[8], b[8];
  load_row8(static_cast<const R *>(p.a) + span.offset, span.first, span.width, a);
  load_row8(static_cast<const T *>(p.b) + span.offset, span.first, span.width, b);
  UNROLL
  for (int j = 0; j < 8; j++)
    a[j] += b[j];
  store_row8(static_cast<R *>(p.output) + span.offset, span.first, span.width, a);
}

inline Launch add_launch(DType activations, DType stream, int64_t count) {
  const char *name = nullptr;
  if (activations == DType::BF16)
    name = stream == DType::BF16 ? "add_bf16" : stream == DType::F32 ? "add_bf16_f32" : nullptr;
  else if (activations == DType::F16)
    name = stream == DType::F16 ? "add_f16" : stream == DType::F32 ? "add_f16_f32" : nullptr;
  return {name, elementwise_blocks(count), 1, 1, ELEMENTWISE_THREADS, 0};
}

struct ScaleCapParams {
  float *values; // [count], changed in place; 16-byte aligned
  int64_t count;
  float scale;
  float cap; // 0 = none
};

// x = scale * x, then cap * tanh(x / cap).
DEVICE_INLINE float scaled_and_capped(float x, float scale, float cap) {
  x *= scale;
  if (cap == 0.0f)
    return x;
  // tanh(u) = 1 - 2 / (1 + e^(2u)): exact ends, 2 ulp of 1 between.
  return cap * fma(-2.0f, rcp_fast(1.0f + exp2_fast(2.88539008f * (x / cap))), 1.0f);
}

DEVICE_INLINE void scale_cap(const ScaleCapParams &p) {
  pdl_wait();
  pdl_launch();
  Span span = own_span(p.count);
  float x[8];
  load_row8<float>(p.values + span.offset, span.first, span.width, x);
  UNROLL
  for (int j = 0; j < 8; j++)
    x[j] = scaled_and_capped(x[j], p.scale, p.cap);
  store_row8(p.values + span.offset, span.first, span.width, x);
}

inline Launch scale_cap_launch(int64_t count) {
  return {"scale_cap_f32", elementwise_blocks(count), 1, 1, ELEMENTWISE_THREADS, 0};
}

} // namespace gpu
} // namespace llmserving

#endif
