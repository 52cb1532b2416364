#include "llmserving/gpu/platform.h"

#include "primitives.h"

namespace llmserving {
namespace gputest {

using namespace gpu;

LLM_KERNEL(test_transpose, TransposeParams, 1024, 1) {
  DYN_SMEM(float, tile); // [32, 33]
  const float *input = p.input + static_cast<int64_t>(block_x()) * 1024;
  float *output = p.output + static_cast<int64_t>(block_x()) * 1024;
  tile[warp_id() * 33 + lane_id()] = input[thread_x()];
  block_sync();
  output[thread_x()] = tile[lane_id() * 33 + warp_id()];
}

// a by ldmatrix, b by transposed ldmatrix from its rows, as matrix multiplications load them.
template <class T> DEVICE void product(const ProductParams &p) {
  DYN_SMEM(uint16_t, shared); // a [16, 16], b [16, 8]
  uint16_t *b_shared = shared + 256;
  uint32_t lane = lane_id();
  cp_async16(shared + lane * 8, p.a + lane * 8);
  if (lane < 16)
    cp_async16(b_shared + lane * 8, p.b + lane * 8);
  cp_async_commit();
  cp_async_wait<0>();
  warp_sync();
  uint32_t a[4], b[4];
  ldmatrix_x4(shared + lane % 16 * 16 + lane / 16 * 8, a);
  ldmatrix_x4_trans(b_shared + lane % 16 * 8, b);
  uint32_t row = lane / 4, column = lane % 4 * 2;
  float c[4];
  for (uint32_t i = 0; i < 4; i++)
    c[i] = p.c[(row + i / 2 * 8) * 8 + column + i % 2];
  mma_16816<T>(c, a, b);
  for (uint32_t i = 0; i < 4; i++)
    p.d[(row + i / 2 * 8) * 8 + column + i % 2] = c[i];
}
LLM_KERNEL(test_product_bf16, ProductParams, 32, 1) { product<bf16>(p); }
LLM_KERNEL(test_product_f16, ProductParams, 32, 1) { product<f16>(p); }

LLM_KERNEL(test_product_i8, IntProductParams, 32, 1) {
  uint32_t g = lane_id() / 4, t = lane_id() % 4;
  uint32_t a[4], b[2];
  for (uint32_t r = 0; r < 4; r++)
    a[r] = ld4(p.a + (g + 8 * (r & 1)) * 32 + 4 * t + 16 * (r >> 1));
  for (uint32_t r = 0; r < 2; r++)
    b[r] = ld4(p.b + g * 32 + 4 * t + 16 * r);
  int32_t c[4];
  for (uint32_t i = 0; i < 4; i++)
    c[i] = p.d[(g + i / 2 * 8) * 8 + 2 * t + i % 2];
  mma_16832(c, a, b);
  for (uint32_t i = 0; i < 4; i++)
    p.d[(g + i / 2 * 8) * 8 + 2 * t + i % 2] = c[i];
}

LLM_KERNEL(test_collectives, CollectiveParams, 32, 1) {
  uint32_t lane = lane_id(), value = p.input[lane];
  uint32_t *out = p.output + lane;
  out[0 * 32] = shfl_xor(value, 5);
  out[1 * 32] = shfl_up(value, 3);
  out[2 * 32] = shfl_down(value, 4);
  out[3 * 32] = shfl_idx(value, 7);
  out[4 * 32] = ballot(value % 2 == 1);
  out[5 * 32] = warp_any(value == 9);
  out[6 * 32] = warp_all(value < 1000);
  out[7 * 32] = static_cast<uint32_t>(warp_sum(static_cast<float>(value)));
}

LLM_KERNEL(test_words, WordParams, 32, 1) {
  uint32_t lane = lane_id(), a = p.a[lane], b = p.b[lane], c = p.c[lane];
  uint32_t *out = p.output + lane;
  out[0 * 32] = byte_perm(a, b, c);
  out[1 * 32] = lop3<0xca>(a, b, c);
  out[2 * 32] = lop3<0xea>(a, b, c);
  out[3 * 32] = lop3<0x96>(a, b, c);
  out[4 * 32] = static_cast<uint32_t>(
      dp4a(static_cast<int32_t>(a), static_cast<int32_t>(b), static_cast<int32_t>(c)));
  out[5 * 32] = hfma2<f16>(a, b, c);
  out[6 * 32] = hfma2<bf16>(a, b, c);
  float low, high;
  unpack2<f16>(a, low, high);
  out[7 * 32] = pack2<f16>(low, high);
}

} // namespace gputest
} // namespace llmserving
