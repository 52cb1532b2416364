// Rotary embedding, cache layout and attention over paged keys and values.
//
// Every query row's result depends on its own tokens alone: chunks of LLM_ATTENTION_CHUNK keys at absolute positions,
// each giving (maximum, sum, weighted values), merged in ascending order, in flat and in partial items alike.
#ifndef LLMSERVING_ATTENTION_ATTENTION_H
#define LLMSERVING_ATTENTION_ATTENTION_H

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "attention/types.h"
#include "support/memory.h"

namespace llmserving {

// Bytes that one block of one cache takes (all its heads, K and V).
size_t cache_block_bytes(uint32_t kv_type, uint32_t block_size, int heads, int k_dim, int v_dim);

// Copies the first `tokens` tokens of a block to another block of the pool, for one cache.
void copy_block(const CacheView &cache, int32_t source, int32_t target, int tokens);

// Cosines and sines of position * frequency, times magnitude, for `rows` rows: [row][count] each. The same for all
// layers of a step.
void rotation_table(llm_isa isa, const float *frequencies, int count, float magnitude, const StepRows &step, size_t rows,
                    float *cosines, float *sines);

// Normalizes and rotates q and k, writes k and v to the cache, q to q_out. qkv: [rows][qkv_stride], q_out:
// [rows][heads * k_dim], both from the part's first row on.
void rope_and_write_cache(llm_isa isa, const CacheView &cache, const RopeParameters &rope, const float *qkv,
                          size_t qkv_stride, float *q_out, const StepRows &step, const RopePart &part);

// What decides the work of an attention, whichever layer it is in.
struct AttentionShape {
  int group;
  int window; // the group's, 0 = none
  int heads;  // query heads
  int kv_heads;
  int v_dim;
};

// One layer's attention. q: [query rows][heads * k_dim], out: [query rows][heads * v_dim].
struct AttentionCall {
  CacheView cache;
  AttentionParameters parameters;
  const float *q;
  float *out;
};

// The attention of all layers of one shape: planned once a step, then worked on layer by layer by all workers of a team,
// in two phases with a barrier between them.
class AttentionStep {
public:
  virtual ~AttentionStep() = default;
  // Called by one thread before the step's first layer. Keeps the items of the shape's group.
  virtual void plan(const llm_step &step, int workers) = 0;
  // Whether any item is partial: then merge is needed.
  virtual bool has_partials() const = 0;
  // Phase 1: all workers call it, each with the q that it sees; work is claimed from `ticket`, which starts at 0.
  virtual void compute(const AttentionCall &call, std::atomic<size_t> &ticket, int worker) = 0;
  // Phase 2, after a barrier: merges partial results into out.
  virtual void merge(const AttentionCall &call, std::atomic<size_t> &ticket, int worker) = 0;
};

// max_tokens, max_sequences: limits of a step. Scratch of all workers is allocated here; partial results grow in plan.
AttentionStep *create_attention_step(llm_isa isa, uint32_t kv_type, const AttentionShape &shape, size_t max_tokens,
                                     size_t max_sequences, int workers, MemoryCounter &memory);

} // namespace llmserving

#endif
