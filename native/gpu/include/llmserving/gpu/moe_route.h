// Routing of a mixture of experts: scores of all experts from the router's logits, the top k of them per token.
//
// A token's experts come in order of descending logit, equal ones in ascending order of their numbers; NaN counts as
// the least logit. One warp to a token: a token's result depends on its logits alone.
#ifndef LLMSERVING_GPU_MOE_ROUTE_H
#define LLMSERVING_GPU_MOE_ROUTE_H

#include "llmserving/gpu/platform.h"

namespace llmserving {
namespace gpu {

constexpr int MOE_MAX_EXPERTS = 256;
constexpr int MOE_MAX_TOP_K = 8;

enum class MoeScore : int32_t { Softmax, Sigmoid };

struct MoeRouteParams {
  const void *logits; // [tokens][experts]
  int32_t *experts;   // [tokens][top_k], out
  float *weights;     // [tokens][top_k], out
  int32_t tokens;
  int32_t count; // of experts, at most MOE_MAX_EXPERTS
  int32_t top_k; // at most MOE_MAX_TOP_K and count
  MoeScore score;
  int32_t renormalize; // 1: a token's weights are divided by their sum
  float scale;         // of all weights, after that
};

constexpr int MOE_ROUTE_THREADS = 128;
constexpr int MOE_LANE_EXPERTS = MOE_MAX_EXPERTS / 32; // lane l has experts l, l + 32, …

// Keys in the order of floats: 0 for none, 1 for NaN.
DEVICE_INLINE uint32_t moe_key(float logit) {
  uint32_t bits = bits_of_float(logit);
  if ((bits & 0x7fffffffu) > 0x7f800000u)
    return 1;
  if (bits == 0x80000000u) // -0 = 0
    bits = 0;
  return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}
DEVICE_INLINE float moe_logit(uint32_t key) {
  if (key <= 1)
    return float_of_bits(0xff800000u);
  return float_of_bits((key & 0x80000000u) != 0 ? key & 0x7fffffffu : ~key);
}
DEVICE_INLINE uint32_t moe_warp_max(uint32_t value) {
  UNROLL
  for (int mask = 16; mask > 0; mask /= 2) {
    uint32_t other = shfl_xor(value, mask);
    value = other > value ? other : value;
  }
  return value;
}
DEVICE_INLINE float moe_exp(float x) { return exp2_fast(x * 1.44269504f); }
// An infinite logit is as good as the greatest, which it is.
DEVICE_INLINE float moe_exp_below(float logit, float greatest) {
  return logit == greatest ? 1.0f : moe_exp(logit - greatest);
}

// The expert of the greatest key that is left, the lowest of equals, in all lanes; its key is taken out.
DEVICE_INLINE int moe_take_best(uint32_t (&keys)[MOE_LANE_EXPERTS], uint32_t &best) {
  uint32_t lane = lane_id(), mine = 0;
  UNROLL
  for (int i = 0; i < MOE_LANE_EXPERTS; i++)
    mine = keys[i] > mine ? keys[i] : mine;
  best = moe_warp_max(mine);
  uint32_t lowest = 0; // MOE_MAX_EXPERTS - expert, so that the greatest is the lowest expert
  UNROLL
  for (int i = MOE_LANE_EXPERTS - 1; i >= 0; i--)
    lowest = keys[i] == best ? MOE_MAX_EXPERTS - (lane + i * 32) : lowest;
  uint32_t expert = MOE_MAX_EXPERTS - moe_warp_max(lowest);
  UNROLL
  for (int i = 0; i < MOE_LANE_EXPERTS; i++)
    keys[i] = lane + i * 32 == expert ? 0 : keys[i];
  return static_cast<int>(expert);
}

// What the weights of a token are divided by before renormalization: the sum of the exponentials, relative to the
// greatest.
DEVICE_INLINE float moe_softmax_sum(const uint32_t (&keys)[MOE_LANE_EXPERTS], float greatest) {
  float sum = 0;
  UNROLL
  for (int i = 0; i < MOE_LANE_EXPERTS; i++)
    sum += keys[i] == 0 ? 0.0f : moe_exp_below(moe_logit(keys[i]), greatest);
  return warp_sum(sum);
}

// Lane j of the result: the j-th weight of the token, unscaled. keys are used up.
DEVICE_INLINE float moe_pick(const MoeRouteParams &p, uint32_t (&keys)[MOE_LANE_EXPERTS], int &expert) {
  bool softmax = p.score == MoeScore::Softmax;
  uint32_t mine = 0;
  UNROLL
  for (int i = 0; i < MOE_LANE_EXPERTS; i++)
    mine = keys[i] > mine ? keys[i] : mine;
  float greatest = moe_logit(moe_warp_max(mine));
  if (bits_of_float(greatest) == 0xff800000u) // nothing above -infinity: all alike
    greatest = 0;
  float total = softmax ? moe_softmax_sum(keys, greatest) : 1.0f, weight = 0;
  for (int j = 0; j < p.top_k; j++) {
    uint32_t key;
    int best = moe_take_best(keys, key);
    float logit = moe_logit(key), score = softmax ? moe_exp_below(logit, greatest) : rcp_fast(1.0f + moe_exp(-logit));
    if (static_cast<int>(lane_id()) == j) {
      expert = best;
      weight = score;
    }
  }
  if (p.renormalize != 0)
    total = warp_sum(weight);
  return total > 0 ? weight / total : 0.0f;
}

// L: type of the logits. Grid: tokens / 4.
template <class L> DEVICE_INLINE void moe_route(const MoeRouteParams &p) {
  pdl_wait();
  pdl_launch();
  int token = static_cast<int>(block_x() * (MOE_ROUTE_THREADS / 32) + warp_id()), lane = static_cast<int>(lane_id());
  if (token >= p.tokens) // the whole warp
    return;
  const L *logits = static_cast<const L *>(p.logits) + static_cast<int64_t>(token) * p.count;
  uint32_t keys[MOE_LANE_EXPERTS];
  UNROLL
  for (int i = 0; i < MOE_LANE_EXPERTS; i++)
    keys[i] = lane + i * 32 < p.count ? moe_key(to_float(logits[lane + i * 32])) : 0;
  int expert = 0;
  float weight = moe_pick(p, keys, expert);
  if (lane < p.top_k) {
    p.experts[static_cast<int64_t>(token) * p.top_k + lane] = expert;
    p.weights[static_cast<int64_t>(token) * p.top_k + lane] = weight * p.scale;
  }
}

// logits: F32, F16 or BF16.
inline Launch moe_route_launch(DType logits, int32_t tokens, int32_t experts, int32_t top_k) {
  if (experts > MOE_MAX_EXPERTS || top_k > MOE_MAX_TOP_K || top_k > experts)
    return {};
  const char *kernel = logits == DType::F32    ? "moe_route_f32"
                       : logits == DType::F16  ? "moe_route_f16"
                       : logits == DType::BF16 ? "moe_route_bf16"
                                               : nullptr;
  return {kernel, static_cast<uint32_t>((tokens + 3) / 4), 1, 1, MOE_ROUTE_THREADS, 0};
}

} // namespace gpu
} // namespace llmserving

#endif
