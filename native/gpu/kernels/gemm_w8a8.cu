#include "llmserving/gpu/gemm_w8a8.h"

using namespace llmserving::gpu;

LLM_KERNEL(gemm_w8a8_m16_bf16, GemmW8A8Params, 128, 4) { gemm_w8a8<bf16, W8A8Tile16>(p); }
LLM_KERNEL(gemm_w8a8_m16_f16, GemmW8A8Params, 128, 4) { gemm_w8a8<f16, W8A8Tile16>(p); }
LLM_KERNEL(gemm_w8a8_m64_bf16, GemmW8A8Params, 128, 2) { gemm_w8a8<bf16, W8A8Tile64>(p); }
LLM_KERNEL(gemm_w8a8_m64_f16, GemmW8A8Params, 128, 2) { gemm_w8a8<f16, W8A8Tile64>(p); }
LLM_KERNEL(gemm_w8a8_m128_bf16, GemmW8A8Params, 128, 2) { gemm_w8a8<bf16, W8A8Tile128>(p); }
LLM_KERNEL(gemm_w8a8_m128_f16, GemmW8A8Params, 128, 2) { gemm_w8a8<f16, W8A8Tile128>(p); }
LLM_KERNEL(gemm_w8a8_sums_m16, GemmW8A8Params, 128, 4) { gemm_w8a8_sums<W8A8Tile16>(p); }
LLM_KERNEL(gemm_w8a8_scale_bf16, GemmW8A8Params, 128, 8) { gemm_w8a8_scale<bf16>(p); }
LLM_KERNEL(gemm_w8a8_scale_f16, GemmW8A8Params, 128, 8) { gemm_w8a8_scale<f16>(p); }
