// Sums over the GPUs of a group.
#include "llmserving/gpu/all_reduce.h"

using namespace llmserving::gpu;

LLM_KERNEL(all_reduce_bf16, AllReduceParams, 512, 1) { all_reduce<bf16, AllReduceStep::All>(p); }
LLM_KERNEL(all_reduce_norm_bf16, AllReduceParams, 512, 1) { all_reduce<bf16, AllReduceStep::AllNorm>(p); }
LLM_KERNEL(all_reduce_publish_bf16, AllReduceParams, 512, 1) { all_reduce<bf16, AllReduceStep::Publish>(p); }
LLM_KERNEL(all_reduce_sum_bf16, AllReduceParams, 512, 1) { all_reduce<bf16, AllReduceStep::Sum>(p); }
LLM_KERNEL(all_reduce_sum_norm_bf16, AllReduceParams, 512, 1) { all_reduce<bf16, AllReduceStep::SumNorm>(p); }
LLM_KERNEL(all_reduce_f16, AllReduceParams, 512, 1) { all_reduce<f16, AllReduceStep::All>(p); }
LLM_KERNEL(all_reduce_norm_f16, AllReduceParams, 512, 1) { all_reduce<f16, AllReduceStep::AllNorm>(p); }
LLM_KERNEL(all_reduce_publish_f16, AllReduceParams, 512, 1) { all_reduce<f16, AllReduceStep::Publish>(p); }
LLM_KERNEL(all_reduce_sum_f16, AllReduceParams, 512, 1) { all_reduce<f16, AllReduceStep::Sum>(p); }
LLM_KERNEL(all_reduce_sum_norm_f16, AllReduceParams, 512, 1) { all_reduce<f16, AllReduceStep::SumNorm>(p); }
