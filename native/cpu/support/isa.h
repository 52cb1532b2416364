// Instruction sets: chosen once per context, by cpuid or by the context's options.
#ifndef LLMSERVING_SUPPORT_ISA_H
#define LLMSERVING_SUPPORT_ISA_H

#include "llmserving/llmserving.h"

namespace llmserving {

// The best set this machine runs.
llm_isa detect_isa();

// Whether this machine runs the set. LLM_ISA_SCALAR always.
bool isa_available(llm_isa isa);

} // namespace llmserving

#endif
