// Attention over a paged cache, one thread: decode of one row and of a batch, and prefill.
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "attention/attention.h"
#include "bench/bench.h"
#include "support/isa.h"

namespace llmserving_bench {
namespace {

using namespace llmserving;

constexpr int kHeads = 9, kKeyHeads = 3, kDim = 64;
constexpr uint32_t kBlock = 32;

void bench_case(const Options &options, const Peaks &peaks, int rows, int context) {
  uint32_t columns = static_cast<uint32_t>(context + rows) / kBlock + 1;
  size_t block_bytes = cache_block_bytes(LLM_KV_BF16, kBlock, kKeyHeads, kDim, kDim);
  uint8_t *pool = static_cast<uint8_t *>(aligned_alloc(64, block_bytes * columns));
  for (size_t i = 0; i < block_bytes * columns; i += 2) { // 0.0078 everywhere
    pool[i] = 0;
    pool[i + 1] = 0x3c;
  }
  std::vector<int32_t> table(columns);
  for (uint32_t i = 0; i < columns; i++)
    table[i] = static_cast<int32_t>(i);
  CacheView cache = {pool, block_bytes, 0, LLM_KV_BF16, kBlock, kKeyHeads, kDim, kDim, 0, table.data(), columns};
  MemoryCounter counter;
  std::unique_ptr<AttentionStep> step(create_attention_step(
      detect_isa(), LLM_KV_BF16, {0, 0, kHeads, kKeyHeads, kDim}, static_cast<size_t>(rows), 1, 1, counter));
  std::vector<float> q(static_cast<size_t>(rows * kHeads * kDim), 0.1f), out(q.size());
  llm_sequence sequence = {0, rows, context, 0, -1, 0};
  llm_attention_item item = {0, LLM_ATTENTION_FLAT, 0, (context + rows - 1) / LLM_ATTENTION_CHUNK + 1, 0, 1};
  int32_t index = 0;
  llm_step input = {};
  input.token_count = static_cast<uint32_t>(rows);
  input.sequence_count = input.item_count = input.item_sequence_count = 1;
  input.sequences = &sequence;
  input.items = &item;
  input.item_sequences = &index;
  double took = best_of(options.budget, [&] {
    std::atomic<size_t> units{0};
    step->plan(input, 1);
    step->compute({cache, {kHeads, 0.125f, 0}, q.data(), out.data()}, units, 0);
  });
  double keys = static_cast<double>(rows) * (context + (rows + 1) * 0.5), flops = 4.0 * kHeads * kDim * keys;
  double bytes = static_cast<double>(context) * 2 * 2 * kKeyHeads * kDim;
  printf("  %4d rows at %5d: %8.1f us  %6.0f GFLOPS", rows, context, took * 1e6, flops / took / 1e9);
  if (peaks.bf16_gflops > 0)
    printf(" %3.0f %% of a core", 100 * flops / took / 1e9 / (peaks.bf16_gflops / options.threads));
  printf("  %5.1f GB/s\n", bytes / took / 1e9);
  free(pool);
}

} // namespace

void bench_attention(const Options &options, const Peaks &peaks) {
  printf("attention, bf16, %d heads of %d over %d, one thread\n", kHeads, kDim, kKeyHeads);
  for (int context : {16, 128, 512, 2048})
    bench_case(options, peaks, 1, context);
  bench_case(options, peaks, 8, 2048);
  bench_case(options, peaks, 512, 0);
  bench_case(options, peaks, 512, 2048);
}

} // namespace llmserving_bench
