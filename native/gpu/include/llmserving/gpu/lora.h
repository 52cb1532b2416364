// Low-rank adapters (LoRA, Hu et al. 2021) beside a linear layer: y += scale · B (A x), for rows of many adapters in
// one launch. Rows of one token each: lora_bgmv.h (the form of Punica, Chen et al. 2023, and of S-LoRA, Sheng et al.
// 2023); runs of rows of one adapter: lora_sgmv.h.
#ifndef LLMSERVING_GPU_LORA_H
#define LLMSERVING_GPU_LORA_H

#include "llmserving/gpu/platform.h"

namespace llmserving {
namespace gpu {

// One adapter at one layer. Its matrices lie anywhere in a pool, for instance in pages of the cache's pool, each in one
// piece; offsets are in elements from the pool's begin, multiples of 8.
struct alignas(16) LoraAdapter {
  int64_t a; // [rank][in]
  int64_t b; // [out][rank]
  int32_t
      rank; // a multiple of 8 (A's rows and B's columns padded by zeros), at most the launch's max_rank; 0: no effect
  float scale;
  uint32_t unused[2];
};
static_assert(sizeof(LoraAdapter) == 32, "hosts write this struct");

DEVICE_INLINE LoraAdapter load_adapter(const LoraAdapter *adapter) {
  union {
    u128 bits[2];
    LoraAdapter adapter;
  } v = {{ld16_nc(adapter), ld16_nc(reinterpret_cast<const u128 *>(adapter) + 1)}};
  return v.adapter;
}

constexpr int LORA_MAX_RANK = 256;

} // namespace gpu
} // namespace llmserving

#endif
