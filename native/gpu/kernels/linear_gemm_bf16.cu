// Matrix products of bf16 activations with packed weights, 64 or 128 tokens per block.
#include "llmserving/gpu/linear_gemm.h"

using namespace llmserving::gpu;

LLM_KERNEL(linear_gemm_float_bf16, LinearParams, 256, 1) { linear_gemm<LinearFamily::Float, bf16, 128>(p); }
LLM_KERNEL(linear_gemm_float_bf16_64, LinearParams, 256, 2) { linear_gemm<LinearFamily::Float, bf16, 64>(p); }
LLM_KERNEL(linear_gemm_int8_bf16, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int8, bf16, 128>(p); }
LLM_KERNEL(linear_gemm_int8_bf16_64, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int8, bf16, 64>(p); }
LLM_KERNEL(linear_gemm_int8min_bf16, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int8Min, bf16, 128>(p); }
LLM_KERNEL(linear_gemm_int8min_bf16_64, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int8Min, bf16, 64>(p); }
LLM_KERNEL(linear_gemm_int8g16_bf16, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int8Group16, bf16, 128>(p); }
LLM_KERNEL(linear_gemm_int8g16_bf16_64, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int8Group16, bf16, 64>(p); }
LLM_KERNEL(linear_gemm_int4_bf16, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int4, bf16, 128>(p); }
LLM_KERNEL(linear_gemm_int4_bf16_64, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int4, bf16, 64>(p); }
LLM_KERNEL(linear_gemm_int4min_bf16, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int4Min, bf16, 128>(p); }
LLM_KERNEL(linear_gemm_int4min_bf16_64, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int4Min, bf16, 64>(p); }
LLM_KERNEL(linear_gemm_int4g16min_bf16, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int4Group16Min, bf16, 128>(p); }
LLM_KERNEL(linear_gemm_int4g16min_bf16_64, LinearParams, 256, 1) { linear_gemm<LinearFamily::Int4Group16Min, bf16, 64>(p); }
