// What follows from the platform's primitives, the same everywhere.
#ifndef LLMSERVING_GPU_PLATFORM_WARP_H
#define LLMSERVING_GPU_PLATFORM_WARP_H

namespace llmserving {
namespace gpu {

// Sum over a group of WIDTH consecutive lanes, in all of them; a fixed tree, so that the bits depend on nothing else.
template <int WIDTH = 32> DEVICE_INLINE float warp_sum(float value) {
  UNROLL
  for (int mask = WIDTH / 2; mask > 0; mask /= 2)
    value += shfl_xor(value, mask);
  return value;
}
template <int WIDTH = 32> DEVICE_INLINE float warp_max(float value) {
  UNROLL
  for (int mask = WIDTH / 2; mask > 0; mask /= 2) {
    float other = shfl_xor(value, mask);
    value = other > value ? other : value;
  }
  return value;
}

// Sum over the block, in all threads; THREADS: size of the block; scratch: THREADS / 32 floats of shared memory, free for
// other use only after the next block_sync.
template <int THREADS> DEVICE_INLINE float block_sum(float value, float *scratch) {
  value = warp_sum(value);
  if (THREADS == 32)
    return value;
  if (lane_id() == 0)
    scratch[warp_id()] = value;
  block_sync();
  float total = 0;
  UNROLL
  for (int warp = 0; warp < THREADS / 32; warp++)
    total += scratch[warp];
  return total;
}
template <int THREADS> DEVICE_INLINE float block_max(float value, float *scratch) {
  value = warp_max(value);
  if (THREADS == 32)
    return value;
  if (lane_id() == 0)
    scratch[warp_id()] = value;
  block_sync();
  float greatest = scratch[0];
  UNROLL
  for (int warp = 1; warp < THREADS / 32; warp++)
    greatest = scratch[warp] > greatest ? scratch[warp] : greatest;
  return greatest;
}

} // namespace gpu
} // namespace llmserving

#endif
