// Attention whose last block merges the partial states of all, without something that orders it behind them: FAULT_FENCE
// takes the fences around tickets, FAULT_ATOMIC counts tickets by a plain load and store, FAULT_BARRIER takes the barriers
// before and behind tickets.
#include "llmserving/gpu/platform.h"

namespace llmserving {
namespace gpu {
DEVICE_INLINE uint32_t plain_add(uint32_t *p, uint32_t v) {
  uint32_t old = *p;
  *p = old + v;
  return old;
}
} // namespace gpu
} // namespace llmserving

#if defined(FAULT_FENCE)
#define fence_device()
#elif defined(FAULT_ATOMIC)
#define atomic_add(p, v) plain_add(p, v)
#elif defined(FAULT_BARRIER)
#include "llmserving/gpu/attention.h"
#define block_sync warp_sync
#include "llmserving/gpu/attention_merge.h"
#undef block_sync
#endif
#include "llmserving/gpu/decode_attention.h"
#include "llmserving/gpu/prefill_attention_kernel.h"

using namespace llmserving::gpu;

LLM_KERNEL(decode_attention_bf16_bf16_d64, AttentionParams, 128, 8) { decode_attention<bf16, bf16, 64>(p); }
LLM_KERNEL(prefill_attention_bf16_bf16_d64_r16, AttentionParams, 128, 4) {
  prefill_attention<PrefillTraits<bf16, bf16, 64, 16>>(p);
}
