// A slot's changes to raw logits: mask, bias, suppressed ids, penalties by counts, in one pass over the row and a touch
// of the few tokens that have a bias or are suppressed.
#ifndef LLMSERVING_GPU_SAMPLING_ADJUST_H
#define LLMSERVING_GPU_SAMPLING_ADJUST_H

#include "llmserving/gpu/sampling_block.h"

namespace llmserving {
namespace gpu {

// Where an adjusted row comes from. mask, counts: null where there are none.
struct Adjustment {
  const float *raw;
  const uint32_t *mask;
  const uint16_t *counts;
  const SamplerSlot *slot;
};

// Penalties of a token that occurs in prompt or output: repetition, then frequency and presence.
DEVICE_INLINE float penalized(float x, uint32_t count, const SamplerSlot &slot) {
  if (count == 0)
    return x;
  uint32_t times = count & COUNT_MASK;
  x = x > 0 ? div_rn(x, slot.repetition) : mul_rn(x, slot.repetition);
  x = add_rn(x, -mul_rn(slot.frequency, static_cast<float>(times)));
  return times > 0 ? add_rn(x, -slot.presence) : x;
}

DEVICE_INLINE bool allowed(const uint32_t *mask, int32_t id) {
  return mask == nullptr || (mask[id / 32] >> (id % 32) & 1u) != 0;
}

// A single token's adjusted logit, all but suppression.
DEVICE_INLINE float adjusted(const Adjustment &a, int32_t id, float bias) {
  float x = allowed(a.mask, id) ? add_rn(a.raw[id], bias) : negative_infinity();
  return a.counts == nullptr ? x : penalized(x, a.counts[id], *a.slot);
}

// Four neighbours, first % 4 == 0, without bias.
DEVICE_INLINE u128 adjusted_four(const Adjustment &a, int32_t first) {
  u128 x = ld16(a.raw + first);
  if (a.mask != nullptr) {
    uint32_t bits = a.mask[first / 32] >> (first % 32);
    x.x = (bits & 1u) != 0 ? x.x : NEGATIVE_INFINITY_BITS;
    x.y = (bits & 2u) != 0 ? x.y : NEGATIVE_INFINITY_BITS;
    x.z = (bits & 4u) != 0 ? x.z : NEGATIVE_INFINITY_BITS;
    x.w = (bits & 8u) != 0 ? x.w : NEGATIVE_INFINITY_BITS;
  }
  if (a.counts != nullptr) {
    u64 counts = ld8(a.counts + first);
    x.x = bits_of_float(penalized(float_of_bits(x.x), counts.x & 0xffffu, *a.slot));
    x.y = bits_of_float(penalized(float_of_bits(x.y), counts.x >> 16, *a.slot));
    x.z = bits_of_float(penalized(float_of_bits(x.z), counts.y & 0xffffu, *a.slot));
    x.w = bits_of_float(penalized(float_of_bits(x.w), counts.y >> 16, *a.slot));
  }
  return x;
}

// Writes the adjusted row to target. A token with a bias is written again by the thread that has its bias, because the
// bias comes before the penalties; suppressed ones last.
template <int THREADS> DEVICE_INLINE void adjust(const Adjustment &a, int32_t n, bool suppress, float *target) {
  int32_t own = static_cast<int32_t>(thread_x()), first = 4 * own;
  NO_UNROLL
  for (; first + 4 <= n; first += 4 * THREADS)
    st16(target + first, adjusted_four(a, first));
  NO_UNROLL
  for (int32_t id = first; id < n; id++) // less than four
    target[id] = adjusted(a, id, 0.0f);
  block_sync();
  NO_UNROLL
  for (int32_t i = own; i < a.slot->bias_count; i += THREADS) {
    int32_t id = global_pointer(a.slot->bias_ids)[i];
    target[id] = adjusted(a, id, global_pointer(a.slot->bias)[i]);
  }
  block_sync();
  NO_UNROLL
  for (int32_t i = suppress ? own : a.slot->suppressed_count; i < a.slot->suppressed_count; i += THREADS)
    target[global_pointer(a.slot->suppressed)[i]] = negative_infinity();
  block_sync();
}

} // namespace gpu
} // namespace llmserving

#endif
