#include "llmserving/gpu/sampling.h"

using namespace llmserving::gpu;

LLM_KERNEL(sample_256, SampleParams, 256, 4) { sample<256>(p); }
LLM_KERNEL(sample_1024, SampleParams, 1024, 1) { sample<1024>(p); }
LLM_KERNEL(score_256, ScoreParams, 256, 4) { score<256>(p); }
LLM_KERNEL(score_1024, ScoreParams, 1024, 1) { score<1024>(p); }
