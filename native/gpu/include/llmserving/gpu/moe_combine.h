// The end of a mixture of experts: each token's sum of its experts' outputs, weighted, in the order of the token's
// choices.
#ifndef LLMSERVING_GPU_MOE_COMBINE_H
#define LLMSERVING_GPU_MOE_COMBINE_H

#include "llmserving/gpu/moe_route.h"
#include "llmserving/gpu/row.h"

namespace llmserving {
namespace gpu {

struct MoeCombineParams {
  const void *pairs;      // [tokens * top_k][width]: outputs of the pairs
  const float *weights;   // [tokens][top_k]
  const int32_t *experts; // [tokens][top_k]: pairs whose expert is not in 0 .. count - 1 count as zeros, unread
  const void *add;        // [tokens][width]: added first (a shared expert, a residual), or null
  void *out;              // [tokens][width]; may be `add`
  int32_t tokens;
  int32_t top_k; // at most MOE_MAX_TOP_K
  int32_t count; // of experts
  int32_t width; // a multiple of 8
};

constexpr int MOE_COMBINE_THREADS = 128;

// A token's weights, 0 for choices that do not count, and which ones do.
struct MoeCombineShared {
  float weights[MOE_MAX_TOP_K];
  int32_t counts[MOE_MAX_TOP_K];
};

template <class T> DEVICE_INLINE void moe_add_eight(u128 v, float weight, float (&sums)[8]) {
  float values[8];
  unpack8<T>(v, values);
  UNROLL
  for (int i = 0; i < 8; i++)
    sums[i] = fma(weight, values[i], sums[i]);
}

// Grid: eights of columns / 128, tokens.
template <class T> DEVICE_INLINE void moe_combine(const MoeCombineParams &p) {
  DYN_SMEM(MoeCombineShared, shared);
  pdl_wait();
  pdl_launch();
  int token = static_cast<int>(block_y()), choices = p.top_k;
  int64_t first = static_cast<int64_t>(token) * choices;
  if (static_cast<int>(thread_x()) < choices) {
    int expert = p.experts[first + thread_x()];
    shared->weights[thread_x()] = p.weights[first + thread_x()];
    shared->counts[thread_x()] = expert >= 0 && expert < p.count;
  }
  block_sync();
  int column = static_cast<int>(block_x() * MOE_COMBINE_THREADS + thread_x()) * 8;
  if (column >= p.width)
    return;
  int64_t place = static_cast<int64_t>(token) * p.width + column;
  float sums[8] = {};
  if (p.add != nullptr)
    unpack8<T>(ld16(static_cast<const T *>(p.add) + place), sums);
  for (int choice = 0; choice < choices; choice++)
    if (shared->counts[choice] != 0)
      moe_add_eight<T>(ld16_stream(static_cast<const T *>(p.pairs) + (first + choice) * p.width + column),
                       shared->weights[choice], sums);
  st16(static_cast<T *>(p.out) + place, pack8<T>(sums));
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
          sizeof(MoeCombineShared)};
}

} // namespace gpu
} // namespace llmserving

#endif
