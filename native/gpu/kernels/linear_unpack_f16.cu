// Packed weights to plain rows of f16.
#include "llmserving/gpu/linear_unpack.h"

using namespace llmserving::gpu;

LLM_KERNEL(linear_unpack_float_f16, LinearUnpackParams, 256, 4) { linear_unpack<LinearFamily::Float, f16>(p); }
LLM_KERNEL(linear_unpack_int8_f16, LinearUnpackParams, 256, 4) { linear_unpack<LinearFamily::Int8, f16>(p); }
LLM_KERNEL(linear_unpack_int8min_f16, LinearUnpackParams, 256, 4) { linear_unpack<LinearFamily::Int8Min, f16>(p); }
LLM_KERNEL(linear_unpack_int8g16_f16, LinearUnpackParams, 256, 4) { linear_unpack<LinearFamily::Int8Group16, f16>(p); }
LLM_KERNEL(linear_unpack_int4_f16, LinearUnpackParams, 256, 4) { linear_unpack<LinearFamily::Int4, f16>(p); }
LLM_KERNEL(linear_unpack_int4min_f16, LinearUnpackParams, 256, 4) { linear_unpack<LinearFamily::Int4Min, f16>(p); }
LLM_KERNEL(linear_unpack_int4g16min_f16, LinearUnpackParams, 256, 4) { linear_unpack<LinearFamily::Int4Group16Min, f16>(p); }
