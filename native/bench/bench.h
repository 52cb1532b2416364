// Clock, arguments and the parts of the benchmark.
#ifndef LLMSERVING_BENCH_BENCH_H
#define LLMSERVING_BENCH_BENCH_H

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
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

inline double median(std::vector<double> values) {
  auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Reads of memory that no cache holds, by all threads at once: what work that waits for memory is measured against, in
// turns, because memory that is shared with others changes its speed from one moment to the next.
class Reads {
public:
  explicit Reads(int threads);
  ~Reads();
  double pass() const; // bytes a second, of one pass over the memory

private:
  struct Pages;
  std::unique_ptr<Pages> pages_;
  int threads_;
};

struct InTurns {
  double best;     // seconds of the fastest run
  double of_reads; // median of a run's bytes a second over those of the pass before it
};

template <class Body> InTurns in_turns(const Reads &reads, double budget, double bytes, Body body) {
  InTurns result = {1e9, 0};
  std::vector<double> parts;
  for (double end = seconds() + budget; seconds() < end || parts.size() < 9;) {
    double rate = reads.pass(), start = seconds();
    body();
    double took = seconds() - start;
    result.best = took < result.best ? took : result.best;
    parts.push_back(bytes / took / rate);
  }
  result.of_reads = median(parts);
  return result;
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

// Bytes a second of all threads' reads as they are now: the median of passes for `budget` seconds.
double typical_reads(int threads, double budget);

void bench_linear(const Options &options, const Peaks &peaks);
void bench_attention(const Options &options, const Peaks &peaks);
void bench_sampling(const Options &options);
void bench_model(const Options &options);

} // namespace llmserving_bench

#endif
