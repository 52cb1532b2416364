// Attention of many query rows on tensor cores, over paged or contiguous keys and values (FlashAttention-2's structure:
// Dao, "FlashAttention-2: Faster Attention with Better Parallelism and Work Partitioning", 2023).
//
// Query rows times the heads of a kv head's group are packed as rows of the tile. Keys and values pass through a ring of
// 16 KiB tiles in shared memory. Chunk by chunk of 128 keys: S = Q K^T of the whole chunk, its softmax from scratch, then
// O = P V column by column, each merged into the row's running state as soon as it is there. So the states of chunks,
// and with them the bits of a row, do not depend on where a kernel started, nor on the tile's size: where warps share the
// keys and then the columns of a chunk, they add in the same order.
#ifndef LLMSERVING_GPU_PREFILL_ATTENTION_H
#define LLMSERVING_GPU_PREFILL_ATTENTION_H

#include "llmserving/gpu/attention.h"

namespace llmserving {
namespace gpu {

constexpr int PREFILL_TILE_BYTES = 16384; // of keys or values, 16-bit elements

// Warps that have the same 16 rows and share the keys, then the columns, of a chunk: where rows are few, or where a whole
// row of o and the scores of a chunk are more than a lane's registers.
constexpr int prefill_share(int head_dim, int rows) { return rows == 16 ? 4 : head_dim == 256 ? 2 : 1; }
constexpr int prefill_threads(int head_dim, int rows) { return rows / 16 * prefill_share(head_dim, rows) * 32; }

// Tiles of the ring: one at work, one on its way, and blocks enough per SM to have more on their way. Small enough for two
// blocks where an SM has 100 KB and a head no more than 128 dimensions. 8-bit caches add half a tile of raw bytes, on their
// way.
constexpr int PREFILL_STAGES = 2;

// Bytes through which warps of the same rows tell each other weights, maxima and shares of sums.
constexpr int prefill_exchange_bytes(int head_dim, int rows) {
  int share = prefill_share(head_dim, rows);
  return share == 1 ? 0 : rows * (ATTENTION_CHUNK * 2 + share * 4 + 16 * 4);
}

// Bytes of shared memory: queries, ring, exchange, and two chunks' scales of an int8 cache, K's and V's.
constexpr uint32_t prefill_shared_bytes(int head_dim, int rows, int kv_bytes, bool scaled) {
  int ring = PREFILL_STAGES * PREFILL_TILE_BYTES + (kv_bytes == 2 ? 0 : PREFILL_TILE_BYTES / 2);
  int scales = scaled ? 2 * 2 * ATTENTION_CHUNK * 4 : 0;
  return static_cast<uint32_t>(rows * head_dim * 2 + ring + prefill_exchange_bytes(head_dim, rows) + scales);
}

// rows: packed rows of a tile, 16, 64 or 128 (e5m2 and int8: 64; dimensions above 128: 16 or 64, whatever the cache). No
// kernel where a block's shared memory is too small for the tile: on AMD 64 rows of more than 128 dimensions, and 128 rows
// of more than 64 over 8-bit caches. tiles: at least as many as *p.tile_count.
inline Launch prefill_attention_launch(DType type, DType kv, int32_t rows, const AttentionParams &p, uint32_t tiles) {
#define NAMES(TYPES, ROWS)                                                                                             \
  {"prefill_attention_" TYPES "_d64_r" ROWS, "prefill_attention_" TYPES "_d128_r" ROWS,                                \
   "prefill_attention_" TYPES "_d256_r" ROWS}
  const char *names[5][3][3] = {{NAMES("bf16_bf16", "16"), NAMES("bf16_bf16", "64"), NAMES("bf16_bf16", "128")},
                                {NAMES("f16_f16", "16"), NAMES("f16_f16", "64"), NAMES("f16_f16", "128")},
                                {NAMES("bf16_e4m3", "16"), NAMES("bf16_e4m3", "64"), NAMES("bf16_e4m3", "128")},
                                {{nullptr, nullptr, "prefill_attention_bf16_e5m2_d256_r16"}, NAMES("bf16_e5m2", "64"), {}},
                                {{nullptr, nullptr, "prefill_attention_bf16_i8_d256_r16"}, NAMES("bf16_i8", "64"), {}}};
#undef NAMES
  int32_t dim = p.k_dim > p.v_dim ? p.k_dim : p.v_dim, types = kv_instance(type, kv), step = types > 1 ? 16 : 8;
  int32_t size = dim <= 64 ? 0 : dim <= 128 ? 1 : 2, tile = rows == 16 ? 0 : rows == 64 ? 1 : rows == 128 ? 2 : -1;
  bool fits = types >= 0 && tile >= 0 && dim <= (rows == 128 ? 128 : 256) && p.k_dim % step == 0 && p.v_dim % step == 0;
  uint32_t shared = prefill_shared_bytes(64 << size, rows, types > 1 ? 1 : 2, types == 4);
  fits = fits && shared <= static_cast<uint32_t>(BLOCK_SHARED_BYTES);
  return {fits ? names[types][tile][size] : nullptr, tiles, static_cast<uint32_t>(p.kv_heads), 1,
          static_cast<uint32_t>(prefill_threads(64 << size, rows)), shared};
}

} // namespace gpu
} // namespace llmserving

#endif
