// Packed weights back to plain rows of bf16 or f16, rounded once. A warp unpacks one chunk of one panel.
#ifndef LLMSERVING_GPU_LINEAR_UNPACK_H
#define LLMSERVING_GPU_LINEAR_UNPACK_H

#include "llmserving/gpu/linear_fragments.h"

namespace llmserving {
namespace gpu {

// The weights of two columns of a row (half 0: row g, 1: row g + 8) that one register of a fragment stands for.
template <LinearFamily F, class T>
DEVICE_INLINE uint32_t weight_pair(const GroupScales &s, float factor, int half, uint32_t codes) {
  float low, high;
  unpack2<T>(codes, low, high);
  if (F != LinearFamily::Float) {
    low = fma(s.d[half], low, s.m[half]);
    high = fma(s.d[half], high, s.m[half]);
  }
  return pack2<T>(factor * low, factor * high);
}

// Stores 32 columns of a row: a[step][register], of which `half` and half + 2 are the row's.
template <LinearFamily F, class T>
DEVICE_INLINE void store_weights(const LinearUnpackParams &p, int32_t row, int32_t first, int half, const uint32_t (&a)[2][4]) {
  int32_t t = static_cast<int32_t>(lane_id() % 4);
  T *y = static_cast<T *>(p.y) + row * p.y_stride;
  if (group_columns(F) == 16) {
    UNROLL
    for (int s = 0; s < 2; s++)
      if (row < p.n && first + fragment_column(F, s, t) < p.k)
        st8(y + first + fragment_column(F, s, t), {a[s][half], a[s][half + 2]});
  } else if (row < p.n && first + fragment_column(F, 0, t) < p.k) {
    st16(y + first + fragment_column(F, 0, t), {a[0][half], a[0][half + 2], a[1][half], a[1][half + 2]});
  }
}

template <LinearFamily F, class T> DEVICE_INLINE void linear_unpack(const LinearUnpackParams &p) {
  constexpr int STEPS = group_steps(F);
  int32_t chunk = static_cast<int32_t>(block_x() * (LINEAR_THREADS / 32) + warp_id());
  if (chunk >= static_cast<int32_t>(chunks_of(p.k)))
    return;
  int32_t panel = static_cast<int32_t>(block_y());
  const uint8_t *w = static_cast<const uint8_t *>(p.w);
  const uint8_t *codes = w + PACKED_HEADER_BYTES + (p.first / PANEL_ROWS + panel) * panel_bytes(F, p.k) +
                         static_cast<int64_t>(chunk) * chunk_bytes(F);
  float factor = reinterpret_cast<const PackedHeader *>(w)->factor;
  UNROLL
  for (int half = 0; half < 2; half++) {
    uint32_t weights[2][4];
    UNROLL
    for (int first = 0; first < 2; first += STEPS) {
      int group = (2 * half + first) / STEPS;
      uint32_t a[STEPS][4];
      load_fragments<F, T>(codes, group, a);
      GroupScales scales = load_scales<F>(codes + code_bytes(F), group);
      UNROLL
      for (int i = 0; i < 4 * STEPS; i++)
        weights[first + i / 4][i % 4] = weight_pair<F, T>(scales, factor, i % 2, a[i / 4][i % 4]);
    }
    UNROLL
    for (int i = 0; i < 2; i++)
      store_weights<F, T>(p, panel * PANEL_ROWS + static_cast<int32_t>(lane_id() / 4) + 8 * i,
                          chunk * CHUNK_COLUMNS + 32 * half, i, weights);
  }
}

} // namespace gpu
} // namespace llmserving

#endif
