#include "llmserving/gpu/quantize.h"

using namespace llmserving::gpu;

LLM_KERNEL(quantize_bf16_i8_128, QuantizeParams, 128, 10) { quantize_rows<bf16, int8_t, 128, 1>(p); }
LLM_KERNEL(quantize_bf16_i8_512, QuantizeParams, 512, 3) { quantize_rows<bf16, int8_t, 512, 1>(p); }
LLM_KERNEL(quantize_bf16_i8_1024, QuantizeParams, 1024, 1) { quantize_rows<bf16, int8_t, 1024, 1>(p); }
LLM_KERNEL(quantize_bf16_i8_1024x2, QuantizeParams, 1024, 1) { quantize_rows<bf16, int8_t, 1024, 2>(p); }
LLM_KERNEL(quantize_bf16_i8_1024x4, QuantizeParams, 1024, 1) { quantize_rows<bf16, int8_t, 1024, 4>(p); }
LLM_KERNEL(quantize_bf16_e4m3_128, QuantizeParams, 128, 10) { quantize_rows<bf16, e4m3, 128, 1>(p); }
LLM_KERNEL(quantize_bf16_e4m3_512, QuantizeParams, 512, 3) { quantize_rows<bf16, e4m3, 512, 1>(p); }
LLM_KERNEL(quantize_bf16_e4m3_1024, QuantizeParams, 1024, 1) { quantize_rows<bf16, e4m3, 1024, 1>(p); }
LLM_KERNEL(quantize_bf16_e4m3_1024x2, QuantizeParams, 1024, 1) { quantize_rows<bf16, e4m3, 1024, 2>(p); }
LLM_KERNEL(quantize_bf16_e4m3_1024x4, QuantizeParams, 1024, 1) { quantize_rows<bf16, e4m3, 1024, 4>(p); }

LLM_KERNEL(quantize_f16_i8_128, QuantizeParams, 128, 10) { quantize_rows<f16, int8_t, 128, 1>(p); }
LLM_KERNEL(quantize_f16_i8_512, QuantizeParams, 512, 3) { quantize_rows<f16, int8_t, 512, 1>(p); }
LLM_KERNEL(quantize_f16_i8_1024, QuantizeParams, 1024, 1) { quantize_rows<f16, int8_t, 1024, 1>(p); }
LLM_KERNEL(quantize_f16_i8_1024x2, QuantizeParams, 1024, 1) { quantize_rows<f16, int8_t, 1024, 2>(p); }
LLM_KERNEL(quantize_f16_i8_1024x4, QuantizeParams, 1024, 1) { quantize_rows<f16, int8_t, 1024, 4>(p); }
LLM_KERNEL(quantize_f16_e4m3_128, QuantizeParams, 128, 10) { quantize_rows<f16, e4m3, 128, 1>(p); }
LLM_KERNEL(quantize_f16_e4m3_512, QuantizeParams, 512, 3) { quantize_rows<f16, e4m3, 512, 1>(p); }
LLM_KERNEL(quantize_f16_e4m3_1024, QuantizeParams, 1024, 1) { quantize_rows<f16, e4m3, 1024, 1>(p); }
LLM_KERNEL(quantize_f16_e4m3_1024x2, QuantizeParams, 1024, 1) { quantize_rows<f16, e4m3, 1024, 2>(p); }
LLM_KERNEL(quantize_f16_e4m3_1024x4, QuantizeParams, 1024, 1) { quantize_rows<f16, e4m3, 1024, 4>(p); }

LLM_KERNEL(quantize_static_bf16_i8, QuantizeParams, 256, 6) { quantize_static<bf16, int8_t>(p); }
LLM_KERNEL(quantize_static_bf16_e4m3, QuantizeParams, 256, 6) { quantize_static<bf16, e4m3>(p); }
LLM_KERNEL(quantize_static_f16_i8, QuantizeParams, 256, 6) { quantize_static<f16, int8_t>(p); }
LLM_KERNEL(quantize_static_f16_e4m3, QuantizeParams, 256, 6) { quantize_static<f16, e4m3>(p); }
LLM_KERNEL(quantize_groups_bf16, QuantizeParams, 256, 6) { quantize_groups<bf16>(p); }
LLM_KERNEL(quantize_groups_f16, QuantizeParams, 256, 6) { quantize_groups<f16>(p); }

LLM_KERNEL(dequantize_i8_bf16, DequantizeParams, 256, 6) { dequantize_rows<int8_t, bf16>(p); }
LLM_KERNEL(dequantize_e4m3_bf16, DequantizeParams, 256, 6) { dequantize_rows<e4m3, bf16>(p); }
LLM_KERNEL(dequantize_i8_f16, DequantizeParams, 256, 6) { dequantize_rows<int8_t, f16>(p); }
LLM_KERNEL(dequantize_e4m3_f16, DequantizeParams, 256, 6) { dequantize_rows<e4m3, f16>(p); }
