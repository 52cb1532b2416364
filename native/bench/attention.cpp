// Attention over a paged cache, one thread: decode of one row and of a batch, and prefill, over bf16 and int8 side by side.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "attention/attention.h"
#include "attention/kv_layout.h"
#include "bench/bench.h"

namespace llmserving_bench {
namespace {

using namespace llmserving;

constexpr int kHeads = 9, kKeyHeads = 3, kDim = 64;
constexpr uint32_t kBlock = 32;

// Sets all keys and values to about 0.008: codes of 129 with scales of 0.0078 in int8.
void fill(uint8_t *pool, size_t bytes, uint32_t kv_type) {
  for (size_t i = 0; i < bytes; i += 2) {
    pool[i] = 0;
    pool[i + 1] = 0x3c;
  }
  size_t tile = kv_tile_bytes(LLM_KV_INT8, kDim), codes = kv_scale_offset(kDim, 0);
  float scale = 0.0078f;
  for (size_t at = 0; kv_type == LLM_KV_INT8 && at + tile <= bytes; at += tile) {
    memset(pool + at, 129, codes);
    for (size_t key = 0; key < KEY_TILE; key++)
      memcpy(pool + at + kv_scale_offset(kDim, key), &scale, sizeof scale);
  }
}

void bench_case(const Options &options, const Peaks &peaks, uint32_t kv_type, int rows, int context) {
  uint32_t columns = static_cast<uint32_t>(context + rows) / kBlock + 1;
  size_t block_bytes = cache_block_bytes(kv_type, kBlock, kKeyHeads, kDim, kDim);
  uint8_t *pool = static_cast<uint8_t *>(aligned_alloc(64, block_bytes * columns));
  fill(pool, block_bytes * columns, kv_type);
  std::vector<int32_t> table(columns);
  for (uint32_t i = 0; i < columns; i++)
    table[i] = static_cast<int32_t>(i);
  CacheView cache = {pool, block_bytes, 0, kv_type, kBlock, kKeyHeads, kDim, kDim, 0, table.data(), columns};
  MemoryCounter counter;
  std::unique_ptr<AttentionStep> step(create_attention_step(
      static_cast<llm_isa>(options.isa), kv_type, {0, 0, kHeads, kKeyHeads, kDim}, static_cast<size_t>(rows), 1, 1, counter));
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
  double bytes = static_cast<double>(context) * 2 * kKeyHeads * static_cast<double>(kv_vector_bytes(kv_type, kDim));
  printf("  %s %4d rows at %5d: %8.1f us  %6.0f GFLOPS", kv_type == LLM_KV_INT8 ? "int8" : "bf16", rows, context,
         took * 1e6, flops / took / 1e9);
  if (peaks.bf16_gflops > 0)
    printf(" %3.0f %% of a core in bf16", 100 * flops / took / 1e9 / (peaks.bf16_gflops / options.threads));
  printf("  %5.1f GB/s\n", bytes / took / 1e9);
  free(pool);
}

} // namespace

void bench_attention(const Options &options, const Peaks &peaks) {
  printf("attention, %d heads of %d over %d, one thread\n", kHeads, kDim, kKeyHeads);
  const int cases[][2] = {{1, 16}, {1, 128}, {1, 512}, {1, 2048}, {1, 32768}, {8, 2048}, {512, 0}, {512, 2048}};
  for (const int *each : cases)
    for (uint32_t kv_type : {LLM_KV_BF16, LLM_KV_INT8})
      bench_case(options, peaks, kv_type, each[0], each[1]);
}

} // namespace llmserving_bench
