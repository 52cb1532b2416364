// Instances of the copies of cache blocks.
#include "llmserving/gpu/kv_cache.h"

using namespace llmserving::gpu;

LLM_KERNEL(copy_kv_blocks, KvCopyParams, 128, 8) { copy_kv_blocks<128>(p); }
LLM_KERNEL(swap_kv_blocks, KvSwapParams, 128, 8) { swap_kv_blocks<128>(p); }
