// One block's tile of C[m][n] = A[m][k] · B[n][k]^T on tensor cores, for operands whose k is contiguous in memory: what
// the grouped, the 8-bit and the LoRA products share.
//
// Operands are staged by cp.async as rows of 128 bytes (64 elements of 16 bits or 128 of 8); the 16-byte chunk c of row
// r lies at c ^ (r % 8), so that the eight rows of an ldmatrix touch all banks once. A fragment of 16 bits by 16 and
// one of 8 bits by 32 are the same bytes, so that one loop serves both.
//
// Results leave through shared memory, as rows: lanes hold pairs of columns, memory wants 16 bytes per lane.
#ifndef LLMSERVING_GPU_GEMM_GROUPED_TILE_H
#define LLMSERVING_GPU_GEMM_GROUPED_TILE_H

#include "llmserving/gpu/row.h"

namespace llmserving {
namespace gpu {

constexpr int TILE_ROW_BYTES = 128; // of one operand row in one stage
constexpr int TILE_STEP_BYTES = 32; // of k that one mma consumes

constexpr int larger(int a, int b) { return a > b ? a : b; }

constexpr int smaller(int a, int b) { return a < b ? a : b; }
// Stages of so many bytes, `most` of them as far as they fit.
constexpr int tile_stages(int bytes, int most) { return smaller(smaller(most, MOST_STAGES), BLOCK_SHARED_BYTES / bytes); }

// BM x BN: the block's tile; WARPS_M x WARPS_N warps share it; STAGES: stages of shared memory, as far as they fit.
template <int BM_, int BN_, int WARPS_M_, int WARPS_N_, int STAGES_> struct TileShape {
  static constexpr int BM = BM_, BN = BN_, WARPS_M = WARPS_M_, WARPS_N = WARPS_N_;
  static constexpr int THREADS = 32 * WARPS_M * WARPS_N;
  static constexpr int MT = BM / WARPS_M / 16, NT = BN / WARPS_N / 8; // mma tiles of one warp
  static constexpr int STAGE_BYTES = (BM + BN) * TILE_ROW_BYTES, STAGES = tile_stages(STAGE_BYTES, STAGES_);
  static constexpr int SMEM = larger(STAGES * STAGE_BYTES, BM *BN * 4);
  static_assert(MT >= 1 && NT >= 2 && NT % 2 == 0 && BN % 64 == 0 && STAGES >= 2, "no such tile");
};

// Types of operands: what they accumulate in, and the product of two fragments.
template <class T> struct TileMma {
  using Acc = float;
  DEVICE_INLINE static void multiply(Acc c[4], const uint32_t a[4], const uint32_t b[2]) { mma_16816<T>(c, a, b); }
};
template <> struct TileMma<int8_t> {
  using Acc = int32_t;
  DEVICE_INLINE static void multiply(Acc c[4], const uint32_t a[4], const uint32_t b[2]) { mma_16832(c, a, b); }
};

// Rows of an operand, one after another. stride: bytes. Rows from count on read as zeros.
struct TileRows {
  const uint8_t *base;
  int64_t stride;
  int count;
  DEVICE_INLINE bool has(int, int row) const { return row < count; }
  DEVICE_INLINE const uint8_t *at(int, int row) const { return base + row * stride; }
};

// Rows of an operand anywhere in memory: index[i] is the number of the row that this thread loads in its i-th turn,
// negative for zeros.
template <int TURNS> struct GatheredTileRows {
  const uint8_t *base;
  int64_t stride;
  int32_t index[TURNS];
  DEVICE_INLINE bool has(int turn, int) const { return index[turn] >= 0; }
  DEVICE_INLINE const uint8_t *at(int turn, int) const { return base + index[turn] * stride; }
};

DEVICE_INLINE uint32_t tile_offset(uint32_t row, uint32_t chunk) {
  return row * TILE_ROW_BYTES + ((chunk ^ (row % 8)) * 16);
}

// The row that this thread loads in a turn; a tile of ROWS rows takes ROWS * 8 / THREADS turns.
template <int THREADS> DEVICE_INLINE int tile_load_row(int turn) {
  return static_cast<int>(thread_x() / 8) + turn * (THREADS / 8);
}

// Starts the copy of bytes k .. k + 127 of ROWS rows; bytes from k_end on become zeros.
template <int ROWS, int THREADS, class Rows>
DEVICE_INLINE void load_tile(uint8_t *tile, const Rows &rows, int k, int k_end) {
  static_assert(ROWS * 8 % THREADS == 0, "every thread loads the same number of chunks");
  uint32_t chunk = thread_x() % 8;
  int at = k + static_cast<int>(chunk) * 16;
  UNROLL
  for (int turn = 0; turn < ROWS * 8 / THREADS; turn++) {
    int row = tile_load_row<THREADS>(turn);
    bool valid = at < k_end && rows.has(turn, row);
    cp_async16(tile + tile_offset(row, chunk), valid ? rows.at(turn, row) + at : rows.base, valid);
  }
}

// acc += A · B^T for one stage. steps: mma steps along k; columns: of the block's tile that matter. Both at their
// greatest cost nothing: RAGGED says that they may be less.
template <class T, class Shape, bool RAGGED>
DEVICE_INLINE void multiply_stage(const uint8_t *a, const uint8_t *b, int steps, int columns,
                                  typename TileMma<T>::Acc (&acc)[Shape::MT][Shape::NT][4]) {
  uint32_t lane = lane_id(), warp_m = warp_id() % Shape::WARPS_M, warp_n = warp_id() / Shape::WARPS_M;
  uint32_t a_row = warp_m * Shape::MT * 16 + lane % 16, a_chunk = lane / 16;
  uint32_t b_row = warp_n * Shape::NT * 8 + lane % 8 + lane / 16 * 8, b_chunk = lane / 8 % 2;
  UNROLL
  for (int step = 0; step < TILE_ROW_BYTES / TILE_STEP_BYTES; step++) {
    if (RAGGED && step >= steps)
      continue;
    uint32_t a_fragments[Shape::MT][4];
    UNROLL
    for (int i = 0; i < Shape::MT; i++)
      ldmatrix_x4(a + tile_offset(a_row + i * 16, step * 2 + a_chunk), a_fragments[i]);
    UNROLL
    for (int j = 0; j < Shape::NT; j += 2) {
      if (RAGGED && static_cast<int>(warp_n) * Shape::NT * 8 + j * 8 >= columns)
        continue;
      uint32_t b_fragments[4];
      ldmatrix_x4(b + tile_offset(b_row + j * 8, step * 2 + b_chunk), b_fragments);
      UNROLL
      for (int i = 0; i < Shape::MT; i++) {
        TileMma<T>::multiply(acc[i][j], a_fragments[i], b_fragments);
        TileMma<T>::multiply(acc[i][j + 1], a_fragments[i], b_fragments + 2);
      }
    }
  }
}

// acc = the tile's product over the bytes begin .. end - 1 of k (begin a multiple of 128, end of 16). Threads of the
// block enter together.
template <class T, class Shape, bool RAGGED, class RowsA, class RowsB>
DEVICE_INLINE void multiply_tile(uint8_t *smem, const RowsA &a, const RowsB &b, int begin, int end, int columns,
                                 typename TileMma<T>::Acc (&acc)[Shape::MT][Shape::NT][4]) {
  UNROLL
  for (int i = 0; i < Shape::MT; i++)
    UNROLL
    for (int j = 0; j < Shape::NT; j++)
      UNROLL
      for (int c = 0; c < 4; c++)
        acc[i][j][c] = 0;
  constexpr int A_BYTES = Shape::BM * TILE_ROW_BYTES;
  auto load = [&](int stage, int k) {
    uint8_t *tile = smem + stage * Shape::STAGE_BYTES;
    load_tile<Shape::BM, Shape::THREADS>(tile, a, k, end);
    load_tile<Shape::BN, Shape::THREADS>(tile + A_BYTES, b, k, end);
  };
  UNROLL
  for (int stage = 0; stage < Shape::STAGES - 1; stage++) {
    if (begin + stage * TILE_ROW_BYTES < end)
      load(stage, begin + stage * TILE_ROW_BYTES);
    cp_async_commit();
  }
  int stage = 0, target = Shape::STAGES - 1;
  for (int k = begin; k < end; k += TILE_ROW_BYTES) {
    cp_async_wait<Shape::STAGES - 2>();
    block_sync(); // the stage has landed for all, and all are done with the one that is overwritten next
    int ahead = k + (Shape::STAGES - 1) * TILE_ROW_BYTES;
    if (ahead < end)
      load(target, ahead);
    cp_async_commit();
    const uint8_t *tile = smem + stage * Shape::STAGE_BYTES;
    multiply_stage<T, Shape, RAGGED>(tile, tile + A_BYTES, (end - k + TILE_STEP_BYTES - 1) / TILE_STEP_BYTES, columns,
                                     acc);
    target = stage;
    stage = stage + 1 == Shape::STAGES ? 0 : stage + 1;
  }
}

// Where four columns of a staged row lie, in bytes: rows are two planes, of first and second halves of eight columns,
// so that the writes of fragments and the reads of rows, by eights or by fours, are free of bank conflicts.
template <class Shape> DEVICE_INLINE uint32_t staging_offset(uint32_t row, uint32_t eighth, uint32_t half) {
  return ((row * 2 + half) * (Shape::BN / 8) + (eighth ^ (row % 4 + half * 4))) * 16;
}

// The first of the COLUMNS columns that this thread stores in every row that it stores.
template <class Shape, int COLUMNS = 8> DEVICE_INLINE int tile_store_column() {
  return static_cast<int>(thread_x()) % (Shape::BN / COLUMNS) * COLUMNS;
}

// Calls store(row, values of COLUMNS columns) for all rows < rows and columns < columns (in eights), each by the thread
// that has the columns: eight 16-bit or four 32-bit results are 16 bytes. Threads enter together and may leave apart.
template <class Shape, int COLUMNS = 8, class Acc, class Store>
DEVICE_INLINE void store_tile(uint8_t *smem, const Acc (&acc)[Shape::MT][Shape::NT][4], int rows, int columns,
                              const Store &store) {
  uint32_t lane = lane_id(), warp_m = warp_id() % Shape::WARPS_M, warp_n = warp_id() / Shape::WARPS_M;
  union Pair {
    Acc values[2];
    u64 bits;
  };
  block_sync(); // all are done with the last stage
  UNROLL
  for (int i = 0; i < Shape::MT; i++)
    UNROLL
    for (int j = 0; j < Shape::NT; j++)
      UNROLL
      for (int half = 0; half < 2; half++) {
        uint32_t row = (warp_m * Shape::MT + i) * 16 + half * 8 + lane / 4;
        Pair pair = {{acc[i][j][half * 2], acc[i][j][half * 2 + 1]}};
        st8(smem + staging_offset<Shape>(row, warp_n * Shape::NT + j, lane / 2 % 2) + lane % 2 * 8, pair.bits);
      }
  block_sync();
  union Columns {
    u128 bits[COLUMNS / 4];
    Acc values[COLUMNS];
  };
  constexpr int PARTS = Shape::BN / COLUMNS;
  static_assert(Shape::THREADS % PARTS == 0 && (COLUMNS == 4 || COLUMNS == 8), "a thread keeps its columns");
  int column = tile_store_column<Shape, COLUMNS>();
  if (column >= columns)
    return;
  for (int row = static_cast<int>(thread_x()) / PARTS; row < Shape::BM && row < rows; row += Shape::THREADS / PARTS) {
    Columns part;
    UNROLL
    for (int i = 0; i < COLUMNS / 4; i++)
      part.bits[i] = ld16(smem + staging_offset<Shape>(row, column / 8, column / 4 % 2 + i));
    store(row, part.values);
  }
}

} // namespace gpu
} // namespace llmserving

#endif
