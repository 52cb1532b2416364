// The platform on NVIDIA GPUs from sm_80.
#ifndef LLMSERVING_GPU_PLATFORM_CUDA_H
#define LLMSERVING_GPU_PLATFORM_CUDA_H

#include <cuda_runtime.h>

#define DEVICE __device__
#define DEVICE_INLINE __device__ __forceinline__
#define UNROLL _Pragma("unroll")
#define NO_UNROLL _Pragma("unroll 1")
#define LLM_KERNEL(NAME, PARAMS, THREADS, BLOCKS)                                                                      \
  static DEVICE_INLINE void NAME##_body(const PARAMS &p);                                                              \
  extern "C" __global__ void __launch_bounds__(THREADS, BLOCKS) NAME(const __grid_constant__ PARAMS p) {               \
    NAME##_body(p);                                                                                                    \
  }                                                                                                                    \
  static DEVICE_INLINE void NAME##_body(const PARAMS &p)
#define DYN_SMEM(T, name)                                                                                              \
  extern __shared__ __align__(16) unsigned char llm_dynamic_shared[];                                                  \
  T *name = reinterpret_cast<T *>(llm_dynamic_shared)

namespace llmserving {
namespace gpu {

DEVICE_INLINE uint32_t thread_x() { return threadIdx.x; }
DEVICE_INLINE uint32_t block_x() { return blockIdx.x; }
DEVICE_INLINE uint32_t block_y() { return blockIdx.y; }
DEVICE_INLINE uint32_t block_z() { return blockIdx.z; }
DEVICE_INLINE uint32_t grid_x() { return gridDim.x; }
DEVICE_INLINE uint32_t grid_y() { return gridDim.y; }
DEVICE_INLINE uint32_t grid_z() { return gridDim.z; }
DEVICE_INLINE uint32_t block_threads() { return blockDim.x; }
DEVICE_INLINE uint32_t lane_id() { return threadIdx.x % 32; }
DEVICE_INLINE uint32_t warp_id() { return threadIdx.x / 32; }

DEVICE_INLINE void block_sync() { __syncthreads(); }
DEVICE_INLINE void warp_sync() { __syncwarp(); }

template <class T> DEVICE_INLINE T shfl_xor(T value, int mask) { return __shfl_xor_sync(0xffffffffu, value, mask); }
template <class T> DEVICE_INLINE T shfl_up(T value, int delta) { return __shfl_up_sync(0xffffffffu, value, delta); }
template <class T> DEVICE_INLINE T shfl_down(T value, int delta) { return __shfl_down_sync(0xffffffffu, value, delta); }
template <class T> DEVICE_INLINE T shfl_idx(T value, int lane) { return __shfl_sync(0xffffffffu, value, lane); }
DEVICE_INLINE uint32_t ballot(bool value) { return __ballot_sync(0xffffffffu, value); }
DEVICE_INLINE bool warp_any(bool value) { return __any_sync(0xffffffffu, value); }
DEVICE_INLINE bool warp_all(bool value) { return __all_sync(0xffffffffu, value); }

DEVICE_INLINE u128 as_u128(uint4 v) { return {v.x, v.y, v.z, v.w}; }
DEVICE_INLINE uint4 as_uint4(u128 v) { return make_uint4(v.x, v.y, v.z, v.w); }
DEVICE_INLINE u128 ld16(const void *p) { return as_u128(*static_cast<const uint4 *>(p)); }
DEVICE_INLINE u64 ld8(const void *p) {
  uint2 v = *static_cast<const uint2 *>(p);
  return {v.x, v.y};
}
DEVICE_INLINE uint32_t ld4(const void *p) { return *static_cast<const uint32_t *>(p); }
DEVICE_INLINE u128 ld16_stream(const void *p) { return as_u128(__ldcs(static_cast<const uint4 *>(p))); }
DEVICE_INLINE u128 ld16_nc(const void *p) { return as_u128(__ldg(static_cast<const uint4 *>(p))); }
DEVICE_INLINE void st16(void *p, u128 v) { *static_cast<uint4 *>(p) = as_uint4(v); }
DEVICE_INLINE void st8(void *p, u64 v) { *static_cast<uint2 *>(p) = make_uint2(v.x, v.y); }
DEVICE_INLINE void st4(void *p, uint32_t v) { *static_cast<uint32_t *>(p) = v; }
DEVICE_INLINE void st16_stream(void *p, u128 v) { __stcs(static_cast<uint4 *>(p), as_uint4(v)); }

template <class T> DEVICE_INLINE const T *global_pointer(const T *p) {
  __builtin_assume(__isGlobal(p));
  return p;
}

DEVICE_INLINE uint32_t ld_acquire(const uint32_t *p) {
  uint32_t v;
  asm volatile("ld.acquire.gpu.global.u32 %0, [%1];" : "=r"(v) : "l"(p) : "memory");
  return v;
}
DEVICE_INLINE void st_release(uint32_t *p, uint32_t v) {
  asm volatile("st.release.gpu.global.u32 [%0], %1;" ::"l"(p), "r"(v) : "memory");
}
DEVICE_INLINE void fence_device() { __threadfence(); }
// Across all GPUs and the host.
DEVICE_INLINE uint32_t ld_acquire_system(const uint32_t *p) {
  uint32_t v;
  asm volatile("ld.acquire.sys.global.u32 %0, [%1];" : "=r"(v) : "l"(p) : "memory");
  return v;
}
DEVICE_INLINE void st_release_system(uint32_t *p, uint32_t v) {
  asm volatile("st.release.sys.global.u32 [%0], %1;" ::"l"(p), "r"(v) : "memory");
}
DEVICE_INLINE void fence_system() { __threadfence_system(); }
DEVICE_INLINE float atomic_add(float *p, float v) { return atomicAdd(p, v); }
DEVICE_INLINE uint32_t atomic_add(uint32_t *p, uint32_t v) { return atomicAdd(p, v); }
DEVICE_INLINE int32_t atomic_add(int32_t *p, int32_t v) { return atomicAdd(p, v); }
DEVICE_INLINE uint32_t atomic_max(uint32_t *p, uint32_t v) { return atomicMax(p, v); }
DEVICE_INLINE int32_t atomic_max(int32_t *p, int32_t v) { return atomicMax(p, v); }
DEVICE_INLINE uint32_t atomic_cas(uint32_t *p, uint32_t expected, uint32_t desired) {
  return atomicCAS(p, expected, desired);
}

DEVICE_INLINE uint32_t shared_address(const void *p) { return static_cast<uint32_t>(__cvta_generic_to_shared(p)); }
DEVICE_INLINE void cp_async16(void *shared, const void *global, bool valid = true) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(shared_address(shared)), "l"(global),
               "r"(valid ? 16 : 0)
               : "memory");
}
DEVICE_INLINE void cp_async_commit() { asm volatile("cp.async.commit_group;" ::: "memory"); }
template <int N> DEVICE_INLINE void cp_async_wait() { asm volatile("cp.async.wait_group %0;" ::"n"(N) : "memory"); }

DEVICE_INLINE void ldmatrix_x4(const void *row, uint32_t r[4]) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}
DEVICE_INLINE void ldmatrix_x4_trans(const void *row, uint32_t r[4]) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(r[0]), "=r"(r[1]), "=r"(r[2]), "=r"(r[3])
               : "r"(shared_address(row))
               : "memory");
}
template <class T> DEVICE_INLINE void mma_16816(float c[4], const uint32_t a[4], const uint32_t b[2]);
template <> DEVICE_INLINE void mma_16816<bf16>(float c[4], const uint32_t a[4], const uint32_t b[2]) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
               "{%0, %1, %2, %3};"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
template <> DEVICE_INLINE void mma_16816<f16>(float c[4], const uint32_t a[4], const uint32_t b[2]) {
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
               "{%0, %1, %2, %3};"
               : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
DEVICE_INLINE void mma_16832(int32_t c[4], const uint32_t a[4], const uint32_t b[2]) {
  asm volatile("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
               "{%0, %1, %2, %3};"
               : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

DEVICE_INLINE float exp2_fast(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
DEVICE_INLINE float log2_fast(float x) {
  float y;
  asm("lg2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
DEVICE_INLINE float rcp_fast(float x) {
  float y;
  asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
DEVICE_INLINE float rsqrt_fast(float x) {
  float y;
  asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
DEVICE_INLINE float tanh_fast(float x) {
  float y;
  asm("tanh.approx.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}
DEVICE_INLINE float fma(float a, float b, float c) { return __fmaf_rn(a, b, c); }
DEVICE_INLINE float mul_rn(float a, float b) { return __fmul_rn(a, b); }
DEVICE_INLINE float add_rn(float a, float b) { return __fadd_rn(a, b); }
DEVICE_INLINE float div_rn(float a, float b) { return __fdiv_rn(a, b); }
DEVICE_INLINE int32_t dp4a(int32_t a, int32_t b, int32_t c) { return __dp4a(a, b, c); }
DEVICE_INLINE uint32_t byte_perm(uint32_t a, uint32_t b, uint32_t selector) { return __byte_perm(a, b, selector); }
template <int TABLE> DEVICE_INLINE uint32_t lop3(uint32_t a, uint32_t b, uint32_t c) {
  uint32_t r;
  asm("lop3.b32 %0, %1, %2, %3, %4;" : "=r"(r) : "r"(a), "r"(b), "r"(c), "n"(TABLE));
  return r;
}

template <class T> DEVICE_INLINE uint32_t pack2(float low, float high);
template <> DEVICE_INLINE uint32_t pack2<bf16>(float low, float high) {
  uint32_t r;
  asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
  return r;
}
template <> DEVICE_INLINE uint32_t pack2<f16>(float low, float high) {
  uint32_t r;
  asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(r) : "f"(high), "f"(low));
  return r;
}
template <class T> DEVICE_INLINE void unpack2(uint32_t v, float &low, float &high);
template <> DEVICE_INLINE void unpack2<bf16>(uint32_t v, float &low, float &high) {
  low = __uint_as_float(v << 16);
  high = __uint_as_float(v & 0xffff0000u);
}
template <> DEVICE_INLINE void unpack2<f16>(uint32_t v, float &low, float &high) {
  asm("{.reg .b16 l, h; mov.b32 {l, h}, %2; cvt.f32.f16 %0, l; cvt.f32.f16 %1, h;}" : "=f"(low), "=f"(high) : "r"(v));
}
template <class T> DEVICE_INLINE uint32_t hfma2(uint32_t a, uint32_t b, uint32_t c);
template <> DEVICE_INLINE uint32_t hfma2<bf16>(uint32_t a, uint32_t b, uint32_t c) {
  uint32_t r;
  asm("fma.rn.bf16x2 %0, %1, %2, %3;" : "=r"(r) : "r"(a), "r"(b), "r"(c));
  return r;
}
template <> DEVICE_INLINE uint32_t hfma2<f16>(uint32_t a, uint32_t b, uint32_t c) {
  uint32_t r;
  asm("fma.rn.f16x2 %0, %1, %2, %3;" : "=r"(r) : "r"(a), "r"(b), "r"(c));
  return r;
}
template <class T> DEVICE_INLINE uint32_t hfma2_exact(uint32_t a, uint32_t b, uint32_t c) { return hfma2<T>(a, b, c); }

DEVICE_INLINE void compute_now(float &) {}
DEVICE_INLINE void pdl_wait() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}
DEVICE_INLINE void pdl_launch() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;" ::: "memory");
#endif
}

} // namespace gpu
} // namespace llmserving

#endif
