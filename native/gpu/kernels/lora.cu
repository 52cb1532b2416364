#include "llmserving/gpu/lora_bgmv.h"
#include "llmserving/gpu/lora_sgmv.h"

using namespace llmserving::gpu;

LLM_KERNEL(lora_bgmv_shrink_bf16, LoraBgmvParams, 256, 3) { lora_bgmv_shrink<bf16>(p); }
LLM_KERNEL(lora_bgmv_shrink_f16, LoraBgmvParams, 256, 3) { lora_bgmv_shrink<f16>(p); }
LLM_KERNEL(lora_bgmv_expand_bf16, LoraBgmvParams, 128, 8) { lora_bgmv_expand<bf16>(p); }
LLM_KERNEL(lora_bgmv_expand_f16, LoraBgmvParams, 128, 8) { lora_bgmv_expand<f16>(p); }
LLM_KERNEL(lora_sgmv_shrink_bf16, LoraSgmvParams, 128, 3) { lora_sgmv_shrink<bf16>(p); }
LLM_KERNEL(lora_sgmv_shrink_f16, LoraSgmvParams, 128, 3) { lora_sgmv_shrink<f16>(p); }
LLM_KERNEL(lora_sgmv_merge_bf16, LoraSgmvParams, 128, 8) { lora_sgmv_merge<bf16>(p); }
LLM_KERNEL(lora_sgmv_merge_f16, LoraSgmvParams, 128, 8) { lora_sgmv_merge<f16>(p); }
LLM_KERNEL(lora_sgmv_expand_bf16, LoraSgmvParams, 128, 4) { lora_sgmv_expand<bf16>(p); }
LLM_KERNEL(lora_sgmv_expand_f16, LoraSgmvParams, 128, 4) { lora_sgmv_expand<f16>(p); }
