#include "llmserving/llmserving.h"

extern "C" uint32_t llm_abi_version(void) { return LLM_ABI_VERSION; }
