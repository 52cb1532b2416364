#include "llmserving/gpu/gemm_grouped.h"

using namespace llmserving::gpu;

LLM_KERNEL(gemm_grouped_m16_bf16, GemmGroupedParams, 128, 4) { gemm_grouped<bf16, GroupedTile16>(p); }
LLM_KERNEL(gemm_grouped_m16_f16, GemmGroupedParams, 128, 4) { gemm_grouped<f16, GroupedTile16>(p); }
LLM_KERNEL(gemm_grouped_m64_bf16, GemmGroupedParams, 128, 2) { gemm_grouped<bf16, GroupedTile64>(p); }
LLM_KERNEL(gemm_grouped_m64_f16, GemmGroupedParams, 128, 2) { gemm_grouped<f16, GroupedTile64>(p); }
LLM_KERNEL(gemm_grouped_m128_bf16, GemmGroupedParams, 128, 2) { gemm_grouped<bf16, GroupedTile128>(p); }
LLM_KERNEL(gemm_grouped_m128_f16, GemmGroupedParams, 128, 2) { gemm_grouped<f16, GroupedTile128>(p); }
