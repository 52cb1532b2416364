// Instances of norm, rotation and cache write: activations x cache types x greatest dimension of a head.
#include "llmserving/gpu/rope_cache.h"

using namespace llmserving::gpu;

LLM_KERNEL(rope_cache_bf16_bf16_d64, RopeCacheParams, ROPE_THREADS, 12) { rope_cache<bf16, bf16, 8>(p); }
LLM_KERNEL(rope_cache_bf16_bf16_d128, RopeCacheParams, ROPE_THREADS, 12) { rope_cache<bf16, bf16, 16>(p); }
LLM_KERNEL(rope_cache_bf16_bf16_d256, RopeCacheParams, ROPE_THREADS, 12) { rope_cache<bf16, bf16, 32>(p); }
LLM_KERNEL(rope_cache_f16_f16_d64, RopeCacheParams, ROPE_THREADS, 12) { rope_cache<f16, f16, 8>(p); }
LLM_KERNEL(rope_cache_f16_f16_d128, RopeCacheParams, ROPE_THREADS, 12) { rope_cache<f16, f16, 16>(p); }
LLM_KERNEL(rope_cache_f16_f16_d256, RopeCacheParams, ROPE_THREADS, 12) { rope_cache<f16, f16, 32>(p); }
LLM_KERNEL(rope_cache_bf16_e4m3_d64, RopeCacheParams, ROPE_THREADS, 12) { rope_cache<bf16, e4m3, 8>(p); }
LLM_KERNEL(rope_cache_bf16_e4m3_d128, RopeCacheParams, ROPE_THREADS, 12) { rope_cache<bf16, e4m3, 16>(p); }
LLM_KERNEL(rope_cache_bf16_e4m3_d256, RopeCacheParams, ROPE_THREADS, 12) { rope_cache<bf16, e4m3, 32>(p); }
LLM_KERNEL(rope_cache_bf16_e5m2_d64, RopeCacheParams, ROPE_THREADS, 12) { rope_cache<bf16, e5m2, 8>(p); }
LLM_KERNEL(rope_cache_bf16_e5m2_d128, RopeCacheParams, ROPE_THREADS, 12) { rope_cache<bf16, e5m2, 16>(p); }
LLM_KERNEL(rope_cache_bf16_e5m2_d256, RopeCacheParams, ROPE_THREADS, 12) { rope_cache<bf16, e5m2, 32>(p); }
LLM_KERNEL(rope_cache_bf16_i8_d64, RopeCacheParams, ROPE_THREADS, 12) { rope_cache<bf16, i8, 8>(p); }
LLM_KERNEL(rope_cache_bf16_i8_d128, RopeCacheParams, ROPE_THREADS, 12) { rope_cache<bf16, i8, 16>(p); }
LLM_KERNEL(rope_cache_bf16_i8_d256, RopeCacheParams, ROPE_THREADS, 12) { rope_cache<bf16, i8, 32>(p); }
