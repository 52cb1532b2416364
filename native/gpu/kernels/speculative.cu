#include "llmserving/gpu/speculative.h"

using namespace llmserving::gpu;

LLM_KERNEL(verify_chains_i32, VerifyParams, 128, 8) { verify_chains(p); }
