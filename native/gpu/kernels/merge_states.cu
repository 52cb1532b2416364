// Instances of the merge of partial attention states.
#include "llmserving/gpu/merge_states.h"

using namespace llmserving::gpu;

LLM_KERNEL(merge_states_bf16_d64, MergeStatesParams, 128, 8) { merge_states<bf16, 16>(p); }
LLM_KERNEL(merge_states_bf16_d128, MergeStatesParams, 128, 8) { merge_states<bf16, 32>(p); }
LLM_KERNEL(merge_states_bf16_d256, MergeStatesParams, 128, 8) { merge_states<bf16, 64>(p); }
LLM_KERNEL(merge_states_f16_d64, MergeStatesParams, 128, 8) { merge_states<f16, 16>(p); }
LLM_KERNEL(merge_states_f16_d128, MergeStatesParams, 128, 8) { merge_states<f16, 32>(p); }
LLM_KERNEL(merge_states_f16_d256, MergeStatesParams, 128, 8) { merge_states<f16, 64>(p); }
