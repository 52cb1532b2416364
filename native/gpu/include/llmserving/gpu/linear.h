// Matrix products y = epilogue(x · w^T) of bf16 or f16 activations with packed weights (weight_layout.h), f32 sums. One launch
// multiplies the same activations with up to four matrices of one family, whose outputs are columns of one y: the query,
// key and value of a layer, or gate and up.
//
// Two kernels serve all sizes: linear_small (linear_small.h) streams weights once for up to 16 tokens, memory-bound;
// linear_gemm (linear_gemm.h) has tiles of 128 outputs x 64 or 128 tokens. Both compute one output by the same sequence of operations:
// the chunks of its row in ascending order within each of eight fixed segments of k, then the segments' sums in ascending
// order. A row of y therefore has the same bits for every m, every other row, and either kernel, given that the device's
// mma computes an element of its result from that element's operands alone.
#ifndef LLMSERVING_GPU_LINEAR_H
#define LLMSERVING_GPU_LINEAR_H

#include "llmserving/gpu/platform.h"
#include "llmserving/gpu/weight_layout.h"

namespace llmserving {
namespace gpu {

constexpr int32_t LINEAR_PARTS = 4;
struct LinearPart {
  const void *w;     // packed [n][k], 16-byte aligned
  const float *bias; // [n] or null
  int32_t y_offset;  // column of the first output
  int32_t n;         // 0: there is no such part
};

// y[token][y_offset + i] = cap(scale * (x[row(token)] · w[i] + bias[i])) of every part, cap(v) = v or cap * tanh(v / cap).
struct LinearParams {
  const void *x;       // [..][x_stride] activations, 16-byte aligned
  const int32_t *rows; // [m] row of x for each token, or null: row(token) = token
  void *y;             // [m][y_stride], of the activations' type or f32
  int64_t x_stride;    // elements, a multiple of 8
  int64_t y_stride;    // elements
  int32_t m, k;        // k a multiple of 8
  uint32_t f32_out;    // 1: y is f32
  float scale;
  float cap; // 0 = none
  LinearPart parts[LINEAR_PARTS];
};

// Fixed parts of k whose sums are added up in order: segment i holds chunks [i * chunks / 8, (i + 1) * chunks / 8).
constexpr int32_t LINEAR_SEGMENTS = 8;
// One past the last chunk of the first `segments` segments.
LLM_HOST_DEVICE constexpr int32_t segment_end(int32_t segments, int32_t chunks) {
  return static_cast<int32_t>(static_cast<uint32_t>(segments) * static_cast<uint32_t>(chunks) / LINEAR_SEGMENTS);
}

// Shapes of the kernels. A stage is what one step of a pipeline of asynchronous copies holds: one chunk of the weights of
// some panels, and the chunk's 64 columns of some tokens, 128 bytes each.
constexpr int32_t STAGE_TOKEN_BYTES = 2 * CHUNK_COLUMNS;
constexpr int32_t GEMM_SMEM = BLOCK_SHARED_BYTES;
constexpr int32_t SMALL_SMEM = GEMM_SMEM < 80 * 1024 ? GEMM_SMEM : 80 * 1024; // two blocks where 160 KB are there
constexpr uint32_t LINEAR_THREADS = 256;
constexpr int32_t GEMM_ROWS = 128, GEMM_TOKENS = 128, GEMM_FEW_TOKENS = 64;
constexpr int32_t SMALL_MOST_TILES = 160; // of 128 rows x 16 tokens, beyond which linear_gemm is ahead

LLM_HOST_DEVICE constexpr int32_t stage_bytes(LinearFamily f, int32_t panels, int32_t tokens) {
  return panels * chunk_bytes(f) + tokens * STAGE_TOKEN_BYTES;
}
// Stages of so many bytes that fit.
LLM_HOST_DEVICE constexpr int32_t pipeline_stages(int32_t bytes, int32_t available) {
  return available / bytes < MOST_STAGES ? available / bytes : MOST_STAGES;
}

// linear_small: panels of a block, whose eight warps take one segment each. More panels make more use of each activation;
// a pipeline needs two stages.
LLM_HOST_DEVICE constexpr int32_t small_panels(LinearFamily f, int32_t tokens) {
  return f == LinearFamily::Float || pipeline_stages(LINEAR_SEGMENTS * stage_bytes(f, 2, tokens), SMALL_SMEM) < 2 ? 1 : 2;
}
LLM_HOST_DEVICE constexpr int32_t small_stage_bytes(LinearFamily f, int32_t tokens) { // of one warp
  return stage_bytes(f, small_panels(f, tokens), tokens);
}
LLM_HOST_DEVICE constexpr int32_t small_stages(LinearFamily f, int32_t tokens) {
  return pipeline_stages(LINEAR_SEGMENTS * small_stage_bytes(f, tokens), SMALL_SMEM);
}
LLM_HOST_DEVICE constexpr uint32_t small_smem(LinearFamily f, int32_t tokens) {
  return static_cast<uint32_t>(small_stages(f, tokens) * LINEAR_SEGMENTS * small_stage_bytes(f, tokens));
}

LLM_HOST_DEVICE constexpr int32_t gemm_stages(LinearFamily f, int32_t tokens) {
  return pipeline_stages(stage_bytes(f, GEMM_ROWS / PANEL_ROWS, tokens), tokens == GEMM_TOKENS ? GEMM_SMEM : SMALL_SMEM);
}
LLM_HOST_DEVICE constexpr uint32_t gemm_smem(LinearFamily f, int32_t tokens) {
  int32_t stages = gemm_stages(f, tokens) * stage_bytes(f, GEMM_ROWS / PANEL_ROWS, tokens);
  int32_t outputs = 4 * GEMM_ROWS * tokens;
  return static_cast<uint32_t>(stages > outputs ? stages : outputs);
}

// Names of a kernel's instances: NAME_<family>_<activations>SUFFIX.
#define LINEAR_NAMES(NAME, SUFFIX)                                                                                     \
  {                                                                                                                    \
    {NAME "_float_bf16" SUFFIX, NAME "_float_f16" SUFFIX},                                                             \
        {NAME "_int8_bf16" SUFFIX, NAME "_int8_f16" SUFFIX},                                                           \
        {NAME "_int8min_bf16" SUFFIX, NAME "_int8min_f16" SUFFIX},                                                     \
        {NAME "_int8g16_bf16" SUFFIX, NAME "_int8g16_f16" SUFFIX},                                                     \
        {NAME "_int4_bf16" SUFFIX, NAME "_int4_f16" SUFFIX},                                                           \
        {NAME "_int4min_bf16" SUFFIX, NAME "_int4min_f16" SUFFIX},                                                     \
        {NAME "_int4g16min_bf16" SUFFIX, NAME "_int4g16min_f16" SUFFIX},                                               \
  }

inline const char *linear_instance(const char *const (&names)[LINEAR_FAMILIES][2], LinearFamily family, DType type) {
  if (static_cast<uint32_t>(family) >= LINEAR_FAMILIES || (type != DType::BF16 && type != DType::F16))
    return nullptr;
  return names[static_cast<uint32_t>(family)][type == DType::F16];
}

// Blocks of so many rows that cover all parts; none has rows of two.
inline uint32_t row_blocks(const LinearParams &p, int32_t rows) {
  int64_t blocks = 0;
  for (const LinearPart &part : p.parts)
    blocks += (static_cast<int64_t>(part.n) + rows - 1) / rows;
  return static_cast<uint32_t>(blocks);
}
inline bool is_linear(const LinearParams &p) {
  bool counted = true;
  for (const LinearPart &part : p.parts)
    counted &= part.n >= 0;
  return counted && p.m >= 1 && row_blocks(p, 1) >= 1 && p.k >= 1 && p.k % 8 == 0;
}

// These launches read the sizes m, n and k of the parameters, and nothing else of them.
inline Launch linear_small_launch(LinearFamily family, DType activations, const LinearParams &p) {
  static const char *const names[2][LINEAR_FAMILIES][2] = {LINEAR_NAMES("linear_small", "_8"),
                                                           LINEAR_NAMES("linear_small", "_16")};
  if (!is_linear(p))
    return {};
  int32_t tokens = p.m <= 8 ? 8 : 16;
  return {linear_instance(names[tokens == 16], family, activations),
          static_cast<uint32_t>((p.m + tokens - 1) / tokens),
          row_blocks(p, small_panels(family, tokens) * PANEL_ROWS),
          1,
          LINEAR_THREADS,
          small_smem(family, tokens)};
}

// tokens of a tile: GEMM_TOKENS or GEMM_FEW_TOKENS.
inline Launch linear_gemm_launch(LinearFamily family, DType activations, const LinearParams &p, int32_t tokens) {
  static const char *const names[2][LINEAR_FAMILIES][2] = {LINEAR_NAMES("linear_gemm", ""), LINEAR_NAMES("linear_gemm", "_64")};
  if (!is_linear(p))
    return {};
  return {linear_instance(names[tokens == GEMM_FEW_TOKENS], family, activations),
          static_cast<uint32_t>((p.m + tokens - 1) / tokens),
          row_blocks(p, GEMM_ROWS),
          1,
          LINEAR_THREADS,
          gemm_smem(family, tokens)};
}

// The launch of LinearParams for matrices of the family; kernel null where there is no instance: other activations than
// bf16 and f16, m or the sum of n below 1, k no positive multiple of 8. No workspace. The grid depends on m, n and k, so that
// a captured graph holds for its m alone.
//
// Tiles share activations among 128 outputs, where linear_small's 16 or 32 fetch them again and again; but they are few:
// where n has too few for a device's multiprocessors, linear_small's many blocks are ahead, which read weights from the L2
// cache once more for every 16 tokens. With 16 to 88 tiles of rows on 132 multiprocessors a step of 32 tokens took 2.35
// times as long as one of 8 (H100, 1.17 billion parameters); SMALL_MOST_TILES follows from the traffic of both by calculation.
inline Launch linear_launch(LinearFamily family, DType activations, const LinearParams &p) {
  if (!is_linear(p))
    return {};
  int64_t row_tiles = row_blocks(p, GEMM_ROWS), token_tiles = (p.m + 15) / 16;
  if (p.m <= 16 || (p.m <= 128 && row_tiles * token_tiles < SMALL_MOST_TILES))
    return linear_small_launch(family, activations, p);
  int64_t tiles = row_tiles * ((p.m + GEMM_TOKENS - 1) / GEMM_TOKENS);
  return linear_gemm_launch(family, activations, p, p.m <= 64 || tiles < 96 ? GEMM_FEW_TOKENS : GEMM_TOKENS);
}

// Unpacks rows of a matrix to plain ones of the activations' type, rounded once, for libraries that know no packed weights.
struct LinearUnpackParams {
  const void *w;    // packed [..][k]
  void *y;          // [n][y_stride], 16-byte aligned
  int64_t y_stride; // elements, a multiple of 8
  int32_t n, k;     // rows to unpack; k a multiple of 8
  int32_t first;    // row to begin with, a multiple of 16
};
inline Launch linear_unpack_launch(LinearFamily family, DType type, int32_t n, int32_t k) {
  static const char *const names[LINEAR_FAMILIES][2] = LINEAR_NAMES("linear_unpack", "");
  if (n < 1 || k < 1 || k % 8 != 0)
    return {};
  uint32_t warps = LINEAR_THREADS / 32;
  return {linear_instance(names, family, type), (static_cast<uint32_t>(chunks_of(k)) + warps - 1) / warps,
          static_cast<uint32_t>(panels_of(n)), 1, LINEAR_THREADS, 0};
}

} // namespace gpu
} // namespace llmserving

#endif
