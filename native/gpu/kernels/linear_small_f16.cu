// Matrix products of f16 activations with packed weights, 8 or 16 tokens per block.
#include "llmserving/gpu/linear_small.h"

using namespace llmserving::gpu;

LLM_KERNEL(linear_small_float_f16_8, LinearParams, 256, 2) { linear_small<LinearFamily::Float, f16, 8>(p); }
LLM_KERNEL(linear_small_float_f16_16, LinearParams, 256, 2) { linear_small<LinearFamily::Float, f16, 16>(p); }
LLM_KERNEL(linear_small_int8_f16_8, LinearParams, 256, 2) { linear_small<LinearFamily::Int8, f16, 8>(p); }
LLM_KERNEL(linear_small_int8_f16_16, LinearParams, 256, 2) { linear_small<LinearFamily::Int8, f16, 16>(p); }
LLM_KERNEL(linear_small_int8min_f16_8, LinearParams, 256, 2) { linear_small<LinearFamily::Int8Min, f16, 8>(p); }
LLM_KERNEL(linear_small_int8min_f16_16, LinearParams, 256, 2) { linear_small<LinearFamily::Int8Min, f16, 16>(p); }
LLM_KERNEL(linear_small_int8g16_f16_8, LinearParams, 256, 2) { linear_small<LinearFamily::Int8Group16, f16, 8>(p); }
LLM_KERNEL(linear_small_int8g16_f16_16, LinearParams, 256, 2) { linear_small<LinearFamily::Int8Group16, f16, 16>(p); }
LLM_KERNEL(linear_small_int4_f16_8, LinearParams, 256, 2) { linear_small<LinearFamily::Int4, f16, 8>(p); }
LLM_KERNEL(linear_small_int4_f16_16, LinearParams, 256, 2) { linear_small<LinearFamily::Int4, f16, 16>(p); }
LLM_KERNEL(linear_small_int4min_f16_8, LinearParams, 256, 2) { linear_small<LinearFamily::Int4Min, f16, 8>(p); }
LLM_KERNEL(linear_small_int4min_f16_16, LinearParams, 256, 2) { linear_small<LinearFamily::Int4Min, f16, 16>(p); }
LLM_KERNEL(linear_small_int4g16min_f16_8, LinearParams, 256, 2) { linear_small<LinearFamily::Int4Group16Min, f16, 8>(p); }
LLM_KERNEL(linear_small_int4g16min_f16_16, LinearParams, 256, 2) { linear_small<LinearFamily::Int4Group16Min, f16, 16>(p); }
