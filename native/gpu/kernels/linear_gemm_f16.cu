// Matrix products of f16 activations with packed weights, 64 or 128 tokens per block.
#include "llmserving/gpu/linear_gemm.h"

using namespace llmserving::gpu;

LLM_KERNEL(linear_gemm_float_f16, LinearParams, 256, 1) { linear_gemm<LinearFamily::Float, f16, 128>(p); }
LLM_KERNEL(linear_gemm_float_f16_64, LinearParams, 256, 2) { linear_gemm<LinearFamily::Float, f16, 64>(p); }
LLM_KERNEL(linear_gemm_int8_f16, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int8, f16, 128>(p); }
LLM_KERNEL(linear_gemm_int8_f16_64, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int8, f16, 64>(p); }
LLM_KERNEL(linear_gemm_int8min_f16, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int8Min, f16, 128>(p); }
LLM_KERNEL(linear_gemm_int8min_f16_64, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int8Min, f16, 64>(p); }
LLM_KERNEL(linear_gemm_int8g16_f16, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int8Group16, f16, 128>(p); }
LLM_KERNEL(linear_gemm_int8g16_f16_64, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int8Group16, f16, 64>(p); }
LLM_KERNEL(linear_gemm_int4_f16, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int4, f16, 128>(p); }
LLM_KERNEL(linear_gemm_int4_f16_64, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int4, f16, 64>(p); }
LLM_KERNEL(linear_gemm_int4min_f16, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int4Min, f16, 128>(p); }
LLM_KERNEL(linear_gemm_int4min_f16_64, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int4Min, f16, 64>(p); }
LLM_KERNEL(linear_gemm_int4g16min_f16, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int4Group16Min, f16, 128>(p); }
LLM_KERNEL(linear_gemm_int4g16min_f16_64, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int4Group16Min, f16, 64>(p); }
