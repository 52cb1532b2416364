#include "llmserving/gpu/penalties.h"

using namespace llmserving::gpu;

LLM_KERNEL(set_penalty_counts, SetCountsParams, 256, 6) { set_counts(p); }
LLM_KERNEL(add_penalty_counts, AddCountsParams, 256, 6) { add_counts(p); }
