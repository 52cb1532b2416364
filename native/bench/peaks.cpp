// What the machine can do at best: dot products from registers, reads from memory.
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>
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

// Memory that no cache holds, on huge pages where the kernel has them: the translation of addresses is not to count.
struct Pages {
  explicit Pages(size_t size)
      : bytes(size), data(static_cast<uint8_t *>(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    if (data == MAP_FAILED)
      throw std::bad_alloc();
    madvise(data, bytes, MADV_HUGEPAGE);
    memset(data, 1, bytes);
  }
  Pages(const Pages &) = delete;
  Pages &operator=(const Pages &) = delete;
  ~Pages() { munmap(data, bytes); }
  size_t bytes;
  uint8_t *data;
};

// One word of each cache line of a thread's part, which is read as several streams side by side.
void read_share(const Pages &memory, size_t thread, size_t threads, size_t streams) {
  size_t stream = memory.bytes / threads / streams / 64 * 64;
  const uint8_t *p = memory.data + memory.bytes / threads * thread;
  int64_t sum = 0;
  for (size_t i = 0; i < stream; i += 64)
    for (size_t s = 0; s < streams; s++) {
      const uint8_t *line = p + s * stream + i;
      __builtin_prefetch(line + 4096);
      sum += *reinterpret_cast<const int64_t *>(line);
    }
  sink += sum;
}

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
  Pages memory(size_t{256} << 20);
  for (size_t streams : {1, 2, 4})
    peaks.read_gbs = std::max(peaks.read_gbs, on_all(threads, budget, static_cast<double>(memory.bytes) / threads, [&](int i) {
      read_share(memory, static_cast<size_t>(i), static_cast<size_t>(threads), streams);
    }) / 1e9);
  return peaks;
}

} // namespace llmserving_bench
