#include "support/isa.h"

namespace llmserving {

#if defined(__x86_64__)

static bool has_avx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni") &&
         __builtin_cpu_supports("avx512bf16");
}

static bool has_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
}

bool isa_available(llm_isa isa) {
  switch (isa) {
  case LLM_ISA_SCALAR:
    return true;
  case LLM_ISA_AVX2:
    return has_avx2();
  case LLM_ISA_AVX512:
    return has_avx512();
  default:
    return false;
  }
}

llm_isa detect_isa() { return has_avx512() ? LLM_ISA_AVX512 : has_avx2() ? LLM_ISA_AVX2 : LLM_ISA_SCALAR; }

#elif defined(__aarch64__)

bool isa_available(llm_isa isa) { return isa == LLM_ISA_SCALAR || isa == LLM_ISA_NEON; }

llm_isa detect_isa() { return LLM_ISA_NEON; }

#else

bool isa_available(llm_isa isa) { return isa == LLM_ISA_SCALAR; }

llm_isa detect_isa() { return LLM_ISA_SCALAR; }

#endif

} // namespace llmserving
