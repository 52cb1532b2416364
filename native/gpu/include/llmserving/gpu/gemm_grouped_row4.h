// Four elements of a row at once, 16 bytes of 32-bit ones: where eight would leave half of each sector to another
// access.
#ifndef LLMSERVING_GPU_GEMM_GROUPED_ROW4_H
#define LLMSERVING_GPU_GEMM_GROUPED_ROW4_H

#include "llmserving/gpu/row.h"

namespace llmserving {
namespace gpu {

// Elements first .. first + 3 of a row of E as V: the same 32-bit type, or floats of 16-bit ones. Zeros beyond the
// row's end. Rows start at multiples of four elements where 4 divides the width.
template <class E, class V> DEVICE_INLINE void load_row4(const E *row, int32_t first, int32_t width, V (&x)[4]) {
  if constexpr (sizeof(E) == 4) {
    union {
      u128 bits;
      V values[4];
    } four = {};
    if (width % 4 == 0) {
      if (first < width)
        four.bits = ld16(row + first);
    } else {
      UNROLL
      for (int i = 0; i < 4; i++)
        if (first + i < width)
          four.values[i] = row[first + i];
    }
    UNROLL
    for (int i = 0; i < 4; i++)
      x[i] = four.values[i];
  } else {
    UNROLL
    for (int i = 0; i < 4; i++)
      x[i] = 0;
    if (width % 4 == 0 && first < width) {
      u64 v = ld8(row + first);
      unpack2<E>(v.x, x[0], x[1]);
      unpack2<E>(v.y, x[2], x[3]);
    } else {
      UNROLL
      for (int i = 0; i < 4; i++)
        if (first + i < width)
          x[i] = to_float(row[first + i]);
    }
  }
}

template <class E, class V> DEVICE_INLINE void store_row4(E *row, int32_t first, int32_t width, const V (&x)[4]) {
  bool whole = width % 4 == 0 && first < width;
  if constexpr (sizeof(E) == 4) {
    union {
      V values[4];
      u128 bits;
    } four = {{x[0], x[1], x[2], x[3]}};
    if (whole)
      st16(row + first, four.bits);
  } else if (whole) {
    st8(row + first, {pack2<E>(x[0], x[1]), pack2<E>(x[2], x[3])});
  }
  UNROLL
  for (int i = 0; i < 4; i++)
    if (!whole && first + i < width) {
      if constexpr (sizeof(E) == 4)
        row[first + i] = x[i];
      else
        row[first + i] = from_float<E>(x[i]);
    }
}

} // namespace gpu
} // namespace llmserving

#endif
