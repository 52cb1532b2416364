// The end of a mixture of experts: each token's sum of its experts' outputs, weighted, in the order of the token's
// choices.
#ifndef LLMSERVING_GPU_MOE_COMBINE_H
#define LLMSERVING_GPU_MOE_COMBINE_H

#include "llmserving/gpu/row.h"

namespace llmserving {
namespace gpu {

struct MoeCombineParams {
  const void *pairs;      // [tokens * top_k][width]: outputs of the pairs
  const float *weights;   // [tokens][top_k]
  const int32_t *experts; // [tokens][top_k]: pairs whose expert is not in 0 .. count - 1 count as zeros, unread
  const void *add;        // [tokens][width]: added first (a shared expert, a residual), or null
  void *out;              // [tokens][width]; may be `add`
  int32_t tokens, top_k, count;
  int32_t width; // a multiple of 8
};

constexpr int MOE_COMBINE_THREADS = 128;

template <class T> DEVICE_INLINE void moe_add_eight(u128 v, float weight, float (&sums)[8]) {
  float values[8];
  unpack8<T>(v, values);
  UNROLL
  for (int i = 0; i < 8; i++)
    sums[i] = fma(weight, values[i], sums[i]);
}

// Grid: eights of columns / 128, tokens.
template <class T> DEVICE_INLINE void moe_combine(const MoeCombineParams &p) {
  pdl_wait();
  pdl_launch();
  int token = static_cast<int>(block_y()), column = static_cast<int>(block_x() * MOE_COMBINE_THREADS + thread_x()) * 8;
  if (column >= p.width)
    return;
  int64_t place = static_cast<int64_t>(token) * p.width + column;
  float sums[8] = {};
  if (p.add != nullptr)
    moe_add_eight<T>(ld16(static_cast<const T *>(p.add) + place), 1.0f, sums);
  for (int choice = 0; choice < p.top_k; choice++) {
    int64_t pair = static_cast<int64_t>(token) * p.top_k + choice;
    int expert = p.experts[pair];
    if (expert >= 0 && expert < p.count)
      moe_add_eight<T>(ld16_stream(static_cast<const T *>(p.pairs) + pair * p.width + column), p.weights[pair], sums);
  }
  store8(static_cast<T *>(p.out) + place, sums);
}

// type: F16 or BF16.
inline Launch moe_combine_launch(DType type, int32_t tokens, int32_t width) {
  if (type != DType::BF16 && type != DType::F16)
    return {};
  return {type == DType::BF16 ? "moe_combine_bf16" : "moe_combine_f16",
          static_cast<uint32_t>((width / 8 + MOE_COMBINE_THREADS - 1) / MOE_COMBINE_THREADS),
          static_cast<uint32_t>(tokens),
          1,
          MOE_COMBINE_THREADS,
          0};
}

} // namespace gpu
} // namespace llmserving

#endif
