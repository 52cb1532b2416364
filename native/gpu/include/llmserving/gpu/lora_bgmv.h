// LoRA for decoding: every row has an adapter of its own (lora.h). Two launches: shrink writes A x in f32, expand adds
// scale · B (A x) to y. Ranks may differ from row to row. A row's result depends on the row and its adapter alone.
#ifndef LLMSERVING_GPU_LORA_BGMV_H
#define LLMSERVING_GPU_LORA_BGMV_H

#include "llmserving/gpu/gemm_grouped_row4.h"
#include "llmserving/gpu/lora.h"
#include "llmserving/gpu/row.h"

namespace llmserving {
namespace gpu {

struct LoraBgmvParams {
  const void *x;               // [rows][in], rows x_stride elements apart, a multiple of 8
  void *y;                     // [rows][out], rows y_stride elements apart: out, or a multiple of 8
  const void *pool;            // adapters' matrices, of the type of x and y
  const LoraAdapter *adapters; // [adapters]
  const int32_t *indices;      // [rows]: into adapters, -1: none
  float *shrunk;               // [rows][max_rank], written by shrink; rows without an adapter stay unwritten
  int64_t x_stride, y_stride;
  int32_t rows, in, out; // in: a multiple of 8
  int32_t max_rank;      // a multiple of 8
};

constexpr int LORA_SHRINK_THREADS = 256; // a warp to a rank; together they fill a sector
constexpr int LORA_EXPAND_THREADS = 128;
constexpr int LORA_EXPAND_OUT = 256; // outputs of one block

// Products of eight pairs, summed in a fixed order.
template <class T> DEVICE_INLINE float lora_dot8(u128 a, u128 b, float sum) {
  float left[8], right[8];
  unpack8<T>(a, left);
  unpack8<T>(b, right);
  UNROLL
  for (int i = 0; i < 8; i++)
    sum = fma(left[i], right[i], sum);
  return sum;
}

// One rank's product with a row, by one warp, in all lanes.
template <class T> DEVICE_INLINE float lora_dot(const T *a, const T *x, int in) {
  constexpr int LOADS = 4; // in flight
  float sums[LOADS] = {};
  int k = static_cast<int>(lane_id()) * 8;
  for (; k + (LOADS - 1) * 256 < in; k += LOADS * 256) {
    u128 left[LOADS], right[LOADS];
    UNROLL
    for (int i = 0; i < LOADS; i++) {
      left[i] = ld16_stream(a + k + i * 256);
      right[i] = ld16_nc(x + k + i * 256);
    }
    UNROLL
    for (int i = 0; i < LOADS; i++)
      sums[i] = lora_dot8<T>(left[i], right[i], sums[i]);
  }
  for (; k < in; k += 256)
    sums[0] = lora_dot8<T>(ld16_stream(a + k), ld16_nc(x + k), sums[0]);
  return warp_sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

// Grid: ranks / 8, rows.
template <class T> DEVICE_INLINE void lora_bgmv_shrink(const LoraBgmvParams &p) {
  DYN_SMEM(float, sums); // [8]
  pdl_wait();
  pdl_launch();
  int row = static_cast<int>(block_y()), first = static_cast<int>(block_x()) * (LORA_SHRINK_THREADS / 32);
  int index = p.indices[row];
  if (index < 0) // the whole block
    return;
  LoraAdapter adapter = load_adapter(p.adapters + index);
  if (first >= adapter.rank) // the whole block
    return;
  const T *a = static_cast<const T *>(p.pool) + adapter.a + static_cast<int64_t>(first + warp_id()) * p.in;
  float sum = lora_dot(a, static_cast<const T *>(p.x) + row * p.x_stride, p.in);
  if (lane_id() == 0)
    sums[warp_id()] = sum;
  block_sync();
  if (thread_x() < LORA_SHRINK_THREADS / 32)
    p.shrunk[static_cast<int64_t>(row) * p.max_rank + first + thread_x()] = sums[thread_x()];
}

// Lanes that share one row of B, eight ranks each: a power of two.
DEVICE_INLINE int lora_lanes(int rank) {
  int lanes = 1;
  while (lanes * 8 < rank)
    lanes *= 2;
  return lanes;
}

// Where output j of a block waits in shared memory: first and second halves of eight outputs apart, and their banks
// too, so that lanes write single outputs and read four at once without conflicts.
constexpr int LORA_EXPAND_PLANE = LORA_EXPAND_OUT / 2 + 16;
DEVICE_INLINE int lora_sum_place(int j) { return j / 4 % 2 * LORA_EXPAND_PLANE + j / 8 * 4 + j % 4; }

// One block's outputs from first on: sums of B's rows with the shrunk vector, to shared memory.
template <class T>
DEVICE_INLINE void lora_expand_rows(const T *b, const float *shrunk, int rank, int first, int out, float *sums) {
  int lanes = lora_lanes(rank), thread = static_cast<int>(thread_x());
  int part = thread % lanes * 8, step = LORA_EXPAND_THREADS / lanes;
  float mine[8], low[4], high[4];
  load_row4(shrunk, part, rank, low);
  load_row4(shrunk, part + 4, rank, high);
  UNROLL
  for (int i = 0; i < 4; i++)
    mine[i] = low[i], mine[i + 4] = high[i];
  for (int j = thread / lanes; j < LORA_EXPAND_OUT; j += step) { // the same number of turns in all lanes
    float sum = 0;
    if (part < rank && first + j < out) {
      float weights[8];
      unpack8<T>(ld16_stream(b + static_cast<int64_t>(first + j) * rank + part), weights);
      UNROLL
      for (int i = 0; i < 8; i++)
        sum = fma(weights[i], mine[i], sum);
    }
    for (int mask = lanes / 2; mask > 0; mask /= 2)
      sum += shfl_xor(sum, mask);
    if (part == 0)
      sums[lora_sum_place(j)] = sum;
  }
}

// Grid: blocks of outputs, rows.
template <class T> DEVICE_INLINE void lora_bgmv_expand(const LoraBgmvParams &p) {
  DYN_SMEM(float, sums);
  pdl_wait();
  pdl_launch();
  int row = static_cast<int>(block_y()), first = static_cast<int>(block_x()) * LORA_EXPAND_OUT;
  int index = p.indices[row];
  if (index < 0) // the whole block
    return;
  LoraAdapter adapter = load_adapter(p.adapters + index);
  if (adapter.rank == 0) // the whole block
    return;
  lora_expand_rows(static_cast<const T *>(p.pool) + adapter.b, p.shrunk + static_cast<int64_t>(row) * p.max_rank,
                   adapter.rank, first, p.out, sums);
  block_sync();
  int local = static_cast<int>(thread_x()) * 8;
  if (local >= LORA_EXPAND_OUT || first + local >= p.out)
    return;
  T *y = static_cast<T *>(p.y) + row * p.y_stride;
  float values[8];
  load_row8(y, first + local, p.out, values);
  u128 low = ld16(sums + lora_sum_place(local)), high = ld16(sums + lora_sum_place(local + 4));
  const uint32_t bits[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
  UNROLL
  for (int i = 0; i < 8; i++)
    values[i] = fma(adapter.scale, float_of_bits(bits[i]), values[i]);
  store_row8(y, first + local, p.out, values);
}

// type: of x, y and the pool, F16 or BF16.
inline Launch lora_bgmv_shrink_launch(DType type, int32_t rows, int32_t max_rank) {
  if ((type != DType::BF16 && type != DType::F16) || max_rank > LORA_MAX_RANK)
    return {};
  return {type == DType::BF16 ? "lora_bgmv_shrink_bf16" : "lora_bgmv_shrink_f16",
          static_cast<uint32_t>((max_rank + 7) / 8),
          static_cast<uint32_t>(rows),
          1,
          LORA_SHRINK_THREADS,
          LORA_SHRINK_THREADS / 32 * sizeof(float)};
}
inline Launch lora_bgmv_expand_launch(DType type, int32_t rows, int32_t out) {
  if (type != DType::BF16 && type != DType::F16)
    return {};
  return {type == DType::BF16 ? "lora_bgmv_expand_bf16" : "lora_bgmv_expand_f16",
          static_cast<uint32_t>((out + LORA_EXPAND_OUT - 1) / LORA_EXPAND_OUT),
          static_cast<uint32_t>(rows),
          1,
          LORA_EXPAND_THREADS,
          2 * LORA_EXPAND_PLANE * sizeof(float)};
}

} // namespace gpu
} // namespace llmserving

#endif
