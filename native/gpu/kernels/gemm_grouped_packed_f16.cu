// Experts with packed weights, f16 activations.
#include "llmserving/gpu/gemm_grouped_packed.h"

using namespace llmserving::gpu;

LLM_KERNEL(gemm_grouped_int8_m32_f16, GemmGroupedPackedParams, 256, 2) { gemm_grouped_packed<LinearFamily::Int8, f16, 32>(p); }
LLM_KERNEL(gemm_grouped_int8_m128_f16, GemmGroupedPackedParams, 256, 1) { gemm_grouped_packed<LinearFamily::Int8, f16, 128>(p); }
LLM_KERNEL(gemm_grouped_int8g16_m32_f16, GemmGroupedPackedParams, 256, 2) { gemm_grouped_packed<LinearFamily::Int8Group16, f16, 32>(p); }
LLM_KERNEL(gemm_grouped_int8g16_m128_f16, GemmGroupedPackedParams, 256, 1) { gemm_grouped_packed<LinearFamily::Int8Group16, f16, 128>(p); }
LLM_KERNEL(gemm_grouped_int4_m32_f16, GemmGroupedPackedParams, 256, 2) { gemm_grouped_packed<LinearFamily::Int4, f16, 32>(p); }
LLM_KERNEL(gemm_grouped_int4_m128_f16, GemmGroupedPackedParams, 256, 1) { gemm_grouped_packed<LinearFamily::Int4, f16, 128>(p); }
LLM_KERNEL(gemm_grouped_int4min_m32_f16, GemmGroupedPackedParams, 256, 2) { gemm_grouped_packed<LinearFamily::Int4Min, f16, 32>(p); }
LLM_KERNEL(gemm_grouped_int4min_m128_f16, GemmGroupedPackedParams, 256, 1) { gemm_grouped_packed<LinearFamily::Int4Min, f16, 128>(p); }
