#include "support/isa.h"

#include <fstream>

#if defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#ifndef HWCAP_ASIMDDP
#define HWCAP_ASIMDDP (1 << 20)
#endif
#endif

namespace llmserving {

#if defined(__x86_64__)

// The first feature of a set that the machine lacks; null where it has all.
static const char *lacks_for_avx512_vnni() {
  return !__builtin_cpu_supports("avx512f")      ? "no avx512f"
         : !__builtin_cpu_supports("avx512bw")   ? "no avx512bw"
         : !__builtin_cpu_supports("avx512dq")   ? "no avx512dq"
         : !__builtin_cpu_supports("avx512vl")   ? "no avx512vl"
         : !__builtin_cpu_supports("avx512vnni") ? "no avx512vnni"
                                                 : nullptr;
}

static const char *lacks_for_avx512() {
  const char *lacks = lacks_for_avx512_vnni();
  return lacks != nullptr ? lacks : !__builtin_cpu_supports("avx512bf16") ? "no avx512bf16" : nullptr;
}

static const char *lacks_for_avx2() {
  return !__builtin_cpu_supports("avx2")   ? "no avx2"
         : !__builtin_cpu_supports("fma")  ? "no fma"
         : !__builtin_cpu_supports("f16c") ? "no f16c"
                                           : nullptr;
}

static bool has_avx2() { return lacks_for_avx2() == nullptr; }

const char *isa_reason() {
  const char *lacks = has_avx2() ? lacks_for_avx512() : lacks_for_avx2();
  return lacks == nullptr ? "best of this machine" : lacks;
}

bool isa_available(llm_isa isa) {
  switch (isa) {
  case LLM_ISA_SCALAR:
    return true;
  case LLM_ISA_AVX2:
    return has_avx2();
  case LLM_ISA_AVX2_VNNI:
    return has_avx2() && __builtin_cpu_supports("avxvnni");
  case LLM_ISA_AVX512_VNNI:
    return lacks_for_avx512_vnni() == nullptr;
  case LLM_ISA_AVX512:
    return lacks_for_avx512() == nullptr;
  default:
    return false;
  }
}

llm_isa detect_isa() {
  for (llm_isa isa : {LLM_ISA_AVX512, LLM_ISA_AVX512_VNNI, LLM_ISA_AVX2_VNNI, LLM_ISA_AVX2})
    if (isa_available(isa))
      return isa;
  return LLM_ISA_SCALAR;
}

#elif defined(__aarch64__)

static bool has_dot_products() {
#if defined(__linux__)
  return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#else
  return true; // every other 64-bit Arm machine that this is built for
#endif
}

const char *isa_reason() { return has_dot_products() ? "best of this machine" : "no dot products (asimddp)"; }

bool isa_available(llm_isa isa) { return isa == LLM_ISA_SCALAR || (isa == LLM_ISA_NEON && has_dot_products()); }

llm_isa detect_isa() { return has_dot_products() ? LLM_ISA_NEON : LLM_ISA_SCALAR; }

#else

const char *isa_reason() { return "no kernels for this architecture"; }

bool isa_available(llm_isa isa) { return isa == LLM_ISA_SCALAR; }

llm_isa detect_isa() { return LLM_ISA_SCALAR; }

#endif

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.rfind("model name", 0) == 0 && line.find(": ") != std::string::npos)
      return line.substr(line.find(": ") + 2);
#if defined(__aarch64__)
  return "64-bit Arm";
#else
  return "unknown";
#endif
}

} // namespace llmserving
