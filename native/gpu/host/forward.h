// One forward pass: the program's operations as launches, for a number of rows, over given addresses.
#ifndef LLMSERVING_GPU_HOST_FORWARD_H
#define LLMSERVING_GPU_HOST_FORWARD_H

#include "host/program.h"

namespace llmserving {

// Where a session keeps what its passes work on; all device memory.
struct PassMemory {
  uint8_t *values;        // the arena: value v of `max_tokens` rows at max_tokens * offset
  size_t max_tokens;
  int32_t *ids;           // [max_tokens] tokens
  const int32_t *ring;    // [ring_steps][ring_jobs] sampled tokens
  int32_t ring_steps, ring_jobs;
  uint8_t *pool;
  const int32_t *tables;  // [group][table row][table column]
  size_t group_cells;     // of one group's table
  float *partial_values, *partial_stats;
  uint32_t *tickets;      // of attention's merges; zero between passes
  float *logits;          // [tile rows][logits_stride]
  int64_t logits_stride;
};

// A pass's inputs, in device memory.
struct PassInput {
  const void *tokens;  // StepToken[rows]
  int32_t rows;        // padding included
  const gpu::AttentionLayout *layouts; // of each of the program's shapes
  const uint8_t *const *plans;         // where each lies
};

class Forward {
public:
  Forward(const llm_program &program, const PassMemory &memory, Launcher &launch)
      : p_(program), m_(memory), launch_(launch) {}

  // From tokens to the hidden states.
  void run(const PassInput &input);
  // Logits of `count` rows of the hidden states. rows: device memory.
  void head(const int32_t *rows, int32_t count);

private:
  void run(const Operation &operation);
  void embed(const llm_op &op);
  void linear(const llm_op &op);
  void norm(const Operation &operation);
  void rope_cache(const Operation &operation);
  void attention(const Operation &operation);
  void activate(const llm_op &op);
  void add(const llm_op &op);

  void *at(int32_t value) const { return m_.values + p_.value(value).offset * m_.max_tokens; }
  int32_t width(int32_t value) const { return static_cast<int32_t>(p_.width(value)); }
  gpu::KvView kv(int32_t cache) const;
  const int32_t *tables(int32_t group) const { return m_.tables + static_cast<size_t>(group) * m_.group_cells; }

  const llm_program &p_;
  const PassMemory &m_;
  Launcher &launch_;
  PassInput in_ = {};
};

// Looks up every kernel that a pass of any number of rows may launch; throws LLM_UNSUPPORTED for what is missing.
void check_kernels(const llm_program &program);

} // namespace llmserving

#endif
