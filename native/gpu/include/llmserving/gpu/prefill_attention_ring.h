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
  static constexpr bool SHARED_ROWS = ROWS == 16; // the warps have the same rows; else 16 each
  static constexpr int WARPS = ROWS == 128 ? 8 : 4, THREADS = 32 * WARPS;
  static constexpr int SPLIT = HEAD_DIM / 64, STEPS = 2 * SPLIT;
  static constexpr int KEYS = ATTENTION_CHUNK / SPLIT; // of a K tile
  // mma tiles of 8 keys of a K tile, and of 8 columns of a V tile, that one warp works on
  static constexpr int KEY_TILES = SHARED_ROWS ? KEYS / 32 : KEYS / 8, COLUMN_TILES = SHARED_ROWS ? 2 : 8;
  static constexpr int ROW_BYTES = HEAD_DIM * 2; // of Q and K tiles
  static constexpr bool CONVERTED = sizeof(KV) == 1;
  static constexpr int STAGES = CONVERTED ? 2 : prefill_stages(HEAD_DIM, ROWS);
  static constexpr int AHEAD = CONVERTED ? 2 : STAGES - 1; // steps between a copy's start and its use
  static constexpr int QUERY_BYTES = ROWS * ROW_BYTES;
  static constexpr int RING_BYTES = (CONVERTED ? 3 : STAGES) * PREFILL_TILE_BYTES;
};

// Rows of 16-byte pieces are XOR-swizzled: the same piece of 8 consecutive rows lies in 8 different bank groups.
DEVICE_INLINE int32_t swizzled(int32_t row, int32_t piece, int32_t row_bytes) {
  return row * row_bytes + ((piece ^ (row & 7)) << 4);
}

// Copies the tile's queries to shared memory, zeros after the last row and dimension. In the ring's first group.
template <class Traits>
DEVICE_INLINE void load_queries(const AttentionParams &p, const AttentionTile &tile, int32_t group, uint8_t *queries) {
  constexpr int PIECES = Traits::ROW_BYTES / 16;
  typedef typename Traits::T T;
  UNROLL
  for (int n = 0; n < Traits::ROWS * PIECES / Traits::THREADS; n++) {
    int32_t i = n * Traits::THREADS + static_cast<int32_t>(thread_x()), packed = i / PIECES, piece = i % PIECES;
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

  const AttentionParams &p;
  uint8_t *ring;
  int32_t table, first_key, steps;
  KeySpan span;

  DEVICE_INLINE KeyValueRing(const AttentionParams &params, const AttentionTile &tile, uint8_t *memory)
      : p(params), ring(memory), table(params.rows[tile.first_row].table), first_key(tile.first_chunk * ATTENTION_CHUNK),
        steps(tile.chunks * Traits::STEPS), span(tile_keys(tile)) {}

  DEVICE_INLINE uint8_t *tile(int32_t step) const { return ring + (step & (Traits::STAGES - 1)) * PREFILL_TILE_BYTES; }
  // A thread's own pieces of an 8-bit tile, before conversion.
  DEVICE_INLINE uint8_t *raw(int32_t step, int n) const {
    return ring + (4 + (step & 1)) * (PREFILL_TILE_BYTES / 2) + (n * Traits::THREADS + static_cast<int32_t>(thread_x())) * 16;
  }

  // Row and piece of a thread's n-th 16 bytes, as they lie in memory.
  template <bool VALUES> static DEVICE_INLINE void locate(int n, int32_t &row, int32_t &piece) {
    constexpr int PIECES = (VALUES ? 64 : Traits::HEAD_DIM) * static_cast<int>(sizeof(KV)) / 16;
    int32_t i = n * Traits::THREADS + static_cast<int32_t>(thread_x());
    row = i / PIECES;
    piece = i % PIECES;
  }

  // part: K or V tile of the chunk.
  template <bool VALUES> DEVICE_INLINE void copy(int32_t step, int32_t chunk_key, int32_t part) {
    constexpr int BYTES = static_cast<int>(sizeof(KV));
    const uint8_t *base = VALUES ? p.kv.v + block_y() * p.kv.v_head : p.kv.k + block_y() * p.kv.k_head;
    int64_t block_stride = VALUES ? p.kv.v_block : p.kv.k_block, token_stride = VALUES ? p.kv.v_token : p.kv.k_token;
    int32_t first_byte = VALUES ? part * 64 * BYTES : 0, row_bytes = (VALUES ? p.v_dim : p.k_dim) * BYTES;
    UNROLL
    for (int n = 0; n < PER_THREAD; n++) {
      int32_t row, piece;
      locate<VALUES>(n, row, piece);
      int32_t key = chunk_key + (VALUES ? 0 : part * Traits::KEYS) + row, byte = first_byte + piece * 16;
      bool valid = key >= span.low && key < span.high && byte < row_bytes;
      int32_t block = valid ? p.tables[table + (key >> p.kv.block_shift)] : -1;
      int64_t at = block >= 0 ? block : 0, token = key & static_cast<int32_t>(p.kv.block_mask);
      uint8_t *to = Traits::CONVERTED ? raw(step, n) : tile(step) + swizzled(row, piece, VALUES ? 128 : Traits::ROW_BYTES);
      cp_async16(to, base + at * block_stride + token * token_stride + byte, block >= 0);
    }
  }

  // Starts a step's copy; every call is one group, also past the end.
  DEVICE_INLINE void start(int32_t step) {
    int32_t chunk = step / Traits::STEPS, part = step % Traits::STEPS, chunk_key = first_key + chunk * ATTENTION_CHUNK;
    if (step < steps) {
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
    UNROLL
    for (int n = 0; n < PER_THREAD; n++) {
      int32_t row, piece;
      locate<VALUES>(n, row, piece);
      float x[16];
      unpack16<KV>(ld16(raw(step, n)), x);
      u128 low = pack8<typename Traits::T>(x), high = pack8<typename Traits::T>(x + 8);
      bool flip = (piece >> 2 & 1) != 0;
      st16(tile(step) + swizzled(row, piece * 2 + (flip ? 1 : 0), BYTES), flip ? high : low);
      st16(tile(step) + swizzled(row, piece * 2 + (flip ? 0 : 1), BYTES), flip ? low : high);
    }
  }

  // Waits until a step's tile is there for the whole block, and starts the copy of a later one. VALUES: the step's kind.
  template <bool VALUES> DEVICE_INLINE const uint8_t *next(int32_t step) {
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
