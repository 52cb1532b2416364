// Elements of the cache: what a 16-byte vector of each type holds, to and from floats.
#ifndef LLMSERVING_GPU_KV_ELEMENTS_H
#define LLMSERVING_GPU_KV_ELEMENTS_H

#include "llmserving/gpu/octets.h"

namespace llmserving {
namespace gpu {

// A code of an int8 cache.
struct i8 { int8_t bits; };

template <class T> constexpr bool is_i8 = false;
template <> constexpr bool is_i8<i8> = true;

// One element to its 8 bits. A float that 1.5 * 2^23 was added to ends in the rounded integer.
DEVICE_INLINE uint32_t encode8(e4m3, float x) { return from_float<e4m3>(x).bits; }
DEVICE_INLINE uint32_t encode8(e5m2, float x) { return from_float<e5m2>(x).bits; }
DEVICE_INLINE uint32_t encode8(i8, float x) { return bits_of_float(x + 12582912.0f) & 0xffu; }

// Four 8-bit floats to four floats. An f16 has e5m2's exponent and, shifted by one, e4m3's magnitude off by 2^8 (bias 15
// against 7); NaN of e4m3 comes out as 480, which no store of ours writes.
DEVICE_INLINE void unpack4(e4m3, uint32_t v, float x[4]) {
  uint32_t even = v << 8, odd = v; // bytes 0, 2 and 1, 3 in the high halves of 16 bits
  uint32_t a = (even & 0x80008000u) | (even & 0x7f007f00u) >> 1, b = (odd & 0x80008000u) | (odd & 0x7f007f00u) >> 1;
  unpack2<f16>(a, x[0], x[2]);
  unpack2<f16>(b, x[1], x[3]);
  UNROLL
  for (int i = 0; i < 4; i++)
    x[i] *= 256.0f;
}
DEVICE_INLINE void unpack4(e5m2, uint32_t v, float x[4]) {
  unpack2<f16>(v << 8 & 0xff00ff00u, x[0], x[2]);
  unpack2<f16>(v & 0xff00ff00u, x[1], x[3]);
}
// A byte with its sign flipped, put under the exponent of 2^23, is 2^23 + 128 + code.
DEVICE_INLINE void unpack4(i8, uint32_t v, float x[4]) {
  v ^= 0x80808080u;
  x[0] = float_of_bits(byte_perm(v, 0x4b000000u, 0x7440)) - 8388736.0f;
  x[1] = float_of_bits(byte_perm(v, 0x4b000000u, 0x7441)) - 8388736.0f;
  x[2] = float_of_bits(byte_perm(v, 0x4b000000u, 0x7442)) - 8388736.0f;
  x[3] = float_of_bits(byte_perm(v, 0x4b000000u, 0x7443)) - 8388736.0f;
}

// A 16-byte vector to floats: 8 of 16-bit types, 16 of 8-bit ones.
template <class T> DEVICE_INLINE void unpack16(u128 v, float x[16 / sizeof(T)]) {
  if constexpr (sizeof(T) == 2) {
    unpack8<T>(v, x);
  } else {
    unpack4(T(), v.x, x);
    unpack4(T(), v.y, x + 4);
    unpack4(T(), v.z, x + 8);
    unpack4(T(), v.w, x + 12);
  }
}

} // namespace gpu
} // namespace llmserving

#endif
