// Instruction sets: chosen once per context, by cpuid or by the context's options.
#ifndef LLMSERVING_SUPPORT_ISA_H
#define LLMSERVING_SUPPORT_ISA_H

#include <string>

#include "llmserving/llmserving.h"

namespace llmserving {

// The best set this machine runs.
llm_isa detect_isa();

// What the choice of detect_isa rests on: the set's features, or the first one that a better set would need.
const char *isa_reason();

// The processor's name as the operating system has it.
std::string cpu_name();

// Whether this machine runs the set. LLM_ISA_SCALAR always.
bool isa_available(llm_isa isa);

} // namespace llmserving

#endif
