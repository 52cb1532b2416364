// Clock, arguments and the parts of the benchmark.
#ifndef LLMSERVING_BENCH_BENCH_H
#define LLMSERVING_BENCH_BENCH_H

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

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
  uint32_t isa = 0; // llm_isa
  bool large = false;            // the model has 1.17 billion weights
};

// All threads together. Zero where the instruction set has no such operation.
struct Peaks {
  double int8_gops, bf16_gflops, f32_gflops, read_gbs;
};

Peaks measure_peaks(int threads, double budget);

void bench_linear(const Options &options, const Peaks &peaks);
void bench_attention(const Options &options, const Peaks &peaks);
void bench_sampling(const Options &options);
void bench_model(const Options &options);

} // namespace llmserving_bench

#endif
