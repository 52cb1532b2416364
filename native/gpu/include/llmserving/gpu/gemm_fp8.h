// Linear layers with 8-bit floating-point weights and 16-bit activations: weights take half the bandwidth, and become
// activations' type in registers, exactly; products run on 16-bit tensor cores (8-bit ones are not native to sm_80 and
// sm_90 through mma).
//
//   y[i][j] = (sum over k of x[i][k] w[j][k]) * w_scale[j] + bias[j]
//
// For few rows, as in decoding; more are served by tiles of 64. Weights are finite.
//
// The order of columns within a product is free, so a lane takes the four weights that ldmatrix gives it, bytes 4 t ..
// 4 t + 3 of sixteen, and the same columns of the activations: eight bytes, whose rows lie in shared memory such that
// four rows' reads touch all banks once (units of 32 bytes, u of row r at u ^ (r % 4)).
#ifndef LLMSERVING_GPU_GEMM_FP8_H
#define LLMSERVING_GPU_GEMM_FP8_H

#include "llmserving/gpu/gemm_grouped_tile.h"

namespace llmserving {
namespace gpu {

struct GemmFp8Params {
  const void *x;        // [m][k]: T, rows x_stride elements apart, a multiple of 8
  const void *w;        // [n][k]: e4m3 or e5m2
  const float *w_scale; // [n]
  const void *bias;     // [n] of T, or null
  void *y;              // [m][n]: T, rows y_stride elements apart: n, or a multiple of 8
  int64_t x_stride, y_stride;
  int32_t m, n;
  int32_t k; // a multiple of 16
};

// widen: four weights as two pairs of T; sums are to be multiplied by SCALE.
template <class T, class W> struct Fp8Pairs;
// Signs at the top of halves, magnitudes behind them, RIGHT bits further down.
template <int RIGHT> DEVICE_INLINE void fp8_spread(uint32_t weights, uint32_t (&pairs)[2]) {
  uint32_t low = byte_perm(weights, 0, 0x1404),
           high = byte_perm(weights, 0, 0x3424); // bytes 0, 1 and 2, 3 on top of halves
  pairs[0] = (low & 0x80008000u) | (low & 0x7f007f00u) >> RIGHT;
  pairs[1] = (high & 0x80008000u) | (high & 0x7f007f00u) >> RIGHT;
}
template <> struct Fp8Pairs<f16, e5m2> { // f16 cut short
  static constexpr float SCALE = 1;
  DEVICE_INLINE static void widen(uint32_t weights, uint32_t (&pairs)[2]) { fp8_spread<0>(weights, pairs); }
};
template <> struct Fp8Pairs<f16, e4m3> { // biases 15 and 7; subnormals of f16 are exact
  static constexpr float SCALE = 256;
  DEVICE_INLINE static void widen(uint32_t weights, uint32_t (&pairs)[2]) { fp8_spread<1>(weights, pairs); }
};
// bf16 has a bias of 127: multiplied at once, so that sums stay in the range of f32.
template <int RIGHT, uint32_t POWER> DEVICE_INLINE void fp8_spread_bf16(uint32_t weights, uint32_t (&pairs)[2]) {
  fp8_spread<RIGHT>(weights, pairs);
  pairs[0] = hfma2_exact<bf16>(pairs[0], POWER, 0x80008000u);
  pairs[1] = hfma2_exact<bf16>(pairs[1], POWER, 0x80008000u);
}
template <> struct Fp8Pairs<bf16, e4m3> {
  static constexpr float SCALE = 1;
  DEVICE_INLINE static void widen(uint32_t weights, uint32_t (&pairs)[2]) {
    fp8_spread_bf16<4, 0x7b807b80u>(weights, pairs); // 2^120
  }
};
template <> struct Fp8Pairs<bf16, e5m2> {
  static constexpr float SCALE = 1;
  DEVICE_INLINE static void widen(uint32_t weights, uint32_t (&pairs)[2]) {
    fp8_spread_bf16<3, 0x77807780u>(weights, pairs); // 2^112
  }
};

// BM rows of activations, BN of weights; WARPS along BN. A stage holds 128 columns: two tiles of activations, one of
// weights. STAGES: as far as they fit.
template <int BM_, int BN_, int WARPS_, int STAGES_> struct Fp8Shape {
  static constexpr int BM = BM_, BN = BN_, WARPS_M = 1, WARPS_N = WARPS_;
  static constexpr int THREADS = 32 * WARPS_, MT = BM / 16, NT = BN / WARPS_ / 8;
  static constexpr int STAGE_BYTES = (2 * BM + BN) * TILE_ROW_BYTES, STAGES = tile_stages(STAGE_BYTES, STAGES_);
  static constexpr int SMEM = larger(STAGES * STAGE_BYTES, BM *BN * 4);
};
using Fp8Tile16 = Fp8Shape<16, 64, 4, 4>;
using Fp8Tile64 = Fp8Shape<64, 128, 4, 3>;

DEVICE_INLINE uint32_t fp8_x_offset(uint32_t row, uint32_t chunk) {
  return row * TILE_ROW_BYTES + ((chunk / 2) ^ (row % 4)) * 32 + chunk % 2 * 16;
}

// Starts the copy of 64 columns of activations from column on.
template <class Shape> DEVICE_INLINE void fp8_load_x(uint8_t *tile, const TileRows &rows, int column, int k) {
  uint32_t chunk = thread_x() % 8;
  int at = column + static_cast<int>(chunk) * 8;
  UNROLL
  for (int turn = 0; turn < Shape::BM * 8 / Shape::THREADS; turn++) {
    int row = tile_load_row<Shape::THREADS>(turn);
    bool valid = at < k && rows.has(turn, row);
    cp_async16(tile + fp8_x_offset(row, chunk), valid ? rows.at(turn, row) + at * 2 : rows.base, valid);
  }
}

// acc += x · w^T for 64 of a stage's columns, the `half`-th. x: their tile.
template <class T, class W, class Shape>
DEVICE_INLINE void fp8_multiply(const uint8_t *x, const uint8_t *w, int half, float (&acc)[Shape::MT][Shape::NT][4]) {
  uint32_t lane = lane_id(), w_row = warp_id() * Shape::NT * 8 + lane % 8;
  uint32_t weights[Shape::NT][4]; // four steps of sixteen columns
  UNROLL
  for (int j = 0; j < Shape::NT; j++)
    ldmatrix_x4(w + tile_offset(w_row + j * 8, half * 4 + lane / 8), weights[j]);
  UNROLL
  for (int step = 0; step < 4; step++) {
    uint32_t fragments[Shape::MT][4];
    UNROLL
    for (int i = 0; i < Shape::MT; i++) {
      uint32_t row = i * 16 + lane / 4, chunk = step * 2 + lane % 4 / 2, byte = lane % 2 * 8;
      u64 low = ld8(x + fp8_x_offset(row, chunk) + byte), high = ld8(x + fp8_x_offset(row + 8, chunk) + byte);
      fragments[i][0] = low.x, fragments[i][1] = high.x, fragments[i][2] = low.y, fragments[i][3] = high.y;
    }
    UNROLL
    for (int j = 0; j < Shape::NT; j++) {
      uint32_t pairs[2];
      Fp8Pairs<T, W>::widen(weights[j][step], pairs);
      UNROLL
      for (int i = 0; i < Shape::MT; i++)
        mma_16816<T>(acc[i][j], fragments[i], pairs);
    }
  }
}

template <class T, class W, class Shape>
DEVICE_INLINE void fp8_multiply_tile(uint8_t *smem, const TileRows &x, const TileRows &w, int k,
                                     float (&acc)[Shape::MT][Shape::NT][4]) {
  constexpr int X_BYTES = Shape::BM * TILE_ROW_BYTES;
  auto load = [&](int stage, int column) {
    uint8_t *tile = smem + stage * Shape::STAGE_BYTES;
    fp8_load_x<Shape>(tile, x, column, k);
    fp8_load_x<Shape>(tile + X_BYTES, x, column + 64, k);
    load_tile<Shape::BN, Shape::THREADS>(tile + 2 * X_BYTES, w, column, k);
  };
  UNROLL
  for (int stage = 0; stage < Shape::STAGES - 1; stage++) {
    if (stage * TILE_ROW_BYTES < k)
      load(stage, stage * TILE_ROW_BYTES);
    cp_async_commit();
  }
  int stage = 0, target = Shape::STAGES - 1;
  for (int column = 0; column < k; column += TILE_ROW_BYTES) {
    cp_async_wait<Shape::STAGES - 2>();
    block_sync(); // as in multiply_tile
    int ahead = column + (Shape::STAGES - 1) * TILE_ROW_BYTES;
    if (ahead < k)
      load(target, ahead);
    cp_async_commit();
    const uint8_t *tile = smem + stage * Shape::STAGE_BYTES;
    UNROLL
    for (int half = 0; half < 2; half++)
      fp8_multiply<T, W, Shape>(tile + half * X_BYTES, tile + 2 * X_BYTES, half, acc);
    target = stage;
    stage = stage + 1 == Shape::STAGES ? 0 : stage + 1;
  }
}

// Grid: tiles of n, tiles of m.
template <class T, class W, class Shape> DEVICE_INLINE void gemm_fp8(const GemmFp8Params &p) {
  DYN_SMEM(uint8_t, smem);
  pdl_wait();
  pdl_launch();
  int row = static_cast<int>(block_y()) * Shape::BM, column = static_cast<int>(block_x()) * Shape::BN;
  TileRows x = {static_cast<const uint8_t *>(p.x) + row * p.x_stride * 2, p.x_stride * 2, p.m - row};
  TileRows w = {static_cast<const uint8_t *>(p.w) + static_cast<int64_t>(column) * p.k, p.k, p.n - column};
  float acc[Shape::MT][Shape::NT][4] = {};
  fp8_multiply_tile<T, W, Shape>(smem, x, w, p.k, acc);
  int mine = column + tile_store_column<Shape>();
  float scales[8], biases[8] = {};
  load_row8(p.w_scale, mine, p.n, scales);
  if (p.bias != nullptr)
    load_row8(static_cast<const T *>(p.bias), mine, p.n, biases);
  store_tile<Shape>(smem, acc, p.m - row, p.n - column, [&](int i, const float(&sums)[8]) {
    float values[8];
    UNROLL
    for (int j = 0; j < 8; j++)
      values[j] = fma(sums[j], scales[j] * Fp8Pairs<T, W>::SCALE, biases[j]);
    store_row8(static_cast<T *>(p.y) + (row + i) * p.y_stride, mine, p.n, values);
  });
}

template <class Shape> Launch fp8_launch(const char *kernel, int32_t m, int32_t n) {
  return {kernel,
          static_cast<uint32_t>((n + Shape::BN - 1) / Shape::BN),
          static_cast<uint32_t>((m + Shape::BM - 1) / Shape::BM),
          1,
          Shape::THREADS,
          static_cast<uint32_t>(Shape::SMEM)};
}

// type: of x, y and bias, F16 or BF16; weights: E4M3 or E5M2.
inline Launch gemm_fp8_launch(DType type, DType weights, int32_t m, int32_t n) {
  static const char *const NAMES[2][2][2] = {
      {{"gemm_fp8_m16_bf16_e4m3", "gemm_fp8_m16_bf16_e5m2"}, {"gemm_fp8_m16_f16_e4m3", "gemm_fp8_m16_f16_e5m2"}},
      {{"gemm_fp8_m64_bf16_e4m3", "gemm_fp8_m64_bf16_e5m2"}, {"gemm_fp8_m64_f16_e4m3", "gemm_fp8_m64_f16_e5m2"}}};
  if ((type != DType::BF16 && type != DType::F16) || (weights != DType::E4M3 && weights != DType::E5M2))
    return {};
  bool large = m > Fp8Tile16::BM;
  const char *kernel = NAMES[large][type == DType::F16][weights == DType::E5M2];
  return large ? fp8_launch<Fp8Tile64>(kernel, m, n) : fp8_launch<Fp8Tile16>(kernel, m, n);
}

} // namespace gpu
} // namespace llmserving

#endif
