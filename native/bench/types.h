// Types of weights by their names.
#ifndef LLMSERVING_BENCH_TYPES_H
#define LLMSERVING_BENCH_TYPES_H

#include <cstdint>

#include "llmserving/llmserving.h"

namespace llmserving_bench {

struct Named {
  const char *name;
  uint32_t type;
};

constexpr Named kTypes[] = {{"Q4_0", LLM_TYPE_Q4_0}, {"Q4_1", LLM_TYPE_Q4_1}, {"Q5_0", LLM_TYPE_Q5_0},
                            {"Q5_1", LLM_TYPE_Q5_1}, {"Q8_0", LLM_TYPE_Q8_0}, {"Q2_K", LLM_TYPE_Q2_K},
                            {"Q3_K", LLM_TYPE_Q3_K}, {"Q4_K", LLM_TYPE_Q4_K}, {"Q5_K", LLM_TYPE_Q5_K},
                            {"Q6_K", LLM_TYPE_Q6_K}, {"IQ4_NL", LLM_TYPE_IQ4_NL}, {"BF16", LLM_TYPE_BF16},
                            {"F16", LLM_TYPE_F16},   {"F32", LLM_TYPE_F32}};

} // namespace llmserving_bench

#endif
