// Instances of prefill attention with e5m2 and int8 caches.
#include "llmserving/gpu/prefill_attention_kernel.h"

using namespace llmserving::gpu;

LLM_KERNEL(prefill_attention_bf16_e5m2_d64_r64, AttentionParams, 128, 3) {
  prefill_attention<PrefillTraits<bf16, e5m2, 64, 64>>(p);
}
LLM_KERNEL(prefill_attention_bf16_e5m2_d128_r64, AttentionParams, 128, 2) {
  prefill_attention<PrefillTraits<bf16, e5m2, 128, 64>>(p);
}
LLM_KERNEL(prefill_attention_bf16_e5m2_d256_r16, AttentionParams, 128, 2) {
  prefill_attention<PrefillTraits<bf16, e5m2, 256, 16>>(p);
}
#if LLM_BLOCK_SHARED_KB > 64
LLM_KERNEL(prefill_attention_bf16_e5m2_d256_r64, AttentionParams, 256, 1) {
  prefill_attention<PrefillTraits<bf16, e5m2, 256, 64>>(p);
}
#endif
LLM_KERNEL(prefill_attention_bf16_i8_d64_r64, AttentionParams, 128, 2) {
  prefill_attention<PrefillTraits<bf16, i8, 64, 64>>(p);
}
LLM_KERNEL(prefill_attention_bf16_i8_d128_r64, AttentionParams, 128, 2) {
  prefill_attention<PrefillTraits<bf16, i8, 128, 64>>(p);
}
LLM_KERNEL(prefill_attention_bf16_i8_d256_r16, AttentionParams, 128, 2) {
  prefill_attention<PrefillTraits<bf16, i8, 256, 16>>(p);
}
#if LLM_BLOCK_SHARED_KB > 64
LLM_KERNEL(prefill_attention_bf16_i8_d256_r64, AttentionParams, 256, 1) {
  prefill_attention<PrefillTraits<bf16, i8, 256, 64>>(p);
}
#endif
