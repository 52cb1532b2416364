#include "llmserving/gpu/moe_align.h"
#include "llmserving/gpu/moe_combine.h"
#include "llmserving/gpu/moe_route.h"

using namespace llmserving::gpu;

LLM_KERNEL(moe_route_f32, MoeRouteParams, 128, 8) { moe_route<float>(p); }
LLM_KERNEL(moe_route_f16, MoeRouteParams, 128, 8) { moe_route<f16>(p); }
LLM_KERNEL(moe_route_bf16, MoeRouteParams, 128, 8) { moe_route<bf16>(p); }
LLM_KERNEL(moe_align_small, MoeAlignParams, 256, 1) { moe_align_pairs(p); }
LLM_KERNEL(moe_align_count, MoeAlignParams, 256, 4) { moe_count_pairs(p); }
LLM_KERNEL(moe_align_scan, MoeAlignParams, 256, 1) { moe_scan_pairs(p); }
LLM_KERNEL(moe_align_scatter, MoeAlignParams, 256, 4) { moe_scatter_pairs(p); }
LLM_KERNEL(moe_combine_bf16, MoeCombineParams, 128, 12) { moe_combine<bf16>(p); }
LLM_KERNEL(moe_combine_f16, MoeCombineParams, 128, 12) { moe_combine<f16>(p); }
