// Normalization of bf16 activations.
#include "llmserving/gpu/norm.h"

using namespace llmserving::gpu;

// The stream is bf16.
LLM_KERNEL(norm_bf16_128, NormParams, 128, 10) { norm<bf16, bf16, bf16, 128, 1>(p); }
LLM_KERNEL(norm_bf16_512, NormParams, 512, 3) { norm<bf16, bf16, bf16, 512, 1>(p); }
LLM_KERNEL(norm_bf16_1024, NormParams, 1024, 1) { norm<bf16, bf16, bf16, 1024, 1>(p); }
LLM_KERNEL(norm_bf16_1024x2, NormParams, 1024, 1) { norm<bf16, bf16, bf16, 1024, 2>(p); }
LLM_KERNEL(norm_bf16_i8_128, NormParams, 128, 10) { norm<bf16, bf16, int8_t, 128, 1>(p); }
LLM_KERNEL(norm_bf16_i8_512, NormParams, 512, 3) { norm<bf16, bf16, int8_t, 512, 1>(p); }
LLM_KERNEL(norm_bf16_i8_1024, NormParams, 1024, 1) { norm<bf16, bf16, int8_t, 1024, 1>(p); }
LLM_KERNEL(norm_bf16_i8_1024x2, NormParams, 1024, 1) { norm<bf16, bf16, int8_t, 1024, 2>(p); }
LLM_KERNEL(norm_bf16_e4m3_128, NormParams, 128, 10) { norm<bf16, bf16, e4m3, 128, 1>(p); }
LLM_KERNEL(norm_bf16_e4m3_512, NormParams, 512, 3) { norm<bf16, bf16, e4m3, 512, 1>(p); }
LLM_KERNEL(norm_bf16_e4m3_1024, NormParams, 1024, 1) { norm<bf16, bf16, e4m3, 1024, 1>(p); }
LLM_KERNEL(norm_bf16_e4m3_1024x2, NormParams, 1024, 1) { norm<bf16, bf16, e4m3, 1024, 2>(p); }

// The stream is f32.
LLM_KERNEL(norm_bf16_f32_128, NormParams, 128, 10) { norm<bf16, float, bf16, 128, 1>(p); }
LLM_KERNEL(norm_bf16_f32_512, NormParams, 512, 3) { norm<bf16, float, bf16, 512, 1>(p); }
LLM_KERNEL(norm_bf16_f32_1024, NormParams, 1024, 1) { norm<bf16, float, bf16, 1024, 1>(p); }
LLM_KERNEL(norm_bf16_f32_1024x2, NormParams, 1024, 1) { norm<bf16, float, bf16, 1024, 2>(p); }
LLM_KERNEL(norm_bf16_f32_i8_128, NormParams, 128, 10) { norm<bf16, float, int8_t, 128, 1>(p); }
LLM_KERNEL(norm_bf16_f32_i8_512, NormParams, 512, 3) { norm<bf16, float, int8_t, 512, 1>(p); }
LLM_KERNEL(norm_bf16_f32_i8_1024, NormParams, 1024, 1) { norm<bf16, float, int8_t, 1024, 1>(p); }
LLM_KERNEL(norm_bf16_f32_i8_1024x2, NormParams, 1024, 1) { norm<bf16, float, int8_t, 1024, 2>(p); }
LLM_KERNEL(norm_bf16_f32_e4m3_128, NormParams, 128, 10) { norm<bf16, float, e4m3, 128, 1>(p); }
LLM_KERNEL(norm_bf16_f32_e4m3_512, NormParams, 512, 3) { norm<bf16, float, e4m3, 512, 1>(p); }
LLM_KERNEL(norm_bf16_f32_e4m3_1024, NormParams, 1024, 1) { norm<bf16, float, e4m3, 1024, 1>(p); }
LLM_KERNEL(norm_bf16_f32_e4m3_1024x2, NormParams, 1024, 1) { norm<bf16, float, e4m3, 1024, 2>(p); }
