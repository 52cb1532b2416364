#include "sampling/kernels.h"

namespace llmserving {

const SamplingKernel &sampling_kernel(llm_isa isa) {
#if defined(__x86_64__)
  if (isa == LLM_ISA_AVX512 || isa == LLM_ISA_AVX512_VNNI)
    return avx512::SAMPLING_KERNEL;
  if (isa == LLM_ISA_AVX2 || isa == LLM_ISA_AVX2_VNNI)
    return avx2::SAMPLING_KERNEL;
#else
  (void)isa;
#endif
  return portable::SAMPLING_KERNEL;
}

} // namespace llmserving
