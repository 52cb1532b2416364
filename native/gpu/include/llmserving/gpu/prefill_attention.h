// Attention of many query rows on tensor cores, over paged or contiguous keys and values (FlashAttention-2's structure:
// Dao, "FlashAttention-2: Faster Attention with Better Parallelism and Work Partitioning", 2023).
//
// Query rows times the heads of a kv head's group are packed as rows of the tile. Keys and values pass through a ring of
// 16 KiB tiles in shared memory. Chunk by chunk of 128 keys: S = Q K^T of the whole chunk, its softmax from scratch, then
// O = P V column by column, each merged into the row's running state as soon as it is there. So the states of chunks,
// and with them the bits of a row, do not depend on where a kernel started, nor on the tile's size: tiles of 16 rows
// share the keys and then the columns of a chunk out to their warps, but add in the same order.
#ifndef LLMSERVING_GPU_PREFILL_ATTENTION_H
#define LLMSERVING_GPU_PREFILL_ATTENTION_H

#include "llmserving/gpu/attention.h"

namespace llmserving {
namespace gpu {

constexpr int PREFILL_TILE_BYTES = 16384; // of keys or values, 16-bit elements

// Stages of the ring. 8-bit caches: two stages of 16-bit tiles, filled from two of raw bytes.
constexpr int prefill_stages(int head_dim, int rows) { return head_dim == 256 && rows == 128 ? 2 : 4; }

// Bytes of shared memory: queries; ring; what the warps of a 16-row tile tell each other (weights, maxima, sums); two
// chunks' scales of an int8 cache, K's and V's.
constexpr uint32_t prefill_shared_bytes(int head_dim, int rows, int kv_bytes, bool scaled) {
  int ring = kv_bytes == 2 ? prefill_stages(head_dim, rows) * PREFILL_TILE_BYTES : 3 * PREFILL_TILE_BYTES;
  int exchange = rows == 16 ? 16 * ATTENTION_CHUNK * 2 + 4 * 16 * 4 + 16 * 16 * 4 : 0;
  return static_cast<uint32_t>(rows * head_dim * 2 + ring + exchange + (scaled ? 2 * 2 * ATTENTION_CHUNK * 4 : 0));
}

// rows: packed rows of a tile, 16, 64 or 128 (e5m2 and int8: 64). tiles: at least as many as *p.tile_count.
inline Launch prefill_attention_launch(DType type, DType kv, int32_t rows, const AttentionParams &p, uint32_t tiles) {
#define NAMES(TYPES, ROWS)                                                                                             \
  {"prefill_attention_" TYPES "_d64_r" ROWS, "prefill_attention_" TYPES "_d128_r" ROWS,                                \
   "prefill_attention_" TYPES "_d256_r" ROWS}
  const char *names[5][3][3] = {{NAMES("bf16_bf16", "16"), NAMES("bf16_bf16", "64"), NAMES("bf16_bf16", "128")},
                                {NAMES("f16_f16", "16"), NAMES("f16_f16", "64"), NAMES("f16_f16", "128")},
                                {NAMES("bf16_e4m3", "16"), NAMES("bf16_e4m3", "64"), NAMES("bf16_e4m3", "128")},
                                {{}, NAMES("bf16_e5m2", "64"), {}},
                                {{}, NAMES("bf16_i8", "64"), {}}};
#undef NAMES
  int32_t dim = p.k_dim > p.v_dim ? p.k_dim : p.v_dim, types = kv_instance(type, kv), step = types > 1 ? 16 : 8;
  int32_t size = dim <= 64 ? 0 : dim <= 128 ? 1 : 2, tile = rows == 16 ? 0 : rows == 64 ? 1 : rows == 128 ? 2 : -1;
  bool fits = types >= 0 && tile >= 0 && dim <= 256 && p.k_dim % step == 0 && p.v_dim % step == 0;
  return {fits ? names[types][tile][size] : nullptr, tiles, static_cast<uint32_t>(p.kv_heads), 1,
          rows == 128 ? 256u : 128u, prefill_shared_bytes(64 << size, rows, types > 1 ? 1 : 2, types == 4)};
}

} // namespace gpu
} // namespace llmserving

#endif
