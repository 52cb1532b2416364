// What the machine can do at best: dot products from registers, reads from memory.
#include <atomic>
#include <thread>

#include "bench/bench.h"

#if defined(__AVX512VNNI__) && defined(__AVX512BF16__)
#include <immintrin.h>
#endif

namespace llmserving_bench {
namespace {

// Rates of all threads, which work at the same time: each takes its best of many short runs, so that the start of
// threads and a core's other tenants do not count.
template <class Body> double on_all(int threads, double budget, double work, Body body) {
  std::vector<double> rates(static_cast<size_t>(threads));
  auto measure = [&](int i) { rates[static_cast<size_t>(i)] = work / best_of(budget, [&] { body(i); }); };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; i++)
    others.emplace_back(measure, i);
  measure(0);
  double sum = rates[0];
  for (int i = 1; i < threads; i++) {
    others[static_cast<size_t>(i - 1)].join();
    sum += rates[static_cast<size_t>(i)];
  }
  return sum;
}

std::atomic<int64_t> sink{0};

#if defined(__AVX512VNNI__) && defined(__AVX512BF16__)
constexpr int kChains = 16, kRounds = 20000;

bool available() {
  return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bf16");
}

void int8_rounds(int) {
  __m512i acc[kChains], a = _mm512_set1_epi32(0x01020301), b = _mm512_set1_epi32(0x01010102);
#pragma GCC unroll 16
  for (int c = 0; c < kChains; c++)
    acc[c] = _mm512_setzero_si512();
  for (int i = 0; i < kRounds; i++) {
#pragma GCC unroll 16
    for (int c = 0; c < kChains; c++) {
      acc[c] = _mm512_dpbusd_epi32(acc[c], a, b);
      asm volatile("" : "+v"(acc[c])); // one instruction each, not folded
    }
  }
#pragma GCC unroll 16
  for (int c = 0; c < kChains; c++)
    sink += _mm512_reduce_add_epi32(acc[c]);
}

void bf16_rounds(int) {
  __m512 acc[kChains];
  __m512bh a = (__m512bh)_mm512_set1_epi32(0x3f803f80), b = (__m512bh)_mm512_set1_epi32(0x3c003c00);
#pragma GCC unroll 16
  for (int c = 0; c < kChains; c++)
    acc[c] = _mm512_setzero_ps();
  for (int i = 0; i < kRounds; i++) {
#pragma GCC unroll 16
    for (int c = 0; c < kChains; c++) {
      acc[c] = _mm512_dpbf16_ps(acc[c], a, b);
      asm volatile("" : "+v"(acc[c]));
    }
  }
#pragma GCC unroll 16
  for (int c = 0; c < kChains; c++)
    sink += static_cast<int64_t>(_mm512_reduce_add_ps(acc[c]));
}
#endif

} // namespace

Peaks measure_peaks(int threads, double budget) {
  Peaks peaks = {0, 0, 0};
#if defined(__AVX512VNNI__) && defined(__AVX512BF16__)
  if (available()) {
    double operations = 2.0 * kChains * kRounds;
    peaks.int8_gops = on_all(threads, budget, operations * 64, int8_rounds) / 1e9;
    peaks.bf16_gflops = on_all(threads, budget, operations * 32, bf16_rounds) / 1e9;
  }
#endif
  std::vector<uint64_t> memory(size_t{256} << 17, 1); // 256 MB
  size_t share = memory.size() / static_cast<size_t>(threads);
  peaks.read_gbs = on_all(threads, budget, static_cast<double>(share * 8), [&](int thread) {
    const uint64_t *p = memory.data() + share * static_cast<size_t>(thread);
    uint64_t sums[8] = {};
    for (size_t i = 0; i + 8 <= share; i += 8) {
      __builtin_prefetch(p + i + 1024);
      for (size_t j = 0; j < 8; j++)
        sums[j] += p[i + j];
    }
    for (uint64_t sum : sums)
      sink += static_cast<int64_t>(sum);
  }) / 1e9;
  return peaks;
}

} // namespace llmserving_bench
