// Clock, arguments and the parts of the benchmark.
#ifndef LLMSERVING_BENCH_BENCH_H
#define LLMSERVING_BENCH_BENCH_H

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "llmserving/llmserving.h"

namespace llmserving_bench {

inline double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The least time of several runs, which lasts about `budget` seconds: what the machine can do when nobody disturbs it.
template <class Body> double best_of(double budget, Body body) {
  double best = 1e9, end = seconds() + budget;
  int runs = 0;
  do {
    double start = seconds();
    body();
    double took = seconds() - start;
    best = took < best ? took : best;
    runs++;
  } while (seconds() < end || runs < 3);
  return best;
}

struct Options {
  int threads = 2;
  double budget = 0.3; // seconds per figure
  std::vector<std::string> only; // names of types; steps: d<sequences>@<context>, p<tokens>, :int8 after it; or nothing
  bool large = false;            // the model has 1.17 billion weights
};

struct Named {
  const char *name;
  uint32_t type;
};

constexpr Named kTypes[] = {{"Q4_0", LLM_TYPE_Q4_0}, {"Q4_1", LLM_TYPE_Q4_1}, {"Q5_0", LLM_TYPE_Q5_0},
                            {"Q5_1", LLM_TYPE_Q5_1}, {"Q8_0", LLM_TYPE_Q8_0}, {"Q2_K", LLM_TYPE_Q2_K},
                            {"Q3_K", LLM_TYPE_Q3_K}, {"Q4_K", LLM_TYPE_Q4_K}, {"Q5_K", LLM_TYPE_Q5_K},
                            {"Q6_K", LLM_TYPE_Q6_K}, {"IQ4_NL", LLM_TYPE_IQ4_NL}, {"BF16", LLM_TYPE_BF16},
                            {"F16", LLM_TYPE_F16},   {"F32", LLM_TYPE_F32}};

// All threads together. Zero where the instruction set has no such operation.
struct Peaks {
  double int8_gops, bf16_gflops, read_gbs;
};

Peaks measure_peaks(int threads, double budget);

void bench_linear(const Options &options, const Peaks &peaks);
void bench_attention(const Options &options, const Peaks &peaks);
void bench_model(const Options &options);

} // namespace llmserving_bench

#endif
