// What the instruction sets implement: plain data in, plain data out.
#ifndef LLMSERVING_ATTENTION_KERNELS_H
#define LLMSERVING_ATTENTION_KERNELS_H

#include <cstddef>
#include <cstdint>

#include "attention/types.h"

namespace llmserving {

// A query token as one work item sees it.
struct QueryToken {
  int32_t row;       // of q and out
  int32_t position;
  int32_t table_row;
  int32_t merged;    // partial items: 1 = the row's first chunks lie here, so they are merged into one partial result
  size_t partial;    // partial items: index of the first partial result
  int32_t first_chunk, last_chunk; // that the token sees of the item; none where first > last
  int32_t next;      // partial items: the row's next query token, ascending chunks; -1 = none
};

// Rows of one kv head that read the same keys. Row i is token i / group, head kv_head * group + i % group.
struct AttentionUnit {
  const QueryToken *tokens;
  int32_t mode; // llm_attention_mode
  int32_t kv_head;
  int32_t first_row, rows; // at most UNIT_ROWS
};

constexpr int MAX_DIM = 512; // of a head
constexpr int UNIT_ROWS = 48;
constexpr int AHEAD_ROWS = 3; // up to so many, a unit waits for memory rather than for products, and is read ahead for

struct AttentionTask {
  CacheView cache;
  AttentionParameters parameters;
  const float *q;        // [query rows][heads * k_dim]
  float *out;            // [query rows][heads * v_dim]
  float *partial_values; // [partial][heads][v_dim]: not divided by the sum
  float *partial_stats;  // [partial][heads][2]: maximum (in powers of two), sum
};

// One worker's scratch memory, 64-byte aligned.
struct AttentionScratch {
  void *q;        // UNIT_ROWS * k_dim floats or shorter elements
  float *scores;  // 8 rows * chunk
  void *weights;  // 8 rows * chunk floats
  float *chunk;   // 8 rows * padded v_dim
  float *sums;    // UNIT_ROWS * padded v_dim
  uint8_t *values; // three tiles of values: the two ends of a chunk, and zeros (also a tile of keys)
};

struct AttentionKernel {
  // following: the unit that the same worker computes next, to read ahead for; or null.
  void (*compute)(const AttentionTask &task, const AttentionUnit &unit, const AttentionUnit *following,
                  const AttentionScratch &scratch);
  // Merges the partial results of a query token, all heads, into out.
  void (*merge)(const AttentionTask &task, const QueryToken *tokens, int32_t token, float *sums);
  void (*rope)(const CacheView &cache, const RopeParameters &rope, const float *qkv, size_t qkv_stride, float *q_out,
               const StepRows &step, const RopePart &part);
  void (*rotations)(const float *frequencies, int count, float magnitude, const StepRows &step, size_t rows,
                    float *cosines, float *sines);
};

// kv_type: llm_kv_type. Sets the machine's architecture lacks fall back to the portable kernels.
const AttentionKernel &attention_kernel(llm_isa isa, uint32_t kv_type);

namespace portable { const AttentionKernel &attention_kernel(uint32_t kv_type); }
namespace avx2 { const AttentionKernel &attention_kernel(uint32_t kv_type); }
namespace avx512_vnni { const AttentionKernel &attention_kernel(uint32_t kv_type); }
namespace avx512 { const AttentionKernel &attention_kernel(uint32_t kv_type); }
namespace neon { const AttentionKernel &int8_attention_kernel(); }

} // namespace llmserving

#endif
