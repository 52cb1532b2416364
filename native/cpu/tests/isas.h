// The instruction sets that this machine runs.
#ifndef LLMSERVING_TESTS_ISAS_H
#define LLMSERVING_TESTS_ISAS_H

#include <vector>

#include "support/isa.h"

namespace llmserving_test {

inline std::vector<llm_isa> available_isas() {
  std::vector<llm_isa> result;
  for (int isa = LLM_ISA_SCALAR; isa <= LLM_ISA_AVX2_VNNI; isa++)
    if (llmserving::isa_available(static_cast<llm_isa>(isa)))
      result.push_back(static_cast<llm_isa>(isa));
#ifdef LLMSERVING_EVEX_VNNI // AVX-VNNI's kernels are linked in AVX-512's encoding
  if (llmserving::isa_available(LLM_ISA_AVX512_VNNI) && !llmserving::isa_available(LLM_ISA_AVX2_VNNI))
    result.push_back(LLM_ISA_AVX2_VNNI);
#endif
  return result;
}

} // namespace llmserving_test

#endif
