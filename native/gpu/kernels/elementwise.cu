#include "llmserving/gpu/elementwise.h"

using namespace llmserving::gpu;

LLM_KERNEL(add_bf16, AddParams, 256, 6) { add<bf16, bf16>(p); }
LLM_KERNEL(add_f16, AddParams, 256, 6) { add<f16, f16>(p); }
LLM_KERNEL(add_bf16_f32, AddParams, 256, 6) { add<bf16, float>(p); }
LLM_KERNEL(add_f16_f32, AddParams, 256, 6) { add<f16, float>(p); }
LLM_KERNEL(scale_cap_f32, ScaleCapParams, 256, 6) { scale_cap(p); }
