// Normalization of f16 activations.
#include "llmserving/gpu/norm.h"

using namespace llmserving::gpu;

// The stream is f16.
LLM_KERNEL(norm_f16_128, NormParams, 128, 10) { norm<f16, f16, f16, 128, 1>(p); }
LLM_KERNEL(norm_f16_512, NormParams, 512, 3) { norm<f16, f16, f16, 512, 1>(p); }
LLM_KERNEL(norm_f16_1024, NormParams, 1024, 1) { norm<f16, f16, f16, 1024, 1>(p); }
LLM_KERNEL(norm_f16_1024x2, NormParams, 1024, 1) { norm<f16, f16, f16, 1024, 2>(p); }
LLM_KERNEL(norm_f16_i8_128, NormParams, 128, 10) { norm<f16, f16, int8_t, 128, 1>(p); }
LLM_KERNEL(norm_f16_i8_512, NormParams, 512, 3) { norm<f16, f16, int8_t, 512, 1>(p); }
LLM_KERNEL(norm_f16_i8_1024, NormParams, 1024, 1) { norm<f16, f16, int8_t, 1024, 1>(p); }
LLM_KERNEL(norm_f16_i8_1024x2, NormParams, 1024, 1) { norm<f16, f16, int8_t, 1024, 2>(p); }
LLM_KERNEL(norm_f16_e4m3_128, NormParams, 128, 10) { norm<f16, f16, e4m3, 128, 1>(p); }
LLM_KERNEL(norm_f16_e4m3_512, NormParams, 512, 3) { norm<f16, f16, e4m3, 512, 1>(p); }
LLM_KERNEL(norm_f16_e4m3_1024, NormParams, 1024, 1) { norm<f16, f16, e4m3, 1024, 1>(p); }
LLM_KERNEL(norm_f16_e4m3_1024x2, NormParams, 1024, 1) { norm<f16, f16, e4m3, 1024, 2>(p); }

// The stream is f32.
LLM_KERNEL(norm_f16_f32_128, NormParams, 128, 10) { norm<f16, float, f16, 128, 1>(p); }
LLM_KERNEL(norm_f16_f32_512, NormParams, 512, 3) { norm<f16, float, f16, 512, 1>(p); }
LLM_KERNEL(norm_f16_f32_1024, NormParams, 1024, 1) { norm<f16, float, f16, 1024, 1>(p); }
LLM_KERNEL(norm_f16_f32_1024x2, NormParams, 1024, 1) { norm<f16, float, f16, 1024, 2>(p); }
LLM_KERNEL(norm_f16_f32_i8_128, NormParams, 128, 10) { norm<f16, float, int8_t, 128, 1>(p); }
LLM_KERNEL(norm_f16_f32_i8_512, NormParams, 512, 3) { norm<f16, float, int8_t, 512, 1>(p); }
LLM_KERNEL(norm_f16_f32_i8_1024, NormParams, 1024, 1) { norm<f16, float, int8_t, 1024, 1>(p); }
LLM_KERNEL(norm_f16_f32_i8_1024x2, NormParams, 1024, 1) { norm<f16, float, int8_t, 1024, 2>(p); }
LLM_KERNEL(norm_f16_f32_e4m3_128, NormParams, 128, 10) { norm<f16, float, e4m3, 128, 1>(p); }
LLM_KERNEL(norm_f16_f32_e4m3_512, NormParams, 512, 3) { norm<f16, float, e4m3, 512, 1>(p); }
LLM_KERNEL(norm_f16_f32_e4m3_1024, NormParams, 1024, 1) { norm<f16, float, e4m3, 1024, 1>(p); }
LLM_KERNEL(norm_f16_f32_e4m3_1024x2, NormParams, 1024, 1) { norm<f16, float, e4m3, 1024, 2>(p); }
