// Instances of decode attention: activations x cache types x greatest dimension of a head.
#include "llmserving/gpu/decode_attention.h"

using namespace llmserving::gpu;

LLM_KERNEL(decode_attention_bf16_bf16_d64, AttentionParams, 128, 8) { decode_attention<bf16, bf16, 64>(p); }
LLM_KERNEL(decode_attention_bf16_bf16_d128, AttentionParams, 128, 8) { decode_attention<bf16, bf16, 128>(p); }
LLM_KERNEL(decode_attention_bf16_bf16_d256, AttentionParams, 256, 4) { decode_attention<bf16, bf16, 256>(p); }
LLM_KERNEL(decode_attention_f16_f16_d64, AttentionParams, 128, 8) { decode_attention<f16, f16, 64>(p); }
LLM_KERNEL(decode_attention_f16_f16_d128, AttentionParams, 128, 8) { decode_attention<f16, f16, 128>(p); }
LLM_KERNEL(decode_attention_f16_f16_d256, AttentionParams, 256, 4) { decode_attention<f16, f16, 256>(p); }
LLM_KERNEL(decode_attention_bf16_e4m3_d64, AttentionParams, 128, 6) { decode_attention<bf16, e4m3, 64>(p); }
LLM_KERNEL(decode_attention_bf16_e4m3_d128, AttentionParams, 128, 6) { decode_attention<bf16, e4m3, 128>(p); }
LLM_KERNEL(decode_attention_bf16_e4m3_d256, AttentionParams, 128, 6) { decode_attention<bf16, e4m3, 256>(p); }
LLM_KERNEL(decode_attention_bf16_e5m2_d64, AttentionParams, 128, 6) { decode_attention<bf16, e5m2, 64>(p); }
LLM_KERNEL(decode_attention_bf16_e5m2_d128, AttentionParams, 128, 6) { decode_attention<bf16, e5m2, 128>(p); }
LLM_KERNEL(decode_attention_bf16_e5m2_d256, AttentionParams, 128, 6) { decode_attention<bf16, e5m2, 256>(p); }
LLM_KERNEL(decode_attention_bf16_i8_d64, AttentionParams, 128, 6) { decode_attention<bf16, i8, 64>(p); }
LLM_KERNEL(decode_attention_bf16_i8_d128, AttentionParams, 128, 6) { decode_attention<bf16, i8, 128>(p); }
LLM_KERNEL(decode_attention_bf16_i8_d256, AttentionParams, 128, 6) { decode_attention<bf16, i8, 256>(p); }
