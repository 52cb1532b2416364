// The platform for a host that only wants a kernel's parameters and launch shape: declarations, nothing to call.
#ifndef LLMSERVING_GPU_PLATFORM_HOST_H
#define LLMSERVING_GPU_PLATFORM_HOST_H

#define DEVICE
#define DEVICE_INLINE inline
#define UNROLL
#define NO_UNROLL
#define DYN_SMEM(T, name) T *name = static_cast<T *>(dynamic_shared())

namespace llmserving {
namespace gpu {

void *dynamic_shared();
uint32_t thread_x();
uint32_t block_x();
uint32_t block_y();
uint32_t block_z();
uint32_t grid_x();
uint32_t grid_y();
uint32_t grid_z();
uint32_t block_threads();
uint32_t lane_id();
uint32_t warp_id();
void block_sync();
void warp_sync();
template <class T> T shfl_xor(T value, int mask);
template <class T> T shfl_up(T value, int delta);
template <class T> T shfl_down(T value, int delta);
template <class T> T shfl_idx(T value, int lane);
uint32_t ballot(bool value);
bool warp_any(bool value);
bool warp_all(bool value);
u128 ld16(const void *p);
u64 ld8(const void *p);
uint32_t ld4(const void *p);
u128 ld16_stream(const void *p);
u128 ld16_nc(const void *p);
void st16(void *p, u128 v);
void st8(void *p, u64 v);
void st4(void *p, uint32_t v);
void st16_stream(void *p, u128 v);
template <class T> const T *global_pointer(const T *p);
uint32_t ld_acquire(const uint32_t *p);
void st_release(uint32_t *p, uint32_t v);
void fence_device();
uint32_t ld_acquire_system(const uint32_t *p);
void st_release_system(uint32_t *p, uint32_t v);
void fence_system();
float atomic_add(float *p, float v);
uint32_t atomic_add(uint32_t *p, uint32_t v);
int32_t atomic_add(int32_t *p, int32_t v);
uint32_t atomic_max(uint32_t *p, uint32_t v);
int32_t atomic_max(int32_t *p, int32_t v);
uint32_t atomic_cas(uint32_t *p, uint32_t expected, uint32_t desired);
void cp_async16(void *shared, const void *global, bool valid = true);
void cp_async_commit();
template <int N> void cp_async_wait();
void ldmatrix_x4(const void *row, uint32_t r[4]);
void ldmatrix_x4_trans(const void *row, uint32_t r[4]);
template <class T> void mma_16816(float c[4], const uint32_t a[4], const uint32_t b[2]);
void mma_16832(int32_t c[4], const uint32_t a[4], const uint32_t b[2]);
float exp2_fast(float x);
float log2_fast(float x);
float rcp_fast(float x);
float rsqrt_fast(float x);
float tanh_fast(float x);
float fma(float a, float b, float c);
float mul_rn(float a, float b);
float add_rn(float a, float b);
float div_rn(float a, float b);
int32_t dp4a(int32_t a, int32_t b, int32_t c);
uint32_t byte_perm(uint32_t a, uint32_t b, uint32_t selector);
template <int TABLE> uint32_t lop3(uint32_t a, uint32_t b, uint32_t c);
template <class T> uint32_t pack2(float low, float high);
template <class T> void unpack2(uint32_t v, float &low, float &high);
template <class T> uint32_t hfma2(uint32_t a, uint32_t b, uint32_t c);
template <class T> uint32_t hfma2_exact(uint32_t a, uint32_t b, uint32_t c);
void compute_now(float &value);
void pdl_wait();
void pdl_launch();

} // namespace gpu
} // namespace llmserving

#endif
