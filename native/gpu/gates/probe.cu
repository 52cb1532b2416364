// One kernel per instruction that the gates count. Before they judge anything they check that they see each of these in
// its kernel, so that a compiler with another encoding cannot blind them. See sass.py and probes.py.
#include "llmserving/gpu/platform.h"

using namespace llmserving::gpu;

struct ProbeParams {
  const void *source;
  void *target;
  int n;
};

LLM_KERNEL(probe_LDG_8, ProbeParams, 32, 1) {
  static_cast<uint32_t *>(p.target)[thread_x()] = static_cast<const uint8_t *>(p.source)[thread_x()];
}
LLM_KERNEL(probe_LDG_16, ProbeParams, 32, 1) {
  static_cast<uint32_t *>(p.target)[thread_x()] = static_cast<const uint16_t *>(p.source)[thread_x()];
}
LLM_KERNEL(probe_LDG_32, ProbeParams, 32, 1) {
  st4(static_cast<uint32_t *>(p.target) + thread_x(), ld4(static_cast<const uint32_t *>(p.source) + thread_x()));
}
LLM_KERNEL(probe_LDG_64, ProbeParams, 32, 1) {
  st8(static_cast<u64 *>(p.target) + thread_x(), ld8(static_cast<const u64 *>(p.source) + thread_x()));
}
LLM_KERNEL(probe_LDG_128, ProbeParams, 32, 1) {
  st16(static_cast<u128 *>(p.target) + thread_x(), ld16(static_cast<const u128 *>(p.source) + thread_x()));
}
// Two loads under way at once.
LLM_KERNEL(probe_LDG_128_BURST_256, ProbeParams, 32, 1) {
  const u128 *source = static_cast<const u128 *>(p.source) + thread_x();
  u128 a = ld16(source), b = ld16(source + p.n);
  st16(static_cast<u128 *>(p.target) + thread_x(), {a.x ^ b.x, a.y ^ b.y, a.z ^ b.z, a.w ^ b.w});
}
LLM_KERNEL(probe_STG_8, ProbeParams, 32, 1) { static_cast<uint8_t *>(p.target)[thread_x()] = 1; }
LLM_KERNEL(probe_STG_16, ProbeParams, 32, 1) { static_cast<uint16_t *>(p.target)[thread_x()] = 1; }
LLM_KERNEL(probe_STG_32, ProbeParams, 32, 1) { st4(static_cast<uint32_t *>(p.target) + thread_x(), 1); }
LLM_KERNEL(probe_STG_64, ProbeParams, 32, 1) { st8(static_cast<u64 *>(p.target) + thread_x(), {1, 2}); }
LLM_KERNEL(probe_STG_128, ProbeParams, 32, 1) { st16(static_cast<u128 *>(p.target) + thread_x(), {1, 2, 3, 4}); }

// Through shared memory: written at one index, read at another.
template <class T> DEVICE_INLINE void through_shared(const ProbeParams &p) {
  DYN_SMEM(T, shared);
  shared[thread_x()] = static_cast<const T *>(p.source)[thread_x()];
  block_sync();
  static_cast<T *>(p.target)[thread_x()] = shared[p.n - thread_x()];
}
LLM_KERNEL(probe_LDS_32_STS_32_BAR, ProbeParams, 64, 1) { through_shared<uint32_t>(p); }
LLM_KERNEL(probe_LDS_64_STS_64_BAR, ProbeParams, 64, 1) { through_shared<u64>(p); }
LLM_KERNEL(probe_LDS_128_STS_128_BAR, ProbeParams, 64, 1) { through_shared<u128>(p); }
LLM_KERNEL(probe_LDGSTS_128, ProbeParams, 32, 1) {
  DYN_SMEM(u128, shared);
  cp_async16(shared + thread_x(), static_cast<const u128 *>(p.source) + thread_x());
  cp_async_commit();
  cp_async_wait<0>();
  st16(static_cast<u128 *>(p.target) + thread_x(), shared[thread_x()]);
}
LLM_KERNEL(probe_LDSM, ProbeParams, 32, 1) {
  DYN_SMEM(u128, shared);
  uint32_t r[4];
  ldmatrix_x4(shared + thread_x(), r);
  st16(static_cast<u128 *>(p.target) + thread_x(), {r[0], r[1], r[2], r[3]});
}

// An array indexed by a run-time value cannot stay in registers.
LLM_KERNEL(probe_LDL_STL, ProbeParams, 32, 1) {
  uint32_t local[64];
  for (int i = 0; i < p.n; i++)
    local[i] = static_cast<const uint32_t *>(p.source)[i];
  static_cast<uint32_t *>(p.target)[thread_x()] = local[p.n / 3] + local[p.n / 2];
}

LLM_KERNEL(probe_HMMA, ProbeParams, 32, 1) {
  u128 a = ld16(static_cast<const u128 *>(p.source) + thread_x());
  float c[4] = {};
  uint32_t fa[4] = {a.x, a.y, a.z, a.w}, fb[2] = {a.y, a.x};
  mma_16816<bf16>(c, fa, fb);
  st16(static_cast<u128 *>(p.target) + thread_x(),
       {bits_of_float(c[0]), bits_of_float(c[1]), bits_of_float(c[2]), bits_of_float(c[3])});
}
LLM_KERNEL(probe_IMMA, ProbeParams, 32, 1) {
  u128 a = ld16(static_cast<const u128 *>(p.source) + thread_x());
  int32_t c[4] = {};
  uint32_t fa[4] = {a.x, a.y, a.z, a.w}, fb[2] = {a.y, a.x};
  mma_16832(c, fa, fb);
  st4(static_cast<uint32_t *>(p.target) + thread_x(), static_cast<uint32_t>(c[0] + c[1] + c[2] + c[3]));
}
LLM_KERNEL(probe_SHFL, ProbeParams, 32, 1) {
  static_cast<float *>(p.target)[thread_x()] = shfl_xor(static_cast<const float *>(p.source)[thread_x()], 1);
}
LLM_KERNEL(probe_MUFU, ProbeParams, 32, 1) {
  static_cast<float *>(p.target)[thread_x()] = exp2_fast(static_cast<const float *>(p.source)[thread_x()]);
}
LLM_KERNEL(probe_FFMA, ProbeParams, 32, 1) {
  const float *x = static_cast<const float *>(p.source);
  static_cast<float *>(p.target)[thread_x()] = llmserving::gpu::fma(x[thread_x()], x[0], x[1]);
}
LLM_KERNEL(probe_HFMA2, ProbeParams, 32, 1) {
  const uint32_t *x = static_cast<const uint32_t *>(p.source);
  static_cast<uint32_t *>(p.target)[thread_x()] = hfma2<f16>(x[thread_x()], x[0], x[1]);
}
LLM_KERNEL(probe_DFMA, ProbeParams, 32, 1) {
  const double *x = static_cast<const double *>(p.source);
  static_cast<double *>(p.target)[thread_x()] = x[thread_x()] * x[0] + x[1];
}
LLM_KERNEL(probe_DADD, ProbeParams, 32, 1) {
  const double *x = static_cast<const double *>(p.source);
  static_cast<double *>(p.target)[thread_x()] = x[thread_x()] + x[0];
}
LLM_KERNEL(probe_DMUL, ProbeParams, 32, 1) {
  const double *x = static_cast<const double *>(p.source);
  static_cast<double *>(p.target)[thread_x()] = x[thread_x()] * x[0];
}
LLM_KERNEL(probe_ATOMG_RED, ProbeParams, 32, 1) {
  uint32_t *x = static_cast<uint32_t *>(p.target);
  x[thread_x() + 1] = atomic_cas(x, 0, 1);
  atomic_add(x + 64, 1u);
}
