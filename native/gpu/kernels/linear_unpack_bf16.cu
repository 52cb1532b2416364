// Packed weights to plain rows of bf16.
#include "llmserving/gpu/linear_unpack.h"

using namespace llmserving::gpu;

LLM_KERNEL(linear_unpack_float_bf16, LinearUnpackParams, 256, 4) { linear_unpack<LinearFamily::Float, bf16>(p); }
LLM_KERNEL(linear_unpack_int8_bf16, LinearUnpackParams, 256, 4) { linear_unpack<LinearFamily::Int8, bf16>(p); }
LLM_KERNEL(linear_unpack_int8min_bf16, LinearUnpackParams, 256, 4) { linear_unpack<LinearFamily::Int8Min, bf16>(p); }
LLM_KERNEL(linear_unpack_int8g16_bf16, LinearUnpackParams, 256, 4) { linear_unpack<LinearFamily::Int8Group16, bf16>(p); }
LLM_KERNEL(linear_unpack_int4_bf16, LinearUnpackParams, 256, 4) { linear_unpack<LinearFamily::Int4, bf16>(p); }
LLM_KERNEL(linear_unpack_int4min_bf16, LinearUnpackParams, 256, 4) { linear_unpack<LinearFamily::Int4Min, bf16>(p); }
LLM_KERNEL(linear_unpack_int4g16min_bf16, LinearUnpackParams, 256, 4) { linear_unpack<LinearFamily::Int4Group16Min, bf16>(p); }
