// Normalization of bf16 activations.
#include "llmserving/gpu/norm.h"

using namespace llmserving::gpu;

// The stream is bf16.
LLM_KERNEL(norm_bf16_128, NormParams, 128, 12) { norm<bf16, bf16, bf16, 128, 1>(p); }
LLM_KERNEL(norm_bf16_256, NormParams, 256, 5) { norm<bf16, bf16, bf16, 256, 2>(p); }
LLM_KERNEL(norm_bf16_1024, NormParams, 1024, 1) { norm<bf16, bf16, bf16, 1024, 2>(p); }
LLM_KERNEL(norm_bf16_i8_128, NormParams, 128, 12) { norm<bf16, bf16, int8_t, 128, 1>(p); }
LLM_KERNEL(norm_bf16_i8_256, NormParams, 256, 5) { norm<bf16, bf16, int8_t, 256, 2>(p); }
LLM_KERNEL(norm_bf16_i8_1024, NormParams, 1024, 1) { norm<bf16, bf16, int8_t, 1024, 2>(p); }
LLM_KERNEL(norm_bf16_e4m3_128, NormParams, 128, 12) { norm<bf16, bf16, e4m3, 128, 1>(p); }
LLM_KERNEL(norm_bf16_e4m3_256, NormParams, 256, 5) { norm<bf16, bf16, e4m3, 256, 2>(p); }
LLM_KERNEL(norm_bf16_e4m3_1024, NormParams, 1024, 1) { norm<bf16, bf16, e4m3, 1024, 2>(p); }

// The stream is f32.
LLM_KERNEL(norm_bf16_f32_128, NormParams, 128, 12) { norm<bf16, float, bf16, 128, 1>(p); }
LLM_KERNEL(norm_bf16_f32_256, NormParams, 256, 5) { norm<bf16, float, bf16, 256, 2>(p); }
LLM_KERNEL(norm_bf16_f32_1024, NormParams, 1024, 1) { norm<bf16, float, bf16, 1024, 2>(p); }
LLM_KERNEL(norm_bf16_f32_i8_128, NormParams, 128, 12) { norm<bf16, float, int8_t, 128, 1>(p); }
LLM_KERNEL(norm_bf16_f32_i8_256, NormParams, 256, 5) { norm<bf16, float, int8_t, 256, 2>(p); }
LLM_KERNEL(norm_bf16_f32_i8_1024, NormParams, 1024, 1) { norm<bf16, float, int8_t, 1024, 2>(p); }
LLM_KERNEL(norm_bf16_f32_e4m3_128, NormParams, 128, 12) { norm<bf16, float, e4m3, 128, 1>(p); }
LLM_KERNEL(norm_bf16_f32_e4m3_256, NormParams, 256, 5) { norm<bf16, float, e4m3, 256, 2>(p); }
LLM_KERNEL(norm_bf16_f32_e4m3_1024, NormParams, 1024, 1) { norm<bf16, float, e4m3, 1024, 2>(p); }
