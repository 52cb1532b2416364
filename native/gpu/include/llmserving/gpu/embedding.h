// From a step's tokens to its first rows, and the copy of chosen rows.
#ifndef LLMSERVING_GPU_EMBEDDING_H
#define LLMSERVING_GPU_EMBEDDING_H

#include "llmserving/gpu/row.h"

namespace llmserving {
namespace gpu {

// A token of a step, laid out as llm_token.
struct StepToken {
  int32_t id;  // the token, where job is -1
  int32_t job; // else: what this sampler job of the step `ticket` chose
  uint64_t ticket;
};

// Sampled tokens stay on the device in a ring of steps: the token of job j of ticket t is ring[t % ring_steps][j].
struct ResolveTokensParams {
  const StepToken *tokens; // [count]
  const int32_t *ring;     // [ring_steps][ring_jobs]; -1 where a job failed
  int32_t *ids;            // [count]
  int32_t count;
  int32_t ring_steps;
  int32_t ring_jobs;
  int32_t reserved;
};

constexpr int RESOLVE_THREADS = 128;

DEVICE_INLINE void resolve_tokens(const ResolveTokensParams &p) {
  pdl_wait();
  pdl_launch();
  int32_t i = static_cast<int32_t>(block_x() * RESOLVE_THREADS + thread_x());
  if (i >= p.count)
    return;
  StepToken token = p.tokens[i];
  int64_t step = static_cast<int64_t>(token.ticket % static_cast<uint32_t>(p.ring_steps));
  p.ids[i] = token.job < 0 ? token.id : p.ring[step * p.ring_jobs + token.job];
}

inline Launch resolve_tokens_launch(uint32_t count) {
  return {"resolve_step_tokens", (count + RESOLVE_THREADS - 1) / RESOLVE_THREADS, 1, 1, RESOLVE_THREADS, 0};
}

constexpr int EMBEDDING_THREADS = 256;

inline uint32_t embedding_blocks(int32_t width) {
  return (static_cast<uint32_t>(width) + 8 * EMBEDDING_THREADS - 1) / (8 * EMBEDDING_THREADS);
}

struct EmbeddingParams {
  const int32_t *ids; // [tokens]
  const void *table;  // W [vocabulary_end - vocabulary_first][width]
  void *output;       // R [tokens][width]
  int32_t width;
  int32_t vocabulary_first; // this device's part; ids outside it, -1 among them, give rows of zeros
  int32_t vocabulary_end;
  float factor;
};

// output[t] = factor * table[ids[t]]
template <class W, class R> DEVICE_INLINE void embedding(const EmbeddingParams &p) {
  pdl_wait();
  pdl_launch();
  int32_t first = static_cast<int32_t>(block_y() * EMBEDDING_THREADS + thread_x()) * 8;
  int32_t id = p.ids[block_x()];
  float x[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  if (id >= p.vocabulary_first && id < p.vocabulary_end)
    load_row8(static_cast<const W *>(p.table) + static_cast<int64_t>(id - p.vocabulary_first) * p.width, first, p.width,
              x);
  UNROLL
  for (int j = 0; j < 8; j++)
    x[j] *= p.factor;
  store_row8(static_cast<R *>(p.output) + static_cast<int64_t>(block_x()) * p.width, first, p.width, x);
}

// table: BF16 or F16. output: BF16, F16 or F32.
inline Launch embedding_launch(DType table, DType output, uint32_t tokens, int32_t width) {
  static const char *const NAMES[2][3] = {{"embedding_bf16", "embedding_bf16_f16", "embedding_bf16_f32"},
                                          {"embedding_f16_bf16", "embedding_f16", "embedding_f16_f32"}};
  int target = output == DType::BF16 ? 0 : output == DType::F16 ? 1 : output == DType::F32 ? 2 : -1;
  if ((table != DType::BF16 && table != DType::F16) || target < 0 || width < 1)
    return {nullptr, 0, 0, 0, 0, 0};
  return {NAMES[table == DType::F16][target], tokens, embedding_blocks(width), 1, EMBEDDING_THREADS, 0};
}

struct GatherRowsParams {
  const void *source;     // [any][width] elements of 2 or 4 bytes
  const int32_t *indices; // [rows] rows of source; -1 = zeros
  void *target;           // [rows][width]
  int32_t width_bytes;    // of a row, even
  int32_t reserved;
};

constexpr int GATHER_THREADS = 256;

// A plain copy, 16 bytes per thread where rows allow it.
DEVICE_INLINE void gather_rows(const GatherRowsParams &p) {
  pdl_wait();
  pdl_launch();
  int32_t first = static_cast<int32_t>(block_y() * GATHER_THREADS + thread_x()) * 16;
  if (first >= p.width_bytes)
    return;
  int32_t row = p.indices[block_x()];
  const char *source =
      static_cast<const char *>(p.source) + static_cast<int64_t>(row < 0 ? 0 : row) * p.width_bytes + first;
  char *target = static_cast<char *>(p.target) + static_cast<int64_t>(block_x()) * p.width_bytes + first;
  if (p.width_bytes % 16 == 0) {
    u128 zeros = {0, 0, 0, 0};
    st16(target, row < 0 ? zeros : ld16(source));
    return;
  }
  for (int i = 0; i < 8 && first + 2 * i < p.width_bytes; i++)
    reinterpret_cast<uint16_t *>(target)[i] =
        row < 0 ? static_cast<uint16_t>(0) : reinterpret_cast<const uint16_t *>(source)[i];
}

inline Launch gather_rows_launch(uint32_t rows, int32_t width_bytes) {
  uint32_t spans = (static_cast<uint32_t>(width_bytes) + 16 * GATHER_THREADS - 1) / (16 * GATHER_THREADS);
  return {width_bytes > 0 && width_bytes % 2 == 0 ? "gather_rows_b16" : nullptr, rows, spans, 1, GATHER_THREADS, 0};
}

} // namespace gpu
} // namespace llmserving

#endif
