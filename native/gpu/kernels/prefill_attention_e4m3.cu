// Instances of prefill attention with an e4m3 cache.
#include "llmserving/gpu/prefill_attention_kernel.h"

using namespace llmserving::gpu;

LLM_KERNEL(prefill_attention_bf16_e4m3_d64_r16, AttentionParams, 128, 4) {
  prefill_attention<PrefillTraits<bf16, e4m3, 64, 16>>(p);
}
LLM_KERNEL(prefill_attention_bf16_e4m3_d128_r16, AttentionParams, 128, 3) {
  prefill_attention<PrefillTraits<bf16, e4m3, 128, 16>>(p);
}
LLM_KERNEL(prefill_attention_bf16_e4m3_d256_r16, AttentionParams, 128, 2) {
  prefill_attention<PrefillTraits<bf16, e4m3, 256, 16>>(p);
}
LLM_KERNEL(prefill_attention_bf16_e4m3_d64_r64, AttentionParams, 128, 3) {
  prefill_attention<PrefillTraits<bf16, e4m3, 64, 64>>(p);
}
LLM_KERNEL(prefill_attention_bf16_e4m3_d128_r64, AttentionParams, 128, 2) {
  prefill_attention<PrefillTraits<bf16, e4m3, 128, 64>>(p);
}
#if LLM_BLOCK_SHARED_KB > 64
LLM_KERNEL(prefill_attention_bf16_e4m3_d256_r64, AttentionParams, 256, 1) {
  prefill_attention<PrefillTraits<bf16, e4m3, 256, 64>>(p);
}
#endif
LLM_KERNEL(prefill_attention_bf16_e4m3_d64_r128, AttentionParams, 256, 1) {
  prefill_attention<PrefillTraits<bf16, e4m3, 64, 128>>(p);
}
#if LLM_BLOCK_SHARED_KB > 64
LLM_KERNEL(prefill_attention_bf16_e4m3_d128_r128, AttentionParams, 256, 1) {
  prefill_attention<PrefillTraits<bf16, e4m3, 128, 128>>(p);
}
#endif
