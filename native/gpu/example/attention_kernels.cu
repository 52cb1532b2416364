// The kernels of attention_example: instances of the library's headers, those alone that its sizes call for.
#include "llmserving/gpu/decode_attention.h"
#include "llmserving/gpu/gemm_fp8.h"
#include "llmserving/gpu/norm.h"
#include "llmserving/gpu/rope_cache.h"

using namespace llmserving::gpu;

LLM_KERNEL(norm_bf16_128, NormParams, 128, 8) { norm<bf16, bf16, bf16, 128, 1>(p); }
LLM_KERNEL(gemm_fp8_m64_bf16_e4m3, GemmFp8Params, 128, 1) { gemm_fp8<bf16, e4m3, Fp8Tile64>(p); }
LLM_KERNEL(rope_cache_bf16_bf16_d64, RopeCacheParams, ROPE_THREADS, 8) { rope_cache<bf16, bf16, 8>(p); }
LLM_KERNEL(decode_attention_bf16_bf16_d64, AttentionParams, 128, 8) { decode_attention<bf16, bf16, 64>(p); }
