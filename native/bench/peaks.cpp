// What the machine can do at best: dot products from registers, reads from memory.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>
#include <numeric>
#include <thread>

#include "bench/bench.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
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

// A kernel that keeps the multipliers busy, and the operations of one call. No body where the machine has no such
// instruction. Functions carry their instruction set themselves: the file must run on machines without it.
struct Kernel {
  void (*body)(int);
  double operations;
};

constexpr int kRounds = 20000;
const Kernel kNone = {nullptr, 0};

// Independent chains of `step`, which makes acc[c] of itself: one instruction each, not folded, whose results are used.
#define LLMSERVING_CHAINS(Vector, count, zero, in_register, step, total)                                               \
  Vector acc[count];                                                                                                   \
  _Pragma("GCC unroll 16") for (int c = 0; c < count; c++) acc[c] = zero;                                              \
  for (int i = 0; i < kRounds; i++) {                                                                                  \
    _Pragma("GCC unroll 16") for (int c = 0; c < count; c++) {                                                         \
      acc[c] = step;                                                                                                   \
      asm volatile("" : "+" in_register(acc[c]));                                                                      \
    }                                                                                                                  \
  }                                                                                                                    \
  _Pragma("GCC unroll 16") for (int c = 0; c < count; c++) sink += static_cast<int64_t>(total(acc[c]))

#if defined(__x86_64__)
constexpr int kChains = 16; // AVX2: 12 of 16 registers, two hold the operands, one the product
constexpr int kAvx2Chains = 12;
#define LLMSERVING_VNNI __attribute__((target("avx512f,avx512bw,avx512vnni")))
#define LLMSERVING_BF16 __attribute__((target("avx512f,avx512bw,avx512bf16")))
#define LLMSERVING_AVX512 __attribute__((target("avx512f")))
#define LLMSERVING_AVX2 __attribute__((target("avx2,fma")))
#define LLMSERVING_AVX_VNNI __attribute__((target("avx2,avxvnni")))

LLMSERVING_VNNI void int8_vnni(int) {
  __m512i a = _mm512_set1_epi32(0x01020301), b = _mm512_set1_epi32(0x01010102);
  LLMSERVING_CHAINS(__m512i, kChains, _mm512_setzero_si512(), "v", _mm512_dpbusd_epi32(acc[c], a, b), _mm512_reduce_add_epi32);
}

LLMSERVING_BF16 void bf16_dot(int) {
  __m512bh a = (__m512bh)_mm512_set1_epi32(0x3f803f80), b = (__m512bh)_mm512_set1_epi32(0x3c003c00);
  LLMSERVING_CHAINS(__m512, kChains, _mm512_setzero_ps(), "v", _mm512_dpbf16_ps(acc[c], a, b), _mm512_reduce_add_ps);
}

LLMSERVING_AVX_VNNI void int8_avx_vnni(int) {
  __m256i a = _mm256_set1_epi32(0x01020301), b = _mm256_set1_epi32(0x01010102);
  LLMSERVING_CHAINS(__m256i, kAvx2Chains, _mm256_setzero_si256(), "x", _mm256_dpbusd_avx_epi32(acc[c], a, b), _mm256_cvtsi256_si32);
}

// Anew each time, since a may be another.
LLMSERVING_AVX2 inline __m256i products(__m256i &a, __m256i b) {
  asm volatile("" : "+x"(a));
  return _mm256_maddubs_epi16(a, b);
}

// Three instructions for 32 products and sums, as AVX2's kernels need them.
LLMSERVING_AVX2 void int8_avx2(int) {
  __m256i a = _mm256_set1_epi32(0x01020301), b = _mm256_set1_epi32(0x01010102), ones = _mm256_set1_epi16(1);
  LLMSERVING_CHAINS(__m256i, kAvx2Chains, _mm256_setzero_si256(), "x",
                    _mm256_add_epi32(acc[c], _mm256_madd_epi16(products(a, b), ones)), _mm256_cvtsi256_si32);
}

LLMSERVING_AVX512 void f32_avx512(int) {
  __m512 a = _mm512_set1_ps(1.0f), b = _mm512_set1_ps(0.0078125f);
  LLMSERVING_CHAINS(__m512, kChains, _mm512_setzero_ps(), "v", _mm512_fmadd_ps(a, b, acc[c]), _mm512_reduce_add_ps);
}

LLMSERVING_AVX2 void f32_avx2(int) {
  __m256 a = _mm256_set1_ps(1.0f), b = _mm256_set1_ps(0.0078125f);
  LLMSERVING_CHAINS(__m256, kAvx2Chains, _mm256_setzero_ps(), "x", _mm256_fmadd_ps(a, b, acc[c]), _mm256_cvtss_f32);
}

Kernel int8_kernel() {
  if (__builtin_cpu_supports("avx512vnni"))
    return {int8_vnni, 2.0 * kChains * kRounds * 64};
  if (__builtin_cpu_supports("avxvnni"))
    return {int8_avx_vnni, 2.0 * kAvx2Chains * kRounds * 32};
  if (__builtin_cpu_supports("avx2"))
    return {int8_avx2, 2.0 * kAvx2Chains * kRounds * 32};
  return kNone;
}

Kernel bf16_kernel() {
  return __builtin_cpu_supports("avx512bf16") ? Kernel{bf16_dot, 2.0 * kChains * kRounds * 32} : kNone;
}

Kernel f32_kernel() {
  if (__builtin_cpu_supports("avx512f"))
    return {f32_avx512, 2.0 * kChains * kRounds * 16};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
    return {f32_avx2, 2.0 * kAvx2Chains * kRounds * 8};
  return kNone;
}
#elif defined(__aarch64__) && defined(__ARM_FEATURE_DOTPROD)
constexpr int kChains = 16;

void int8_sdot(int) {
  int8x16_t a = vdupq_n_s8(1), b = vdupq_n_s8(2);
  LLMSERVING_CHAINS(int32x4_t, kChains, vdupq_n_s32(0), "w", vdotq_s32(acc[c], a, b), vaddvq_s32);
}

void f32_fmla(int) {
  float32x4_t a = vdupq_n_f32(1.0f), b = vdupq_n_f32(0.0078125f);
  LLMSERVING_CHAINS(float32x4_t, kChains, vdupq_n_f32(0), "w", vfmaq_f32(acc[c], a, b), vaddvq_f32);
}

Kernel int8_kernel() { return {int8_sdot, 2.0 * kChains * kRounds * 16}; }
Kernel bf16_kernel() { return kNone; }
Kernel f32_kernel() { return {f32_fmla, 2.0 * kChains * kRounds * 4}; }
#else
Kernel int8_kernel() { return kNone; }
Kernel bf16_kernel() { return kNone; }
Kernel f32_kernel() { return kNone; }
#endif

double rate(const Kernel &kernel, int threads, double budget) {
  return kernel.body == nullptr ? 0 : on_all(threads, budget, kernel.operations, kernel.body) / 1e9;
}

// More than caches hold, of which a server's may be some hundreds of megabytes, and at most an eighth of the memory.
size_t beyond_caches() {
  size_t least = size_t{256} << 20;
  long cache = sysconf(_SC_LEVEL3_CACHE_SIZE), pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  size_t wanted = 3 * static_cast<size_t>(std::max(0l, cache));
  return std::max(least, std::min(wanted, static_cast<size_t>(pages) / 8 * static_cast<size_t>(page)));
}

} // namespace

// Memory that no cache holds, on huge pages where the kernel has them: the translation of addresses is not to count.
struct Reads::Pages {
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

  // Reads one word of each cache line of a thread's part, from the first to the last, and returns its bytes a second. The
  // processor's own prefetchers follow; a little is gained by asking the second-level cache for what comes soon, nothing
  // by several streams side by side.
  double read_share(int thread, int threads) const {
    constexpr size_t kAhead = 2048;
    size_t share = bytes / static_cast<size_t>(threads) / 64 * 64;
    const uint8_t *p = data + share * static_cast<size_t>(thread);
    int64_t sum = 0;
    double start = seconds();
    for (size_t i = 0; i < share; i += 64) {
      __builtin_prefetch(p + i + kAhead, 0, 2);
      sum += *reinterpret_cast<const int64_t *>(p + i);
    }
    sink += sum;
    return static_cast<double>(share) / (seconds() - start);
  }

  size_t bytes;
  uint8_t *data;
};

Reads::Reads(int threads) : pages_(std::make_unique<Pages>(beyond_caches())), threads_(threads) {}

Reads::~Reads() = default;

double Reads::pass() const {
  std::vector<double> rates(static_cast<size_t>(threads_));
  std::vector<std::thread> others;
  for (int i = 1; i < threads_; i++)
    others.emplace_back([this, &rates, i] { rates[static_cast<size_t>(i)] = pages_->read_share(i, threads_); });
  rates[0] = pages_->read_share(0, threads_);
  for (std::thread &thread : others)
    thread.join();
  return std::accumulate(rates.begin(), rates.end(), 0.0);
}

Peaks measure_peaks(int threads, double budget) {
  Reads reads(threads);
  double read = 0;
  for (double end = seconds() + 3 * budget; seconds() < end;)
    read = std::max(read, reads.pass());
  return {rate(int8_kernel(), threads, budget), rate(bf16_kernel(), threads, budget), rate(f32_kernel(), threads, budget),
          read / 1e9};
}

double typical_reads(int threads, double budget) {
  Reads reads(threads);
  std::vector<double> rates;
  for (double end = seconds() + budget; seconds() < end || rates.size() < 3;)
    rates.push_back(reads.pass());
  return median(rates);
}

} // namespace llmserving_bench
