// One-shot sum over the GPUs of a tensor-parallel group, for small messages: every rank publishes its rows in memory
// that its peers can read, and sums all ranks' rows itself, in the order of ranks, so that all ranks get the same bits.
//
// A rank's block b publishes rows b, b + blocks, …, raises its flag at each peer, waits for its peers' flags of block
// b, and reads their rows. Blocks wait for the same block of other ranks alone, which publishes before it waits; a grid
// that fits on the device at once (ALL_REDUCE_BLOCKS) therefore always ends.
//
// Steps are counted on the device, from 1, so that launches can be captured and replayed. Published memory is double,
// steps take turns: whoever has seen a peer's flag of step s knows that the peer's step s - 1 is over, so that step s +
// 1 may overwrite what step s - 1 published. Flags only grow.
//
// The two halves are kernels of their own too, for hosts that order the ranks in another way (all publish, then all
// sum).
#ifndef LLMSERVING_GPU_ALL_REDUCE_H
#define LLMSERVING_GPU_ALL_REDUCE_H

#include "llmserving/gpu/row.h"

namespace llmserving {
namespace gpu {

constexpr int ALL_REDUCE_MAX_RANKS = 8;
constexpr int ALL_REDUCE_BLOCKS = 36;
constexpr int ALL_REDUCE_THREADS = 512;
constexpr int ALL_REDUCE_MAX_WIDTH = 2 * 8 * ALL_REDUCE_THREADS; // of rows that are normalized: they stay in registers

struct AllReduceParams {
  const void *x;                         // [rows][width]: this rank's part
  void *out;                             // [rows][width]: the sum; all_reduce_norm: the normalized sum
  void *residual;                        // [rows][width]: all_reduce_norm adds the sum to it; else unused
  const float *weight;                   // [width]: of the norm
  void *published[ALL_REDUCE_MAX_RANKS]; // each rank's [2][capacity]
  uint32_t *flags[ALL_REDUCE_MAX_RANKS]; // each rank's [ALL_REDUCE_BLOCKS][ALL_REDUCE_MAX_RANKS], zero at first
  uint32_t *steps;                       // [ALL_REDUCE_BLOCKS]: this rank's steps so far, zero at first
  int64_t capacity;                      // elements, at least rows * width, a multiple of 8
  int32_t rows;
  int32_t width; // a multiple of 8
  int32_t ranks, rank;
  float epsilon; // of the norm
};

// The pointer of a rank; an array of parameters must not be indexed by what is known at run time alone.
template <class T> DEVICE_INLINE T *of_rank(T *const (&pointers)[ALL_REDUCE_MAX_RANKS], int rank) {
  T *pointer = pointers[0];
  UNROLL
  for (int i = 1; i < ALL_REDUCE_MAX_RANKS; i++)
    pointer = i == rank ? pointers[i] : pointer;
  return pointer;
}
template <class T> DEVICE_INLINE T *published_by(const AllReduceParams &p, uint32_t step, int rank) {
  return static_cast<T *>(of_rank(p.published, rank)) + step % 2 * p.capacity;
}

// Copies this block's rows to where peers read, then raises the block's flags. Threads enter together.
template <class T> DEVICE_INLINE void publish_rows(const AllReduceParams &p, uint32_t step) {
  T *target = published_by<T>(p, step, p.rank);
  for (int row = static_cast<int>(block_x()); row < p.rows; row += static_cast<int>(grid_x()))
    for (int column = static_cast<int>(thread_x()) * 8; column < p.width; column += ALL_REDUCE_THREADS * 8) {
      int64_t place = static_cast<int64_t>(row) * p.width + column;
      st16(target + place, ld16(static_cast<const T *>(p.x) + place));
    }
  fence_system();
  block_sync();
  int peer = static_cast<int>(thread_x());
  if (peer < p.ranks)
    st_release_system(of_rank(p.flags, peer) + block_x() * ALL_REDUCE_MAX_RANKS + p.rank, step);
}

// Until all ranks have published this block's rows. Threads enter together.
DEVICE_INLINE void await_rows(const AllReduceParams &p, uint32_t step) {
  int peer = static_cast<int>(thread_x());
  if (peer < p.ranks) {
    const uint32_t *flag = of_rank(p.flags, p.rank) + block_x() * ALL_REDUCE_MAX_RANKS + peer;
    while (static_cast<int32_t>(ld_acquire_system(flag) - step) < 0) { // the counter may wrap
    }
  }
  block_sync();
}

// Eight columns of all ranks' rows, summed in f32.
template <class T>
DEVICE_INLINE void sum_ranks(const AllReduceParams &p, uint32_t step, int64_t place, float (&sums)[8]) {
  u128 parts[ALL_REDUCE_MAX_RANKS];
  UNROLL
  for (int rank = 0; rank < ALL_REDUCE_MAX_RANKS; rank++)
    if (rank < p.ranks)
      parts[rank] = ld16_stream(published_by<T>(p, step, rank) + place);
  UNROLL
  for (int j = 0; j < 8; j++)
    sums[j] = 0;
  UNROLL
  for (int rank = 0; rank < ALL_REDUCE_MAX_RANKS; rank++) {
    if (rank >= p.ranks)
      continue;
    float values[8];
    unpack8<T>(parts[rank], values);
    UNROLL
    for (int j = 0; j < 8; j++)
      sums[j] += values[j];
  }
}

template <class T> DEVICE_INLINE void sum_rows(const AllReduceParams &p, uint32_t step) {
  await_rows(p, step);
  for (int row = static_cast<int>(block_x()); row < p.rows; row += static_cast<int>(grid_x()))
    for (int column = static_cast<int>(thread_x()) * 8; column < p.width; column += ALL_REDUCE_THREADS * 8) {
      int64_t place = static_cast<int64_t>(row) * p.width + column;
      float sums[8];
      sum_ranks<T>(p, step, place, sums);
      st16(static_cast<T *>(p.out) + place, pack8<T>(sums));
    }
}

// residual += sum, rounded; out = residual / sqrt(mean of its squares + epsilon) * weight.
template <class T>
DEVICE_INLINE void sum_and_normalize_row(const AllReduceParams &p, uint32_t step, int row, float *scratch) {
  constexpr int VECTORS = ALL_REDUCE_MAX_WIDTH / ALL_REDUCE_THREADS / 8;
  T *residual = static_cast<T *>(p.residual) + static_cast<int64_t>(row) * p.width;
  float x[VECTORS][8] = {}, squares = 0;
  UNROLL
  for (int v = 0; v < VECTORS; v++) {
    int column = (v * ALL_REDUCE_THREADS + static_cast<int>(thread_x())) * 8;
    if (column >= p.width)
      continue;
    float sums[8];
    sum_ranks<T>(p, step, static_cast<int64_t>(row) * p.width + column, sums);
    unpack8<T>(ld16(residual + column), x[v]);
    UNROLL
    for (int j = 0; j < 8; j++) {
      x[v][j] = rounded<T>(x[v][j] + sums[j]);
      squares = fma(x[v][j], x[v][j], squares);
    }
    st16(residual + column, pack8<T>(x[v]));
  }
  float inverse = rsqrt_fast(block_sum<ALL_REDUCE_THREADS>(squares, scratch) / static_cast<float>(p.width) + p.epsilon);
  UNROLL
  for (int v = 0; v < VECTORS; v++) {
    int column = (v * ALL_REDUCE_THREADS + static_cast<int>(thread_x())) * 8;
    float weight[8];
    load_row8(p.weight, column, p.width, weight);
    UNROLL
    for (int j = 0; j < 8; j++)
      x[v][j] *= inverse * weight[j];
    store_row8(static_cast<T *>(p.out) + static_cast<int64_t>(row) * p.width, column, p.width, x[v]);
  }
}

template <class T> DEVICE_INLINE void sum_and_normalize_rows(const AllReduceParams &p, uint32_t step) {
  DYN_SMEM(float, scratch);
  await_rows(p, step);
  for (int row = static_cast<int>(block_x()); row < p.rows; row += static_cast<int>(grid_x())) {
    sum_and_normalize_row<T>(p, step, row, scratch);
    block_sync(); // scratch is free again
  }
}

// What one launch does. Publish, then Sum or SumNorm, are the halves of All and AllNorm.
enum class AllReduceStep { All, AllNorm, Publish, Sum, SumNorm };

template <class T, AllReduceStep STEP> DEVICE_INLINE void all_reduce(const AllReduceParams &p) {
  constexpr bool PUBLISH =
      STEP == AllReduceStep::All || STEP == AllReduceStep::AllNorm || STEP == AllReduceStep::Publish;
  constexpr bool NORM = STEP == AllReduceStep::AllNorm || STEP == AllReduceStep::SumNorm;
  pdl_wait();
  pdl_launch();
  uint32_t step = p.steps[block_x()] + 1;
  if (PUBLISH)
    publish_rows<T>(p, step);
  if (STEP == AllReduceStep::Publish)
    return;
  if (NORM)
    sum_and_normalize_rows<T>(p, step);
  else
    sum_rows<T>(p, step);
  // Blocks that this grid lacks count on too.
  block_sync();
  uint32_t block = block_x() + thread_x() * grid_x();
  if (block < ALL_REDUCE_BLOCKS)
    p.steps[block] = step;
}

// type: F16 or BF16. All launches of a step have the same rows. width: with a norm, up to ALL_REDUCE_MAX_WIDTH.
inline Launch all_reduce_launch(AllReduceStep step, DType type, int32_t rows, int32_t width) {
  static const char *const NAMES[2][5] = {{"all_reduce_bf16", "all_reduce_norm_bf16", "all_reduce_publish_bf16",
                                           "all_reduce_sum_bf16", "all_reduce_sum_norm_bf16"},
                                          {"all_reduce_f16", "all_reduce_norm_f16", "all_reduce_publish_f16",
                                           "all_reduce_sum_f16", "all_reduce_sum_norm_f16"}};
  bool norm = step == AllReduceStep::AllNorm || step == AllReduceStep::SumNorm;
  if ((type != DType::BF16 && type != DType::F16) || width % 8 != 0 || (norm && width > ALL_REDUCE_MAX_WIDTH))
    return {};
  uint32_t blocks = static_cast<uint32_t>(rows < ALL_REDUCE_BLOCKS ? rows : ALL_REDUCE_BLOCKS);
  return {NAMES[type == DType::F16][static_cast<int>(step)],
          blocks,
          1,
          1,
          ALL_REDUCE_THREADS,
          norm ? static_cast<uint32_t>(sizeof(float)) * (ALL_REDUCE_THREADS / 32) : 0};
}

} // namespace gpu
} // namespace llmserving

#endif
