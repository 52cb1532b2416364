// What the machine can do at best, as one line of JSON; 0 where it has no such instruction. With `reads`, what reads from
// memory give now, which on shared machines is another rate every minute.
// usage: llmserving_peaks [threads [seconds per figure [reads]]]
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "bench/bench.h"

int main(int argc, char **argv) {
  int threads = argc > 1 ? atoi(argv[1]) : static_cast<int>(std::thread::hardware_concurrency());
  double budget = argc > 2 ? atof(argv[2]) : 0.5;
  bool reads = argc == 4 && !strcmp(argv[3], "reads");
  if (threads < 1 || budget <= 0 || argc > (reads ? 4 : 3)) {
    fprintf(stderr, "usage: llmserving_peaks [threads [seconds per figure [reads]]]\n");
    return 2;
  }
  if (reads) {
    printf("{\"readGbs\":%.2f}\n", llmserving_bench::typical_reads(threads, budget) / 1e9);
    return 0;
  }
  llmserving_bench::Peaks peaks = llmserving_bench::measure_peaks(threads, budget);
  printf("{\"threads\":%d,\"int8Gops\":%.1f,\"bf16Gflops\":%.1f,\"f32Gflops\":%.1f,\"readGbs\":%.2f}\n", threads,
         peaks.int8_gops, peaks.bf16_gflops, peaks.f32_gflops, peaks.read_gbs);
  return 0;
}
