// All that kernels may use of a GPU: nothing vendor-specific occurs outside the headers included here.
//
// Rules for kernel files
// - Warps are 32 lanes for the source, on every device (an AMD wave of 64 is two of them). Collectives (shuffles, votes,
//   warp_sync, mma, ldmatrix) are entered by all 32 lanes together: no early return before a block's last one.
// - No inline assembly, vendor types, static __shared__ variables, or indexing of local arrays by run-time values.
// - Spin loops read through ld_acquire. No co-residency of blocks is assumed.
// - Global data is read and written through pointers in the parameters; 16 bytes per lane where the data allow.
//
// What each platform's header defines (namespace llmserving::gpu):
//   DEVICE, DEVICE_INLINE                              function qualifiers
//   UNROLL, NO_UNROLL                                  stand before a loop: all copies of its body, or one
//   LLM_KERNEL(name, Params, threads, blocks) { … }    see launch.h; the body sees `p`. blocks: at least so many per SM
//   DYN_SMEM(T, name)                                  T *name = the block's dynamic shared memory, 16-byte aligned
//   thread_x() block_x() block_y() block_z() grid_x() grid_y() grid_z() block_threads()
//   lane_id() = thread % 32, warp_id() = thread / 32
//   block_sync()                                       barrier with ordering of shared and global memory in the block
//   warp_sync()
//   shfl_xor/shfl_up/shfl_down/shfl_idx(value, n)      float, int32_t, uint32_t; 32 lanes
//   ballot(bool) → uint32_t, warp_any(bool), warp_all(bool)
//   ld16/ld8/ld4(const void *), st16/st8/st4(void *, v)  u128, u64, uint32_t; plain and *_stream (read once, evict first);
//                                                      ld16_nc: read-only data
//   global_pointer(const T *)                          the same, known to point to global memory: for pointers loaded from it
//   ld_acquire(const uint32_t *), st_release(uint32_t *, v), fence_device()
//   ld_acquire_system, st_release_system, fence_system  the same across GPUs that read each other's memory
//   atomic_add(float*|uint32_t*|int32_t*), atomic_max(uint32_t*|int32_t*), atomic_cas(uint32_t*, expected, desired)
//                                                      all return the old value
//   cp_async16(void *shared, const void *global, bool valid = true)   invalid: 16 zero bytes, global is not read
//   cp_async_commit(), cp_async_wait<N>()              all but the newest N groups have landed, for this thread
//   ldmatrix_x4(const void *row, uint32_t r[4]), ldmatrix_x4_trans
//   mma_16816<bf16|f16>(float c[4], const uint32_t a[4], const uint32_t b[2])      c += a · b
//   mma_16832(int32_t c[4], const uint32_t a[4], const uint32_t b[2])              8-bit signed
//   frag layouts: PTX ISA, m16n8k16 and m16n8k32: g = lane / 4, t = lane % 4;
//     16-bit a[r]: row g + 8 (r & 1), columns 2t + 8 (r >> 1) + {0, 1}; b[r]: k 2t + 8 r + {0, 1}, column g
//     8-bit a[r]: row g + 8 (r & 1), k 4t + 16 (r >> 1) + 0..3; b[r]: k 4t + 16 r + 0..3, column g
//     c[0..1]: row g, columns 2t, 2t + 1; c[2..3]: row g + 8
//   exp2_fast, log2_fast, rcp_fast, rsqrt_fast, tanh_fast(float)   within 2 ulp (tanh: 2^-10)
//   fma(float, float, float)
//   mul_rn, add_rn, div_rn(float, float)               rounded to nearest, never contracted: the same bits as on a CPU
//   dp4a(int32_t a, int32_t b, int32_t c), byte_perm(a, b, selector), lop3<table>(a, b, c)
//   pack2<bf16|f16>(float low, float high) → uint32_t, unpack2<T>(uint32_t, float &low, float &high)
//   hfma2<T>(uint32_t a, uint32_t b, uint32_t c) → uint32_t, two products and sums, rounded once each
//   hfma2_exact<T>(a, b, c)                            the same where T has the results: without rounding, where that costs
//   compute_now(float &)                               keeps compilers from computing the value where it is used instead, and
//                                                      its operands in registers until then
//   pdl_wait(), pdl_launch()                           programmatic dependent launch; nothing where there is none
#ifndef LLMSERVING_GPU_PLATFORM_H
#define LLMSERVING_GPU_PLATFORM_H

#include "llmserving/gpu/launch.h"
#include "llmserving/gpu/platform/types.h"

#if defined(SIMT_EMU)
#include "llmserving/gpu/platform/emulator.h"
#elif defined(__HIP__)
#include "llmserving/gpu/platform/hip.h"
#elif defined(__CUDACC__)
#include "llmserving/gpu/platform/cuda.h"
#else
// A host that only wants parameters and launch shapes: device functions are templates that nobody instantiates.
#include "llmserving/gpu/platform/host.h"
#endif

#include "llmserving/gpu/platform/warp.h"

#endif
