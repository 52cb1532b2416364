// usage: llmserving_bench [-t threads] [-s seconds] [-i instruction set] [peaks] [linear] [attention] [sampling] [model] [large] [Q4_1 …]
//                         [d8@128 d1@2048:int8 p512 …]
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bench/bench.h"
#include "support/isa.h"

namespace {

// As llm_context_describe has them.
llm_isa isa_of(const char *name) {
  struct {
    const char *name;
    llm_isa isa;
  } const sets[] = {{"scalar", LLM_ISA_SCALAR},           {"avx2", LLM_ISA_AVX2},
                    {"avx2-vnni", LLM_ISA_AVX2_VNNI},     {"avx512-vnni", LLM_ISA_AVX512_VNNI},
                    {"avx512-vnni-bf16", LLM_ISA_AVX512}, {"neon", LLM_ISA_NEON}};
  for (const auto &set : sets)
    if (!strcmp(name, set.name) && llmserving::isa_available(set.isa))
      return set.isa;
  fprintf(stderr, "this machine does not run the instruction set %s\n", name);
  exit(1);
}

} // namespace

int main(int argc, char **argv) {
  using namespace llmserving_bench;
  Options options;
  options.isa = llmserving::detect_isa();
  bool linear = false, attention = false, sampling = false, model = false, peaks_only = false;
  for (int i = 1; i < argc; i++) {
    if (!strcmp(argv[i], "-t") && i + 1 < argc)
      options.threads = atoi(argv[++i]);
    else if (!strcmp(argv[i], "-s") && i + 1 < argc)
      options.budget = atof(argv[++i]);
    else if (!strcmp(argv[i], "-i") && i + 1 < argc)
      options.isa = isa_of(argv[++i]);
    else if (!strcmp(argv[i], "linear"))
      linear = true;
    else if (!strcmp(argv[i], "attention"))
      attention = true;
    else if (!strcmp(argv[i], "sampling"))
      sampling = true;
    else if (!strcmp(argv[i], "model"))
      model = true;
    else if (!strcmp(argv[i], "large"))
      options.large = true;
    else if (!strcmp(argv[i], "peaks"))
      peaks_only = true;
    else
      options.only.push_back(argv[i]);
  }
  bool all = !linear && !attention && !sampling && !model && !peaks_only;
  if (all || linear || attention || peaks_only) {
    Peaks peaks = measure_peaks(options.threads, options.budget);
    printf("peaks, %d threads: int8 %.0f GOPS, bf16 %.0f GFLOPS, f32 %.0f GFLOPS, reads %.1f GB/s\n", options.threads,
           peaks.int8_gops, peaks.bf16_gflops, peaks.f32_gflops, peaks.read_gbs);
    if (all || linear)
      bench_linear(options, peaks);
    if (all || attention)
      bench_attention(options, peaks);
  }
  if (all || sampling)
    bench_sampling(options);
  if (all || model)
    bench_model(options);
  return 0;
}
