// What the machine can do at best: dot products from registers, reads from memory.
#include <atomic>
#include <thread>

#include "bench/bench.h"

#if defined(__AVX512VNNI__) && defined(__AVX512BF16__)
#include <immintrin.h>
#endif

namespace llmserving_bench {
namespace {

template <class Body> double on_all(int threads, double budget, Body body) {
  return best_of(budget, [&] {
    std::vector<std::thread> others;
    for (int i = 1; i < threads; i++)
      others.emplace_back([&, i] { body(i); });
    body(0);
    for (std::thread &thread : others)
      thread.join();
  });
}

std::atomic<int64_t> sink{0};

#if defined(__AVX512VNNI__) && defined(__AVX512BF16__)
constexpr int kChains = 16, kRounds = 400000;

bool available() {
  return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bf16");
}

void int8_rounds(int) {
  __m512i acc[kChains], a = _mm512_set1_epi32(0x01020301), b = _mm512_set1_epi32(0x01010102);
  for (__m512i &x : acc)
    x = _mm512_setzero_si512();
  for (int i = 0; i < kRounds; i++) {
#pragma GCC unroll 16
    for (int c = 0; c < kChains; c++) {
      acc[c] = _mm512_dpbusd_epi32(acc[c], a, b);
      asm volatile("" : "+v"(acc[c])); // one instruction each, not folded
    }
  }
  for (__m512i x : acc)
    sink += _mm512_reduce_add_epi32(x);
}

void bf16_rounds(int) {
  __m512 acc[kChains];
  __m512bh a = (__m512bh)_mm512_set1_epi32(0x3f803f80), b = (__m512bh)_mm512_set1_epi32(0x3c003c00);
  for (__m512 &x : acc)
    x = _mm512_setzero_ps();
  for (int i = 0; i < kRounds; i++) {
#pragma GCC unroll 16
    for (int c = 0; c < kChains; c++) {
      acc[c] = _mm512_dpbf16_ps(acc[c], a, b);
      asm volatile("" : "+v"(acc[c]));
    }
  }
  for (__m512 x : acc)
    sink += static_cast<int64_t>(_mm512_reduce_add_ps(x));
}
#endif

} // namespace

Peaks measure_peaks(int threads, double budget) {
  Peaks peaks = {0, 0, 0};
#if defined(__AVX512VNNI__) && defined(__AVX512BF16__)
  if (available()) {
    double operations = 2.0 * kChains * kRounds * threads;
    peaks.int8_gops = operations * 64 / on_all(threads, budget, int8_rounds) / 1e9;
    peaks.bf16_gflops = operations * 32 / on_all(threads, budget, bf16_rounds) / 1e9;
  }
#endif
  std::vector<uint64_t> memory(size_t{256} << 17, 1); // 256 MB
  size_t share = memory.size() / static_cast<size_t>(threads);
  double took = on_all(threads, budget, [&](int thread) {
    const uint64_t *p = memory.data() + share * static_cast<size_t>(thread);
    uint64_t sums[8] = {};
    for (size_t i = 0; i + 8 <= share; i += 8) {
      __builtin_prefetch(p + i + 1024);
      for (size_t j = 0; j < 8; j++)
        sums[j] += p[i + j];
    }
    for (uint64_t sum : sums)
      sink += static_cast<int64_t>(sum);
  });
  peaks.read_gbs = static_cast<double>(memory.size() * 8) / took / 1e9;
  return peaks;
}

} // namespace llmserving_bench
