// Matrix fragments on AMD GPUs: part of hip.h. The fragments are those of NVIDIA's instructions, which kernels are
// written for; a lane fetches the elements of its rows and columns from the lanes that hold them, by from_lane,
// shared_address and at_shared. The emulator's tests supply these three and run what is here.
#ifndef LLMSERVING_GPU_PLATFORM_HIP_MATRIX_H
#define LLMSERVING_GPU_PLATFORM_HIP_MATRIX_H

namespace llmserving {
namespace gpu {

// Lane i has the address of row i % 8 of matrix i / 8.
DEVICE_INLINE void ldmatrix_x4(const void *row, uint32_t r[4]) {
  uint32_t mine = shared_address(row), lane = lane_id();
  UNROLL
  for (uint32_t matrix = 0; matrix < 4; matrix++)
    r[matrix] = at_shared<uint32_t>(from_lane(mine, matrix * 8 + lane / 4) + lane % 4 * 4);
}
DEVICE_INLINE void ldmatrix_x4_trans(const void *row, uint32_t r[4]) {
  uint32_t mine = shared_address(row), lane = lane_id();
  UNROLL
  for (uint32_t matrix = 0; matrix < 4; matrix++) {
    uint32_t first = matrix * 8 + lane % 4 * 2, column = lane / 4 * 2;
    uint32_t low = at_shared<uint16_t>(from_lane(mine, first) + column);
    uint32_t high = at_shared<uint16_t>(from_lane(mine, first + 1) + column);
    r[matrix] = high << 16 | low;
  }
}

// Of the i-th 32 bits of half of k, the words of this lane's rows (a) and columns (b): lane 4 row + i holds them.
struct MatrixWords {
  uint32_t upper, lower; // rows lane / 4 and lane / 4 + 8
  uint32_t left, right;  // columns 2 (lane % 4) and the next
};
DEVICE_INLINE MatrixWords matrix_words(const uint32_t a[2], uint32_t b, uint32_t i) {
  uint32_t lane = lane_id(), row = lane / 4 * 4 + i, column = lane % 4 * 8 + i;
  return {from_lane(a[0], row), from_lane(a[1], row), from_lane(b, column), from_lane(b, column + 4)};
}

template <class T> DEVICE_INLINE void unpack2(uint32_t v, float &low, float &high);
template <> DEVICE_INLINE void unpack2<bf16>(uint32_t v, float &low, float &high);
template <> DEVICE_INLINE void unpack2<f16>(uint32_t v, float &low, float &high);

// The halves of the floats that bf16 does not have are zero.
template <class T> DEVICE_INLINE uint32_t hfma2_exact(uint32_t a, uint32_t b, uint32_t c);
template <> DEVICE_INLINE uint32_t hfma2_exact<bf16>(uint32_t a, uint32_t b, uint32_t c) {
  float a0, a1, b0, b1, c0, c1;
  unpack2<bf16>(a, a0, a1);
  unpack2<bf16>(b, b0, b1);
  unpack2<bf16>(c, c0, c1);
  return (bits_of_float(__builtin_fmaf(a1, b1, c1)) & 0xffff0000u) | bits_of_float(__builtin_fmaf(a0, b0, c0)) >> 16;
}

template <class T> DEVICE_INLINE float multiply_add2(uint32_t a, uint32_t b, float c) {
  float a0, a1, b0, b1;
  unpack2<T>(a, a0, a1);
  unpack2<T>(b, b0, b1);
  return __builtin_fmaf(a1, b1, __builtin_fmaf(a0, b0, c));
}
template <class T> DEVICE_INLINE void mma_16816(float c[4], const uint32_t a[4], const uint32_t b[2]) {
  UNROLL
  for (int half = 0; half < 2; half++) {
    NO_UNROLL // kernels have dozens of these products in a row
    for (uint32_t i = 0; i < 4; i++) {
      MatrixWords w = matrix_words(a + 2 * half, b[half], i);
      c[0] = multiply_add2<T>(w.upper, w.left, c[0]);
      c[1] = multiply_add2<T>(w.upper, w.right, c[1]);
      c[2] = multiply_add2<T>(w.lower, w.left, c[2]);
      c[3] = multiply_add2<T>(w.lower, w.right, c[3]);
    }
  }
}

DEVICE_INLINE int32_t dp4a(int32_t a, int32_t b, int32_t c) {
#if defined(__gfx906__) || defined(__gfx908__) || defined(__gfx90a__) || defined(__gfx942__) || defined(__gfx1030__)
  return __builtin_amdgcn_sdot4(a, b, c, false);
#elif defined(__GFX11__) || defined(__GFX12__)
  return __builtin_amdgcn_sudot4(true, a, true, b, c, false);
#else
  UNROLL
  for (int byte = 0; byte < 4; byte++)
    c += (a << (24 - 8 * byte) >> 24) * (b << (24 - 8 * byte) >> 24);
  return c;
#endif
}
DEVICE_INLINE void mma_16832(int32_t c[4], const uint32_t a[4], const uint32_t b[2]) {
  UNROLL
  for (int half = 0; half < 2; half++) {
    NO_UNROLL
    for (uint32_t i = 0; i < 4; i++) {
      MatrixWords w = matrix_words(a + 2 * half, b[half], i);
      c[0] = dp4a(static_cast<int32_t>(w.upper), static_cast<int32_t>(w.left), c[0]);
      c[1] = dp4a(static_cast<int32_t>(w.upper), static_cast<int32_t>(w.right), c[1]);
      c[2] = dp4a(static_cast<int32_t>(w.lower), static_cast<int32_t>(w.left), c[2]);
      c[3] = dp4a(static_cast<int32_t>(w.lower), static_cast<int32_t>(w.right), c[3]);
    }
  }
}

} // namespace gpu
} // namespace llmserving

#endif
