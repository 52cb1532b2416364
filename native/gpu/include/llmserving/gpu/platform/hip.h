// The platform on AMD GPUs, by the compiler's builtins alone: no header or device library of ROCm is needed, so that a
// compiler newer than the ROCm headers at hand can build for newer GPUs.
//
// A warp is 32 lanes: all of a wave on RDNA, one half of it on CDNA and GCN, whose two halves may be in different
// branches. Votes are cut to the half; shuffles stay within it. There is no asynchronous copy: cp_async16 copies at once.
// Matrix products are put together from shuffles and scalar multiplications: right, and far slower than the matrix units,
// whose instructions take whole waves and other layouts.
#ifndef LLMSERVING_GPU_PLATFORM_HIP_H
#define LLMSERVING_GPU_PLATFORM_HIP_H

#define DEVICE __attribute__((device))
#define DEVICE_INLINE __attribute__((device)) inline __attribute__((always_inline))
#define UNROLL _Pragma("unroll")
#define NO_UNROLL _Pragma("nounroll")
// Warps of a block that a SIMD unit holds if as many blocks share a compute unit as on NVIDIA's GPUs is no aim here:
// registers are split differently. The block's size is what the compiler has to know.
#define LLM_KERNEL(NAME, PARAMS, THREADS, BLOCKS)                                                                      \
  static DEVICE_INLINE void NAME##_body(const PARAMS &p);                                                              \
  extern "C" __attribute__((global, amdgpu_flat_work_group_size(32, THREADS))) void NAME(const PARAMS p) {             \
    NAME##_body(p);                                                                                                    \
  }                                                                                                                    \
  static DEVICE_INLINE void NAME##_body(const PARAMS &p)
#define DYN_SMEM(T, name)                                                                                              \
  extern __attribute__((shared, aligned(16))) unsigned char llm_dynamic_shared[];                                      \
  T *name = reinterpret_cast<T *>(llm_dynamic_shared)

namespace llmserving {
namespace gpu {

DEVICE_INLINE uint32_t thread_x() { return __builtin_amdgcn_workitem_id_x(); }
DEVICE_INLINE uint32_t block_x() { return __builtin_amdgcn_workgroup_id_x(); }
DEVICE_INLINE uint32_t block_y() { return __builtin_amdgcn_workgroup_id_y(); }
DEVICE_INLINE uint32_t block_z() { return __builtin_amdgcn_workgroup_id_z(); }
DEVICE_INLINE uint32_t block_threads() { return __builtin_amdgcn_workgroup_size_x(); }
// The packet that starts a kernel counts threads, not blocks; blocks have one dimension.
DEVICE_INLINE uint32_t grid_x() { return __builtin_amdgcn_grid_size_x() / block_threads(); }
DEVICE_INLINE uint32_t grid_y() { return __builtin_amdgcn_grid_size_y(); }
DEVICE_INLINE uint32_t grid_z() { return __builtin_amdgcn_grid_size_z(); }
DEVICE_INLINE uint32_t lane_id() { return thread_x() % 32; }
DEVICE_INLINE uint32_t warp_id() { return thread_x() / 32; }

DEVICE_INLINE void block_sync() {
  __builtin_amdgcn_fence(__ATOMIC_RELEASE, "workgroup");
  __builtin_amdgcn_s_barrier();
  __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "workgroup");
}
// Lanes of a wave run in step: what remains to be done is to keep the compiler from moving accesses.
DEVICE_INLINE void warp_sync() {
  __builtin_amdgcn_fence(__ATOMIC_RELEASE, "wavefront");
  __builtin_amdgcn_wave_barrier();
  __builtin_amdgcn_fence(__ATOMIC_ACQUIRE, "wavefront");
}

// The value of a lane of the same 32. Lanes are addressed in bytes, within the wave.
DEVICE_INLINE uint32_t from_lane(uint32_t value, uint32_t lane) {
  uint32_t half = thread_x() % __AMDGCN_WAVEFRONT_SIZE & 32u;
  return static_cast<uint32_t>(
      __builtin_amdgcn_ds_bpermute(static_cast<int>((half + lane) * 4), static_cast<int>(value)));
}
// Addresses of shared memory have 32 bits.
typedef __attribute__((address_space(3))) const unsigned char *shared_pointer;
DEVICE_INLINE uint32_t shared_address(const void *p) {
  return static_cast<uint32_t>(reinterpret_cast<uintptr_t>((shared_pointer)p));
}
template <class T> DEVICE_INLINE T at_shared(uint32_t address) {
  typedef __attribute__((address_space(3))) const T *pointer;
  return *(pointer) static_cast<uintptr_t>(address);
}

template <class T> DEVICE_INLINE T shuffled(T value, uint32_t lane) {
  static_assert(sizeof(T) == 4, "shuffles move 32 bits");
  union { T value; uint32_t bits; } v;
  v.value = value;
  v.bits = from_lane(v.bits, lane);
  return v.value;
}
template <class T> DEVICE_INLINE T shfl_xor(T value, int mask) {
  return shuffled(value, (lane_id() ^ static_cast<uint32_t>(mask)) & 31u);
}
template <class T> DEVICE_INLINE T shfl_up(T value, int delta) {
  int from = static_cast<int>(lane_id()) - delta;
  return shuffled(value, from < 0 ? lane_id() : static_cast<uint32_t>(from));
}
template <class T> DEVICE_INLINE T shfl_down(T value, int delta) {
  int from = static_cast<int>(lane_id()) + delta;
  return shuffled(value, from > 31 ? lane_id() : static_cast<uint32_t>(from));
}
template <class T> DEVICE_INLINE T shfl_idx(T value, int lane) {
  return shuffled(value, static_cast<uint32_t>(lane) & 31u);
}
DEVICE_INLINE uint32_t ballot(bool value) {
  constexpr int NOT_EQUAL = 33; // llvm::CmpInst::ICMP_NE; the vote builtins proper are missing from older compilers
  uint64_t votes = __builtin_amdgcn_uicmp(static_cast<uint32_t>(value), 0u, NOT_EQUAL);
  return static_cast<uint32_t>(thread_x() % __AMDGCN_WAVEFRONT_SIZE & 32u ? votes >> 32 : votes);
}
DEVICE_INLINE bool warp_any(bool value) { return ballot(value) != 0; }
DEVICE_INLINE bool warp_all(bool value) { return ballot(value) == 0xffffffffu; }

typedef uint32_t vector4 __attribute__((ext_vector_type(4)));
DEVICE_INLINE u128 as_u128(vector4 v) { return {v.x, v.y, v.z, v.w}; }
DEVICE_INLINE vector4 as_vector(u128 v) { return vector4{v.x, v.y, v.z, v.w}; }
DEVICE_INLINE u128 ld16(const void *p) { return as_u128(*static_cast<const vector4 *>(p)); }
DEVICE_INLINE u64 ld8(const void *p) { return *static_cast<const u64 *>(p); }
DEVICE_INLINE uint32_t ld4(const void *p) { return *static_cast<const uint32_t *>(p); }
template <class T> DEVICE_INLINE const T *global_pointer(const T *p) {
  return (const T *)(__attribute__((address_space(1))) const T *)p;
}
DEVICE_INLINE u128 ld16_stream(const void *p) {
  return as_u128(__builtin_nontemporal_load(static_cast<const vector4 *>(p)));
}
DEVICE_INLINE u128 ld16_nc(const void *p) { return ld16(p); }
DEVICE_INLINE void st16(void *p, u128 v) { *static_cast<vector4 *>(p) = as_vector(v); }
DEVICE_INLINE void st8(void *p, u64 v) { *static_cast<u64 *>(p) = v; }
DEVICE_INLINE void st4(void *p, uint32_t v) { *static_cast<uint32_t *>(p) = v; }
DEVICE_INLINE void st16_stream(void *p, u128 v) {
  __builtin_nontemporal_store(as_vector(v), static_cast<vector4 *>(p));
}

DEVICE_INLINE uint32_t ld_acquire(const uint32_t *p) {
  return __hip_atomic_load(p, __ATOMIC_ACQUIRE, __HIP_MEMORY_SCOPE_AGENT);
}
DEVICE_INLINE void st_release(uint32_t *p, uint32_t v) {
  __hip_atomic_store(p, v, __ATOMIC_RELEASE, __HIP_MEMORY_SCOPE_AGENT);
}
DEVICE_INLINE void fence_device() { __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, "agent"); }
// Across all GPUs and the host.
DEVICE_INLINE uint32_t ld_acquire_system(const uint32_t *p) {
  return __hip_atomic_load(p, __ATOMIC_ACQUIRE, __HIP_MEMORY_SCOPE_SYSTEM);
}
DEVICE_INLINE void st_release_system(uint32_t *p, uint32_t v) {
  __hip_atomic_store(p, v, __ATOMIC_RELEASE, __HIP_MEMORY_SCOPE_SYSTEM);
}
DEVICE_INLINE void fence_system() { __builtin_amdgcn_fence(__ATOMIC_SEQ_CST, ""); }
template <class T> DEVICE_INLINE T added(T *p, T v) {
  return __hip_atomic_fetch_add(p, v, __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_AGENT);
}
DEVICE_INLINE float atomic_add(float *p, float v) { return added(p, v); }
DEVICE_INLINE uint32_t atomic_add(uint32_t *p, uint32_t v) { return added(p, v); }
DEVICE_INLINE int32_t atomic_add(int32_t *p, int32_t v) { return added(p, v); }
DEVICE_INLINE uint32_t atomic_max(uint32_t *p, uint32_t v) {
  return __hip_atomic_fetch_max(p, v, __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_AGENT);
}
DEVICE_INLINE int32_t atomic_max(int32_t *p, int32_t v) {
  return __hip_atomic_fetch_max(p, v, __ATOMIC_RELAXED, __HIP_MEMORY_SCOPE_AGENT);
}
DEVICE_INLINE uint32_t atomic_cas(uint32_t *p, uint32_t expected, uint32_t desired) {
  __hip_atomic_compare_exchange_strong(p, &expected, desired, __ATOMIC_RELAXED, __ATOMIC_RELAXED,
                                       __HIP_MEMORY_SCOPE_AGENT);
  return expected;
}

DEVICE_INLINE void cp_async16(void *shared, const void *global, bool valid = true) {
  u128 v = {0, 0, 0, 0};
  if (valid)
    v = ld16(global);
  st16(shared, v);
}
DEVICE_INLINE void cp_async_commit() {}
template <int N> DEVICE_INLINE void cp_async_wait() {}

} // namespace gpu
} // namespace llmserving

#include "llmserving/gpu/platform/hip_matrix.h"
#include "llmserving/gpu/platform/hip_numbers.h"

#endif
