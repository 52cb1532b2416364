// Sequences with made-up queries, keys and values over a paged cache whose free memory is not a number.
#ifndef LLMSERVING_TESTS_ATTENTION_FIXTURE_H
#define LLMSERVING_TESTS_ATTENTION_FIXTURE_H

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "attention/attention.h"
#include "tests/check.h"
#include "tests/isas.h"

namespace llmserving_test {

using namespace llmserving;

struct Shape {
  llm_isa isa = LLM_ISA_SCALAR;
  uint32_t kv_type = LLM_KV_BF16;
  uint32_t block_size = 16;
  int heads = 3, kv_heads = 1, k_dim = 64, v_dim = 64, window = 0;
  float scale = 0.125f, soft_cap = 0;
};

struct Fixture {
  Shape shape;
  uint32_t seed;
  size_t columns = 64; // blocks of a table row
  size_t blocks, block_bytes;
  std::vector<uint8_t> memory;
  std::vector<int32_t> tables;
  std::vector<int32_t> free_blocks;
  static constexpr int WORKERS = 4; // at most
  MemoryCounter counter;
  std::unique_ptr<AttentionStep> step;
  std::vector<float> q, out; // of the last step

  Fixture(const Shape &s, uint32_t random_seed, size_t pool_blocks = 0) : shape(s), seed(random_seed) {
    blocks = pool_blocks > 0 ? pool_blocks : 8192 / s.block_size;
    block_bytes = cache_block_bytes(s.kv_type, s.block_size, s.kv_heads, s.k_dim, s.v_dim) + 128;
    memory.assign(blocks * block_bytes + 64, 0xff); // not a number in all types of floats
    tables.assign(16 * columns, -1);
    Random random(seed);
    for (size_t i = 0; i < blocks; i++)
      free_blocks.push_back(static_cast<int32_t>(i));
    for (size_t i = blocks - 1; i > 0; i--)
      std::swap(free_blocks[i], free_blocks[random.next() % (i + 1)]);
    AttentionShape all = {0, s.window, s.heads, s.kv_heads, s.v_dim};
    step.reset(create_attention_step(s.isa, s.kv_type, all, 64, 8, WORKERS, counter));
  }

  CacheView view() {
    uint8_t *pool = memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64) % 64;
    return {pool,         block_bytes,  64, shape.kv_type, shape.block_size, shape.kv_heads,
            shape.k_dim,  shape.v_dim,  shape.window, tables.data(),  columns};
  }

  int32_t &block(int table_row, int position) {
    return tables[static_cast<size_t>(table_row) * columns + static_cast<size_t>(position) / shape.block_size];
  }

  // The text that a table row holds: rows of one text have equal tokens.
  int text[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

  // [q heads | k heads | v heads] of a token, the same whenever it is asked for.
  void token(int table_row, int position, float *qkv) const {
    Random random(seed + 7919u * static_cast<uint32_t>(text[table_row]) + 104729u * static_cast<uint32_t>(position));
    size_t width = static_cast<size_t>(shape.heads * shape.k_dim + shape.kv_heads * (shape.k_dim + shape.v_dim));
    for (size_t i = 0; i < width; i++)
      qkv[i] = random.uniform();
  }

  size_t qkv_width() const {
    return static_cast<size_t>(shape.heads * shape.k_dim + shape.kv_heads * (shape.k_dim + shape.v_dim));
  }

  // Gives the sequences' new tokens blocks, writes them to the cache and returns their queries in q.
  void write(std::vector<llm_sequence> &sequences) {
    int rows = 0;
    for (llm_sequence &s : sequences) {
      s.first_row = rows;
      rows += s.rows;
    }
    std::vector<float> qkv(static_cast<size_t>(rows) * qkv_width());
    std::vector<int32_t> owner;
    for (size_t i = 0; i < sequences.size(); i++) {
      const llm_sequence &s = sequences[i];
      for (int t = 0; t < s.rows; t++) {
        token(s.table_row, s.position + t, qkv.data() + owner.size() * qkv_width());
        owner.push_back(static_cast<int32_t>(i));
        int32_t &id = block(s.table_row, s.position + t);
        if (id < 0) {
          CHECK(!free_blocks.empty(), "%zu blocks are too few", blocks);
          id = free_blocks.empty() ? 0 : free_blocks.back();
          if (!free_blocks.empty())
            free_blocks.pop_back();
        }
      }
    }
    q.assign(static_cast<size_t>(rows * shape.heads * shape.k_dim), 0);
    RopeParameters rope = {shape.heads, 0, 0, nullptr, nullptr, nullptr, nullptr, 0, 0};
    rope_and_write_cache(shape.isa, view(), rope, qkv.data(), qkv_width(), q.data(), {sequences.data(), owner.data()},
                         {0, static_cast<size_t>(rows), 0, shape.kv_heads});
  }

  void free_block(int table_row, int position) {
    int32_t &id = block(table_row, position);
    memset(view().pool + static_cast<size_t>(id) * block_bytes, 0xff, block_bytes);
    free_blocks.insert(free_blocks.begin(), id);
    id = -1;
  }

  // What a window no longer sees of a sequence whose next query is at `position` goes back to the pool.
  void free_behind_window(int table_row, int position) {
    for (int start = 0; shape.window > 0 && start + static_cast<int>(shape.block_size) <= position - shape.window + 1;
         start += static_cast<int>(shape.block_size))
      if (block(table_row, start) >= 0)
        free_block(table_row, start);
  }

  static std::vector<llm_attention_item> flat_items(const std::vector<llm_sequence> &sequences) {
    std::vector<llm_attention_item> items;
    for (size_t i = 0; i < sequences.size(); i++) {
      int last = (sequences[i].position + sequences[i].rows - 1) / LLM_ATTENTION_CHUNK;
      items.push_back({0, LLM_ATTENTION_FLAT, 0, last + 1, static_cast<int32_t>(i), 1});
    }
    return items;
  }

  // Workers take turns in an order that `workers` decides: any order must give the same bits.
  void attend(const std::vector<llm_sequence> &sequences, const std::vector<llm_attention_item> &items,
              const std::vector<int32_t> &item_sequences, int workers) {
    llm_step input = {};
    for (const llm_sequence &s : sequences)
      input.token_count += static_cast<uint32_t>(s.rows);
    input.sequence_count = static_cast<uint32_t>(sequences.size());
    input.sequences = sequences.data();
    input.items = items.data();
    input.item_count = static_cast<uint32_t>(items.size());
    input.item_sequences = item_sequences.data();
    input.item_sequence_count = static_cast<uint32_t>(item_sequences.size());
    out.assign(input.token_count * static_cast<size_t>(shape.heads * shape.v_dim), NAN);
    AttentionCall call = {view(), {shape.heads, shape.scale, shape.soft_cap}, q.data(), out.data()};
    std::atomic<size_t> units{0}, merges{0};
    step->plan(input, workers);
    for (int worker = workers - 1; worker >= 0; worker--)
      step->compute(call, units, worker);
    for (int worker = 0; step->has_partials() && worker < workers; worker++)
      step->merge(call, merges, worker);
  }

  // Writes and attends, each sequence flat.
  void run(std::vector<llm_sequence> sequences, int workers = 1) {
    write(sequences);
    std::vector<int32_t> all(sequences.size());
    for (size_t i = 0; i < all.size(); i++)
      all[i] = static_cast<int32_t>(i);
    attend(sequences, flat_items(sequences), all, workers);
  }

  // Result of a head of a row of the last step.
  const float *result(size_t row, int head) const {
    return out.data() + (row * static_cast<size_t>(shape.heads) + static_cast<size_t>(head)) * static_cast<size_t>(shape.v_dim);
  }
};

inline llm_sequence sequence(int table_row, int position, int rows) { return {0, rows, position, table_row, -1, 0}; }

} // namespace llmserving_test

#endif
