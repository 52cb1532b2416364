// The matrix functions of AMD's platform, on the emulator: hip_matrix.h in a namespace of its own over the emulator's
// shuffles.
#include "llmserving/gpu/platform.h"

#include "primitives.h"

namespace llmserving {
namespace amd {
using namespace llmserving::gpu;

DEVICE_INLINE uint32_t from_lane(uint32_t value, uint32_t lane) { return shfl_idx(value, static_cast<int>(lane)); }
DEVICE_INLINE uint32_t shared_address(const void *p) {
  return static_cast<uint32_t>(static_cast<const char *>(p) - static_cast<char *>(emulator::shared_memory()));
}
template <class T> DEVICE_INLINE T at_shared(uint32_t address) {
  return *reinterpret_cast<const T *>(static_cast<char *>(emulator::shared_memory()) + address);
}

} // namespace amd
} // namespace llmserving

#define gpu amd
#include "llmserving/gpu/platform/hip_matrix.h"
#undef gpu

namespace llmserving {
namespace amd {

template <> DEVICE_INLINE void unpack2<bf16>(uint32_t v, float &low, float &high) { gpu::unpack2<bf16>(v, low, high); }
template <> DEVICE_INLINE void unpack2<f16>(uint32_t v, float &low, float &high) { gpu::unpack2<f16>(v, low, high); }

} // namespace amd

namespace gputest {

using namespace gpu;

// As test_product_…, to be compared with the same references.
template <class T> DEVICE void amd_product(const ProductParams &p) {
  DYN_SMEM(uint16_t, shared); // a [16, 16], b [16, 8]
  uint16_t *b_shared = shared + 256;
  uint32_t lane = lane_id();
  st16(shared + lane * 8, ld16(p.a + lane * 8));
  if (lane < 16)
    st16(b_shared + lane * 8, ld16(p.b + lane * 8));
  warp_sync();
  uint32_t a[4], b[4];
  amd::ldmatrix_x4(shared + lane % 16 * 16 + lane / 16 * 8, a);
  amd::ldmatrix_x4_trans(b_shared + lane % 16 * 8, b);
  uint32_t row = lane / 4, column = lane % 4 * 2;
  float c[4];
  for (uint32_t i = 0; i < 4; i++)
    c[i] = p.c[(row + i / 2 * 8) * 8 + column + i % 2];
  amd::mma_16816<T>(c, a, b);
  for (uint32_t i = 0; i < 4; i++)
    p.d[(row + i / 2 * 8) * 8 + column + i % 2] = c[i];
}
LLM_KERNEL(amd_product_bf16, ProductParams, 32, 1) { amd_product<bf16>(p); }
LLM_KERNEL(amd_product_f16, ProductParams, 32, 1) { amd_product<f16>(p); }

LLM_KERNEL(amd_product_i8, IntProductParams, 32, 1) {
  uint32_t g = lane_id() / 4, t = lane_id() % 4;
  uint32_t a[4], b[2];
  for (uint32_t r = 0; r < 4; r++)
    a[r] = ld4(p.a + (g + 8 * (r & 1)) * 32 + 4 * t + 16 * (r >> 1));
  for (uint32_t r = 0; r < 2; r++)
    b[r] = ld4(p.b + g * 32 + 4 * t + 16 * r);
  int32_t c[4];
  for (uint32_t i = 0; i < 4; i++)
    c[i] = p.d[(g + i / 2 * 8) * 8 + 2 * t + i % 2];
  amd::mma_16832(c, a, b);
  for (uint32_t i = 0; i < 4; i++)
    p.d[(g + i / 2 * 8) * 8 + 2 * t + i % 2] = c[i];
}

// As linear_fragments.h turns 8-bit codes into bf16.
LLM_KERNEL(amd_codes, CodesParams, 32, 1) {
  uint32_t word = ld4(p.words + lane_id());
  uint32_t low = (word & 0x007f007fu) | 0x43004300u, less = (word & 0x00800080u) | 0xc300c300u;
  st4(p.expected + lane_id(), hfma2<bf16>(low, 0x3f803f80u, less));
  st4(p.output + lane_id(), amd::hfma2_exact<bf16>(low, 0x3f803f80u, less));
}

} // namespace gputest
} // namespace llmserving
