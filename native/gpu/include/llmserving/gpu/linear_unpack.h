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

template <LinearFamily F, class T> DEVICE_INLINE void linear_unpack(const LinearUnpackParams &p) {
  int32_t chunk = static_cast<int32_t>(block_x() * (LINEAR_THREADS / 32) + warp_id());
  if (chunk >= static_cast<int32_t>(chunks_of(p.k)))
    return;
  int32_t panel = static_cast<int32_t>(block_y()), g = static_cast<int32_t>(lane_id() / 4), t = static_cast<int32_t>(lane_id() % 4);
  const uint8_t *w = static_cast<const uint8_t *>(p.w);
  const uint8_t *codes = w + PACKED_HEADER_BYTES + panel * panel_bytes(F, p.k) + static_cast<int64_t>(chunk) * chunk_bytes(F);
  float factor = reinterpret_cast<const PackedHeader *>(w)->factor;
  constexpr int STEPS = group_steps(F);
  UNROLL
  for (int group = 0; group < CHUNK_COLUMNS / 16 / STEPS; group++) {
    uint32_t a[STEPS][4];
    load_fragments<F, T>(codes, group, a);
    GroupScales scales = load_scales<F>(codes + code_bytes(F), group);
    UNROLL
    for (int i = 0; i < 2 * STEPS; i++) {
      int32_t row = panel * PANEL_ROWS + g + 8 * (i % 2), column = chunk * CHUNK_COLUMNS + fragment_column(F, STEPS * group + i / 2, t);
      const uint32_t *pairs = a[i / 2] + i % 2;
      T *y = static_cast<T *>(p.y) + row * p.y_stride + column;
      if (row < p.n && column < p.k)
        st8(y, {weight_pair<F, T>(scales, factor, i % 2, pairs[0]), weight_pair<F, T>(scales, factor, i % 2, pairs[2])});
    }
  }
}

} // namespace gpu
} // namespace llmserving

#endif
