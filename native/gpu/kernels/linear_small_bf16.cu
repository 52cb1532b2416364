// Matrix products of bf16 activations with packed weights, 8 or 16 tokens per block.
#include "llmserving/gpu/linear_small.h"

using namespace llmserving::gpu;

LLM_KERNEL(linear_small_float_bf16_8, LinearParams, 256, 2) { linear_small<LinearFamily::Float, bf16, 8>(p); }
LLM_KERNEL(linear_small_float_bf16_16, LinearParams, 256, 2) { linear_small<LinearFamily::Float, bf16, 16>(p); }
LLM_KERNEL(linear_small_int8_bf16_8, LinearParams, 256, 2) { linear_small<LinearFamily::Int8, bf16, 8>(p); }
LLM_KERNEL(linear_small_int8_bf16_16, LinearParams, 256, 2) { linear_small<LinearFamily::Int8, bf16, 16>(p); }
LLM_KERNEL(linear_small_int8min_bf16_8, LinearParams, 256, 2) { linear_small<LinearFamily::Int8Min, bf16, 8>(p); }
LLM_KERNEL(linear_small_int8min_bf16_16, LinearParams, 256, 2) { linear_small<LinearFamily::Int8Min, bf16, 16>(p); }
LLM_KERNEL(linear_small_int8g16_bf16_8, LinearParams, 256, 2) { linear_small<LinearFamily::Int8Group16, bf16, 8>(p); }
LLM_KERNEL(linear_small_int8g16_bf16_16, LinearParams, 256, 2) { linear_small<LinearFamily::Int8Group16, bf16, 16>(p); }
LLM_KERNEL(linear_small_int4_bf16_8, LinearParams, 256, 2) { linear_small<LinearFamily::Int4, bf16, 8>(p); }
LLM_KERNEL(linear_small_int4_bf16_16, LinearParams, 256, 2) { linear_small<LinearFamily::Int4, bf16, 16>(p); }
LLM_KERNEL(linear_small_int4min_bf16_8, LinearParams, 256, 2) { linear_small<LinearFamily::Int4Min, bf16, 8>(p); }
LLM_KERNEL(linear_small_int4min_bf16_16, LinearParams, 256, 2) { linear_small<LinearFamily::Int4Min, bf16, 16>(p); }
LLM_KERNEL(linear_small_int4g16min_bf16_8, LinearParams, 256, 2) { linear_small<LinearFamily::Int4Group16Min, bf16, 8>(p); }
LLM_KERNEL(linear_small_int4g16min_bf16_16, LinearParams, 256, 2) { linear_small<LinearFamily::Int4Group16Min, bf16, 16>(p); }
