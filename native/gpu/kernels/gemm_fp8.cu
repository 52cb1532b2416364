#include "llmserving/gpu/gemm_fp8.h"

using namespace llmserving::gpu;

LLM_KERNEL(gemm_fp8_m16_bf16_e4m3, GemmFp8Params, 128, 3) { gemm_fp8<bf16, e4m3, Fp8Tile16>(p); }
LLM_KERNEL(gemm_fp8_m16_bf16_e5m2, GemmFp8Params, 128, 3) { gemm_fp8<bf16, e5m2, Fp8Tile16>(p); }
LLM_KERNEL(gemm_fp8_m16_f16_e4m3, GemmFp8Params, 128, 3) { gemm_fp8<f16, e4m3, Fp8Tile16>(p); }
LLM_KERNEL(gemm_fp8_m16_f16_e5m2, GemmFp8Params, 128, 3) { gemm_fp8<f16, e5m2, Fp8Tile16>(p); }
LLM_KERNEL(gemm_fp8_m64_bf16_e4m3, GemmFp8Params, 128, 1) { gemm_fp8<bf16, e4m3, Fp8Tile64>(p); }
LLM_KERNEL(gemm_fp8_m64_bf16_e5m2, GemmFp8Params, 128, 1) { gemm_fp8<bf16, e5m2, Fp8Tile64>(p); }
LLM_KERNEL(gemm_fp8_m64_f16_e4m3, GemmFp8Params, 128, 1) { gemm_fp8<f16, e4m3, Fp8Tile64>(p); }
LLM_KERNEL(gemm_fp8_m64_f16_e5m2, GemmFp8Params, 128, 1) { gemm_fp8<f16, e5m2, Fp8Tile64>(p); }
