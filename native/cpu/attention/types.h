// Plain data that attention's common code and its instruction sets share. No standard-library template in here: the
// instruction sets' units include it.
#ifndef LLMSERVING_ATTENTION_TYPES_H
#define LLMSERVING_ATTENTION_TYPES_H

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

// Rows of a step and the sequences they belong to.
struct StepRows {
  const llm_sequence *sequences;
  const int32_t *row_sequence; // of each row
};

struct RopeParameters {
  int heads;    // query heads
  int rotated;  // dimensions
  int style;    // 0 none, 1 halves, 2 neighbours
  const float *cosines, *sines; // rotation_table's, [row][rotated / 2]
  const float *q_norm, *k_norm; // RMS scales [k_dim] or null
  float norm_epsilon, norm_added;
};

// A part of a step: query rows whose q is made, and kv heads whose k and v go to the cache.
struct RopePart {
  size_t first_row, last_row;
  int first_head, last_head;
};

struct AttentionParameters {
  int heads; // query heads
  float scale;
  float soft_cap; // 0 = none
};

} // namespace llmserving

#endif
