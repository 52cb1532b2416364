// The tiles of prefill attention in shared memory: their shape, and the ring through which keys and values come.
#ifndef LLMSERVING_GPU_PREFILL_ATTENTION_RING_H
#define LLMSERVING_GPU_PREFILL_ATTENTION_RING_H

#include "llmserving/gpu/kv_elements.h"
#include "llmserving/gpu/prefill_attention.h"

namespace llmserving {
namespace gpu {

// Shapes that follow from types, greatest dimension of a head and rows of a tile. A chunk is read in 2 SPLIT steps of one
// 16 KiB tile each: K in SPLIT tiles [128 / SPLIT keys][HEAD_DIM], then V in SPLIT tiles [128 keys][64 columns].
template <class Activation, class Cache, int DIM, int TILE_ROWS> struct PrefillTraits {
  typedef Activation T;
  typedef Cache KV;
  static constexpr int HEAD_DIM = DIM, ROWS = TILE_ROWS;
  static constexpr int SHARE = prefill_share(HEAD_DIM, ROWS); // warps with the same 16 rows
  static constexpr bool SHARED_ROWS = SHARE > 1;
  static constexpr int WARPS = ROWS / 16 * SHARE, THREADS = 32 * WARPS;
  static constexpr int SPLIT = HEAD_DIM / 64, STEPS = 2 * SPLIT;
  static constexpr int KEYS = ATTENTION_CHUNK / SPLIT; // of a K tile
  // mma tiles of 8 keys of a K tile, and of 8 columns of a V tile, that one warp works on
  static constexpr int KEY_TILES = KEYS / 8 / SHARE, COLUMN_TILES = 8 / SHARE;
  static constexpr int PARTS = 4 / SHARE; // quarters of a K tile that a warp has: a row's sum adds them up in one order
  static constexpr int ROW_BYTES = HEAD_DIM * 2; // of Q and K tiles
  static constexpr bool CONVERTED = sizeof(KV) == 1;
  static constexpr int AHEAD = 1; // steps between a copy's start and its use
  static constexpr int QUERY_BYTES = ROWS * ROW_BYTES;
  static constexpr int EXCHANGE_BYTES = prefill_exchange_bytes(HEAD_DIM, ROWS);
  static constexpr int RING_BYTES = PREFILL_STAGES * PREFILL_TILE_BYTES + (CONVERTED ? PREFILL_TILE_BYTES / 2 : 0);
};

// A warp's 16 rows in the tile, and which of the warps that share them it is.
template <class Traits> DEVICE_INLINE int32_t warp_rows() { return static_cast<int32_t>(warp_id()) / Traits::SHARE * 16; }
template <class Traits> DEVICE_INLINE int32_t warp_share() { return static_cast<int32_t>(warp_id()) % Traits::SHARE; }

// Rows of 16-byte pieces are XOR-swizzled: the same piece of 8 consecutive rows lies in 8 different bank groups.
DEVICE_INLINE int32_t swizzled(int32_t row, int32_t piece, int32_t row_bytes) {
  return row * row_bytes + ((piece ^ (row & 7)) << 4);
}

// Copies the tile's queries to shared memory, zeros after the last row and dimension. In the ring's first group.
template <class Traits>
DEVICE_INLINE void load_queries(const AttentionParams &p, const AttentionTile &tile, int32_t group, uint8_t *queries) {
  constexpr int PIECES = Traits::ROW_BYTES / 16;
  typedef typename Traits::T T;
  int32_t piece = static_cast<int32_t>(thread_x()) % PIECES;
  NO_UNROLL
  for (int32_t packed = static_cast<int32_t>(thread_x()) / PIECES; packed < Traits::ROWS; packed += Traits::THREADS / PIECES) {
    bool valid = packed < tile.rows * group && piece * 8 < p.k_dim;
    const T *from = static_cast<const T *>(p.q);
    if (valid) {
      int64_t head = static_cast<int32_t>(block_y()) * group + packed % group;
      from += p.rows[tile.first_row + packed / group].row * p.q_stride + head * p.k_dim + piece * 8;
    }
    cp_async16(queries + swizzled(packed, piece, Traits::ROW_BYTES), from, valid);
  }
}

// Keys and values of a tile's chunks, step by step: K tiles of a chunk, V tiles of the chunk, the next chunk's.
template <class Traits> struct KeyValueRing {
  typedef typename Traits::KV KV;
  static constexpr int PER_THREAD = PREFILL_TILE_BYTES / (Traits::CONVERTED ? 32 : 16) / Traits::THREADS; // pieces

  template <bool VALUES> static constexpr int PIECES = (VALUES ? 64 : Traits::HEAD_DIM) * static_cast<int>(sizeof(KV)) / 16;
  template <bool VALUES> static constexpr int ROWS_APART = Traits::THREADS / PIECES<VALUES>; // a thread's next piece

  const AttentionParams &p;
  uint8_t *ring;
  float *scales; // int8: [chunk & 1][K, V][128]
  int32_t table, first_key, steps;
  KeySpan span;
  BlockIds blocks, next_blocks; // of the chunk being copied, and the next one's on their way

  DEVICE_INLINE KeyValueRing(const AttentionParams &params, const AttentionTile &tile, uint8_t *memory,
                              float *scale_memory)
      : p(params), ring(memory), scales(scale_memory), table(params.rows[tile.first_row].table), first_key(tile.first_chunk * ATTENTION_CHUNK),
        steps(tile.chunks * Traits::STEPS), span(tile_keys(tile)) {
    next_blocks.load(p, table, span, first_key);
  }

  // Offset of a step's tile in the ring.
  static DEVICE_INLINE int32_t tile(int32_t step) { return (step & (PREFILL_STAGES - 1)) * PREFILL_TILE_BYTES; }
  // A thread's own pieces of an 8-bit tile, before conversion.
  DEVICE_INLINE uint8_t *raw(int n) const {
    return ring + PREFILL_STAGES * PREFILL_TILE_BYTES + (n * Traits::THREADS + static_cast<int32_t>(thread_x())) * 16;
  }

  // Row and piece of a thread's n-th 16 bytes, as they lie in memory.
  template <bool VALUES> static DEVICE_INLINE void locate(int n, int32_t &row, int32_t &piece) {
    row = n * ROWS_APART<VALUES> + static_cast<int32_t>(thread_x()) / PIECES<VALUES>;
    piece = static_cast<int32_t>(thread_x()) % PIECES<VALUES>;
  }

  // part: K or V tile of the chunk.
  template <bool VALUES> DEVICE_INLINE void copy(int32_t step, int32_t chunk_key, int32_t part) {
    constexpr int BYTES = static_cast<int>(sizeof(KV));
    const uint8_t *base = VALUES ? p.kv.v + block_y() * p.kv.v_head : p.kv.k + block_y() * p.kv.k_head;
    // Products of 32 bits with 64-bit sums are one instruction.
    uint32_t block_stride = static_cast<uint32_t>(VALUES ? p.kv.v_block : p.kv.k_block);
    uint32_t token_stride = static_cast<uint32_t>(VALUES ? p.kv.v_token : p.kv.k_token);
    int32_t row, piece;
    locate<VALUES>(0, row, piece);
    int32_t byte = (VALUES ? part * 64 * BYTES : 0) + piece * 16, first = chunk_key + (VALUES ? 0 : part * Traits::KEYS) + row;
    bool exists = byte < (VALUES ? p.v_dim : p.k_dim) * BYTES;
    base += byte;
    UNROLL
    for (int n = 0; n < PER_THREAD; n++) {
      locate<VALUES>(n, row, piece);
      int32_t key = first + n * ROWS_APART<VALUES>;
      int32_t block = blocks.of(p, key);
      bool valid = exists && key >= span.low && key < span.high && block >= 0;
      uint32_t at = valid ? static_cast<uint32_t>(block) : 0, token = static_cast<uint32_t>(key) & p.kv.block_mask;
      const uint8_t *from = base + static_cast<uint64_t>(at) * block_stride + static_cast<uint64_t>(token) * token_stride;
      uint8_t *to = Traits::CONVERTED ? raw(n) : ring + tile(step) + swizzled(row, piece, VALUES ? 128 : Traits::ROW_BYTES);
      cp_async16(to, from, valid);
    }
  }

  // int8: the scales of a chunk, four tokens' at once; those of tokens that are not there may be anything.
  DEVICE_INLINE void copy_scales(int32_t chunk_key, float *to) {
    int32_t quad = static_cast<int32_t>(thread_x()), key = chunk_key + quad % (ATTENTION_CHUNK / 4) * 4, block = blocks.of(p, key);
    if (quad >= 2 * ATTENTION_CHUNK / 4)
      return;
    const uint8_t *from = (quad < ATTENTION_CHUNK / 4 ? p.kv.k_scales : p.kv.v_scales) + block_y() * p.kv.k_head;
    int64_t at = block >= 0 ? block : 0, token = key & static_cast<int32_t>(p.kv.block_mask);
    cp_async16(to + quad * 4, from + at * p.kv.k_block + token * 4, block >= 0);
  }

  // Starts a step's copy; every call is one group, also past the end.
  DEVICE_INLINE void start(int32_t step) {
    int32_t chunk = step / Traits::STEPS, part = step % Traits::STEPS, chunk_key = first_key + chunk * ATTENTION_CHUNK;
    if (step < steps) {
      if (part == 0) {
        blocks = next_blocks;
        next_blocks.load(p, table, span, chunk_key + ATTENTION_CHUNK);
        if constexpr (is_i8<KV>)
          copy_scales(chunk_key, scales + (chunk & 1) * 2 * ATTENTION_CHUNK);
      }
      if (part < Traits::SPLIT)
        copy<false>(step, chunk_key, part);
      else
        copy<true>(step, chunk_key, part - Traits::SPLIT);
    }
    cp_async_commit();
  }

  // 8-bit elements of the thread's own pieces to 16 bits. Odd lanes of a wavefront write their second piece first, so
  // that together they write to all bank groups.
  template <bool VALUES> DEVICE_INLINE void convert(int32_t step) {
    constexpr int BYTES = VALUES ? 128 : Traits::ROW_BYTES;
    NO_UNROLL
    for (int n = 0; n < PER_THREAD; n++) {
      int32_t row, piece;
      locate<VALUES>(n, row, piece);
      float x[16];
      unpack16<KV>(ld16(raw(n)), x);
      u128 low = pack8<typename Traits::T>(x), high = pack8<typename Traits::T>(x + 8);
      bool flip = (piece >> 2 & 1) != 0;
      st16(ring + tile(step) + swizzled(row, piece * 2 + (flip ? 1 : 0), BYTES), flip ? high : low);
      st16(ring + tile(step) + swizzled(row, piece * 2 + (flip ? 0 : 1), BYTES), flip ? low : high);
    }
  }

  // Waits until a step's tile is there for the whole block, and starts the copy of a later one. VALUES: the step's kind.
  // Returns the tile's offset in the ring.
  template <bool VALUES> DEVICE_INLINE int32_t next(int32_t step) {
    cp_async_wait<Traits::AHEAD - 1>();
    if constexpr (Traits::CONVERTED) {
      convert<VALUES>(step);
      start(step + Traits::AHEAD);
      block_sync();
    } else {
      block_sync();
      start(step + Traits::AHEAD);
    }
    return tile(step);
  }
};

} // namespace gpu
} // namespace llmserving

#endif
