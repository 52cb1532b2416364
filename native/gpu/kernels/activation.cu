#include "llmserving/gpu/activation.h"

using namespace llmserving::gpu;

LLM_KERNEL(activation_bf16, ActivationParams, 256, 6) { activate_multiply<bf16>(p); }
LLM_KERNEL(activation_f16, ActivationParams, 256, 6) { activate_multiply<f16>(p); }

LLM_KERNEL(activation_bf16_i8_128, ActivationParams, 128, 10) { activate_multiply_quantize<bf16, int8_t, 128, 1>(p); }
LLM_KERNEL(activation_bf16_i8_512, ActivationParams, 512, 3) { activate_multiply_quantize<bf16, int8_t, 512, 1>(p); }
LLM_KERNEL(activation_bf16_i8_1024, ActivationParams, 1024, 1) { activate_multiply_quantize<bf16, int8_t, 1024, 1>(p); }
LLM_KERNEL(activation_bf16_i8_1024x2, ActivationParams, 1024, 1) {
  activate_multiply_quantize<bf16, int8_t, 1024, 2>(p);
}
LLM_KERNEL(activation_bf16_i8_1024x4, ActivationParams, 1024, 1) {
  activate_multiply_quantize<bf16, int8_t, 1024, 4>(p);
}
LLM_KERNEL(activation_bf16_e4m3_128, ActivationParams, 128, 10) { activate_multiply_quantize<bf16, e4m3, 128, 1>(p); }
LLM_KERNEL(activation_bf16_e4m3_512, ActivationParams, 512, 3) { activate_multiply_quantize<bf16, e4m3, 512, 1>(p); }
LLM_KERNEL(activation_bf16_e4m3_1024, ActivationParams, 1024, 1) { activate_multiply_quantize<bf16, e4m3, 1024, 1>(p); }
LLM_KERNEL(activation_bf16_e4m3_1024x2, ActivationParams, 1024, 1) {
  activate_multiply_quantize<bf16, e4m3, 1024, 2>(p);
}
LLM_KERNEL(activation_bf16_e4m3_1024x4, ActivationParams, 1024, 1) {
  activate_multiply_quantize<bf16, e4m3, 1024, 4>(p);
}

LLM_KERNEL(activation_f16_i8_128, ActivationParams, 128, 10) { activate_multiply_quantize<f16, int8_t, 128, 1>(p); }
LLM_KERNEL(activation_f16_i8_512, ActivationParams, 512, 3) { activate_multiply_quantize<f16, int8_t, 512, 1>(p); }
LLM_KERNEL(activation_f16_i8_1024, ActivationParams, 1024, 1) { activate_multiply_quantize<f16, int8_t, 1024, 1>(p); }
LLM_KERNEL(activation_f16_i8_1024x2, ActivationParams, 1024, 1) { activate_multiply_quantize<f16, int8_t, 1024, 2>(p); }
LLM_KERNEL(activation_f16_i8_1024x4, ActivationParams, 1024, 1) { activate_multiply_quantize<f16, int8_t, 1024, 4>(p); }
LLM_KERNEL(activation_f16_e4m3_128, ActivationParams, 128, 10) { activate_multiply_quantize<f16, e4m3, 128, 1>(p); }
LLM_KERNEL(activation_f16_e4m3_512, ActivationParams, 512, 3) { activate_multiply_quantize<f16, e4m3, 512, 1>(p); }
LLM_KERNEL(activation_f16_e4m3_1024, ActivationParams, 1024, 1) { activate_multiply_quantize<f16, e4m3, 1024, 1>(p); }
LLM_KERNEL(activation_f16_e4m3_1024x2, ActivationParams, 1024, 1) { activate_multiply_quantize<f16, e4m3, 1024, 2>(p); }
LLM_KERNEL(activation_f16_e4m3_1024x4, ActivationParams, 1024, 1) { activate_multiply_quantize<f16, e4m3, 1024, 4>(p); }
