// Eight elements of 16 bits in one access of 16 bytes, to and from floats.
#ifndef LLMSERVING_GPU_OCTETS_H
#define LLMSERVING_GPU_OCTETS_H

#include "llmserving/gpu/platform.h"

namespace llmserving {
namespace gpu {

template <class T> DEVICE_INLINE void unpack8(u128 v, float x[8]) {
  unpack2<T>(v.x, x[0], x[1]);
  unpack2<T>(v.y, x[2], x[3]);
  unpack2<T>(v.z, x[4], x[5]);
  unpack2<T>(v.w, x[6], x[7]);
}

template <class T> DEVICE_INLINE u128 pack8(const float x[8]) {
  return {pack2<T>(x[0], x[1]), pack2<T>(x[2], x[3]), pack2<T>(x[4], x[5]), pack2<T>(x[6], x[7])};
}

} // namespace gpu
} // namespace llmserving

#endif
