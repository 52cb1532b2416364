// Rotary embedding, cache layout and attention over paged keys and values.
//
// Every query row's result depends on its own tokens alone: chunks of LLM_ATTENTION_CHUNK keys at absolute positions,
// each giving (maximum, sum, weighted values), merged in ascending order, in flat and in partial items alike.
#ifndef LLMSERVING_ATTENTION_ATTENTION_H
#define LLMSERVING_ATTENTION_ATTENTION_H

#include <cstddef>
#include <cstdint>

#include "llmserving/llmserving.h"

namespace llmserving {

// Where one cache's tokens lie: pool + block * block_bytes + cache_offset, then per kv head K and V tiles.
struct CacheView {
  uint8_t *pool;
  size_t block_bytes;
  size_t cache_offset;
  uint32_t kv_type;    // llm_kv_type
  uint32_t block_size; // tokens
  int heads, k_dim, v_dim;
  int window;            // 0 = none
  const int32_t *tables; // of the cache's group: [table row][table_columns]
  size_t table_columns;
};

// Bytes that one block of one cache takes (all its heads, K and V).
size_t cache_block_bytes(uint32_t kv_type, uint32_t block_size, int heads, int k_dim, int v_dim);

// Copies the first `tokens` tokens of a block to another block of the pool, for one cache.
void copy_block(const CacheView &cache, int32_t source, int32_t target, int tokens);

struct RopeParameters {
  int heads;    // query heads
  int rotated;  // dimensions
  int style;    // 0 none, 1 halves, 2 neighbours
  const float *frequencies; // [rotated / 2]
  float magnitude;
  const float *q_norm, *k_norm; // RMS scales [k_dim] or null
  float norm_epsilon, norm_added;
};

// Query rows [first, last) of the step: normalizes and rotates q and k, writes k and v to the cache, q to q_out.
// qkv: [rows][qkv_stride], q_out: [rows][heads * k_dim]. row_sequence[row] is the row's sequence.
void rope_and_write_cache(llm_isa isa, const CacheView &cache, const RopeParameters &rope, const float *qkv,
                          size_t qkv_stride, float *q_out, const llm_sequence *sequences, const int32_t *row_sequence,
                          size_t first, size_t last);

struct AttentionParameters {
  int heads; // query heads
  float scale;
  float soft_cap; // 0 = none
};

// Attention of one cache in one step, worked on by all workers of a team in two phases with a barrier between them.
class AttentionStep {
public:
  virtual ~AttentionStep() = default;
  // Called by one thread before each use; keeps the pointers. items: those of the cache's group.
  virtual void prepare(const CacheView &cache, const AttentionParameters &parameters, const float *q, float *out,
                       const llm_step &step, int group, int workers) = 0;
  // Phase 1: all workers call it; work is claimed from an atomic counter.
  virtual void compute(int worker) = 0;
  // Phase 2, after a barrier: merges partial results into out. Cheap where there are none.
  virtual void merge(int worker) = 0;
};

// max_tokens, max_sequences: limits of a step. Scratch is allocated once here (and grows only in prepare).
AttentionStep *create_attention_step(llm_isa isa, uint32_t kv_type, size_t max_tokens, size_t max_sequences);

} // namespace llmserving

#endif
