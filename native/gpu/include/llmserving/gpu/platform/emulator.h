// The platform under the SIMT emulator: kernels are compiled by g++ with thread-sanitizer instrumentation, whose callbacks
// the emulator supplies, and run as fibers, one per GPU thread. Whatever touches memory or other lanes is a call into the
// emulator; values go in and out by value, so that a kernel's local arrays need no addresses.
#ifndef LLMSERVING_GPU_PLATFORM_EMULATOR_H
#define LLMSERVING_GPU_PLATFORM_EMULATOR_H

#include <math.h>
#include <stddef.h>
#include <string.h>

#define DEVICE
#define DEVICE_INLINE inline __attribute__((always_inline))
#define UNROLL
#define NO_UNROLL
// The body sees a copy of the parameters on the thread's own stack, as it sees constant memory on a GPU.
#define LLM_KERNEL(NAME, PARAMS, THREADS, BLOCKS)                                                                      \
  static inline void NAME##_body(const PARAMS &p);                                                                     \
  static void NAME##_entry(const void *blob) {                                                                         \
    const PARAMS p = *static_cast<const PARAMS *>(blob);                                                               \
    NAME##_body(p);                                                                                                    \
  }                                                                                                                    \
  static const ::llmserving::emulator::Registration NAME##_registration(#NAME, NAME##_entry, sizeof(PARAMS), THREADS,  \
                                                                        BLOCKS);                                       \
  static inline void NAME##_body(const PARAMS &p)
#define DYN_SMEM(T, name) T *name = static_cast<T *>(::llmserving::emulator::shared_memory())

namespace llmserving {
namespace emulator {

// Where in the source a collective stands: found by the default argument, because inlining clones call sites.
struct Site {
  const char *file;
  int line;
  static Site here(const char *file = __builtin_FILE(), int line = __builtin_LINE()) { return {file, line}; }
};

struct Registration {
  Registration(const char *name, void (*entry)(const void *), size_t param_bytes, uint32_t threads, uint32_t blocks);
};

// A thread's coordinates never change: the compiler may call once and keep the value.
#define LLM_CONSTANT __attribute__((const))
LLM_CONSTANT uint32_t thread_x();
LLM_CONSTANT uint32_t block_x();
LLM_CONSTANT uint32_t block_y();
LLM_CONSTANT uint32_t block_z();
LLM_CONSTANT uint32_t grid_x();
LLM_CONSTANT uint32_t grid_y();
LLM_CONSTANT uint32_t grid_z();
LLM_CONSTANT uint32_t block_threads();
LLM_CONSTANT void *shared_memory();
#undef LLM_CONSTANT

enum class Shuffle : uint32_t { Xor, Up, Down, Index };
void block_sync(Site site);
void warp_sync(Site site);
uint32_t shuffle(Shuffle kind, uint32_t value, int operand, Site site);
uint32_t ballot(bool value, Site site);

// Out of line, so that the compiler cannot split a wide access or repeat it.
uint32_t load4(const void *p);
gpu::u64 load8(const void *p);
gpu::u128 load16(const void *p);
void store4(void *p, uint32_t v);
void store8(void *p, gpu::u64 v);
void store16(void *p, gpu::u128 v);

uint32_t load_acquire(const uint32_t *p);
void store_release(uint32_t *p, uint32_t v);
void fence();
float atomic_add(float *p, float v);
uint32_t atomic_add(uint32_t *p, uint32_t v);
uint32_t atomic_max(uint32_t *p, uint32_t v);
int32_t atomic_max(int32_t *p, int32_t v);
uint32_t atomic_cas(uint32_t *p, uint32_t expected, uint32_t desired);

void cp_async16(void *shared, const void *global, bool valid);
void cp_async_commit();
void cp_async_wait(int newest);

enum class MmaType : uint32_t { Bf16, F16 };
struct Accumulator { float x, y, z, w; };
struct IntAccumulator { int32_t x, y, z, w; };
gpu::u128 ldmatrix_x4(const void *row, bool transposed, Site site);
Accumulator mma_16816(MmaType type, Accumulator c, gpu::u128 a, gpu::u64 b, Site site);
IntAccumulator mma_16832(IntAccumulator c, gpu::u128 a, gpu::u64 b, Site site);

uint32_t hfma2_bf16(uint32_t a, uint32_t b, uint32_t c);
uint32_t hfma2_f16(uint32_t a, uint32_t b, uint32_t c);

} // namespace emulator

namespace gpu {

using emulator::Site;

using emulator::block_threads;
using emulator::block_x;
using emulator::block_y;
using emulator::block_z;
using emulator::grid_x;
using emulator::grid_y;
using emulator::grid_z;
using emulator::thread_x;
DEVICE_INLINE uint32_t lane_id() { return thread_x() % 32; }
DEVICE_INLINE uint32_t warp_id() { return thread_x() / 32; }

DEVICE_INLINE void block_sync(Site site = Site::here()) { emulator::block_sync(site); }
DEVICE_INLINE void warp_sync(Site site = Site::here()) { emulator::warp_sync(site); }

template <class T> DEVICE_INLINE T shuffled(emulator::Shuffle kind, T value, int operand, Site site) {
  static_assert(sizeof(T) == 4, "shuffles move 32 bits");
  union { T value; uint32_t bits; } v;
  v.value = value;
  v.bits = emulator::shuffle(kind, v.bits, operand, site);
  return v.value;
}
template <class T> DEVICE_INLINE T shfl_xor(T value, int mask, Site site = Site::here()) {
  return shuffled(emulator::Shuffle::Xor, value, mask, site);
}
template <class T> DEVICE_INLINE T shfl_up(T value, int delta, Site site = Site::here()) {
  return shuffled(emulator::Shuffle::Up, value, delta, site);
}
template <class T> DEVICE_INLINE T shfl_down(T value, int delta, Site site = Site::here()) {
  return shuffled(emulator::Shuffle::Down, value, delta, site);
}
template <class T> DEVICE_INLINE T shfl_idx(T value, int lane, Site site = Site::here()) {
  return shuffled(emulator::Shuffle::Index, value, lane, site);
}
DEVICE_INLINE uint32_t ballot(bool value, Site site = Site::here()) { return emulator::ballot(value, site); }
DEVICE_INLINE bool warp_any(bool value, Site site = Site::here()) { return emulator::ballot(value, site) != 0; }
DEVICE_INLINE bool warp_all(bool value, Site site = Site::here()) {
  return emulator::ballot(value, site) == 0xffffffffu;
}

DEVICE_INLINE u128 ld16(const void *p) { return emulator::load16(p); }
DEVICE_INLINE u64 ld8(const void *p) { return emulator::load8(p); }
DEVICE_INLINE uint32_t ld4(const void *p) { return emulator::load4(p); }
DEVICE_INLINE u128 ld16_stream(const void *p) { return emulator::load16(p); }
DEVICE_INLINE u128 ld16_nc(const void *p) { return emulator::load16(p); }
DEVICE_INLINE void st16(void *p, u128 v) { emulator::store16(p, v); }
DEVICE_INLINE void st8(void *p, u64 v) { emulator::store8(p, v); }
DEVICE_INLINE void st4(void *p, uint32_t v) { emulator::store4(p, v); }
DEVICE_INLINE void st16_stream(void *p, u128 v) { emulator::store16(p, v); }

template <class T> DEVICE_INLINE const T *global_pointer(const T *p) { return p; }
DEVICE_INLINE uint32_t ld_acquire(const uint32_t *p) { return emulator::load_acquire(p); }
DEVICE_INLINE void st_release(uint32_t *p, uint32_t v) { emulator::store_release(p, v); }
DEVICE_INLINE void fence_device() { emulator::fence(); }
DEVICE_INLINE uint32_t ld_acquire_system(const uint32_t *p) { return emulator::load_acquire(p); }
DEVICE_INLINE void st_release_system(uint32_t *p, uint32_t v) { emulator::store_release(p, v); }
DEVICE_INLINE void fence_system() { emulator::fence(); }
DEVICE_INLINE float atomic_add(float *p, float v) { return emulator::atomic_add(p, v); }
DEVICE_INLINE uint32_t atomic_add(uint32_t *p, uint32_t v) { return emulator::atomic_add(p, v); }
DEVICE_INLINE int32_t atomic_add(int32_t *p, int32_t v) {
  return static_cast<int32_t>(emulator::atomic_add(reinterpret_cast<uint32_t *>(p), static_cast<uint32_t>(v)));
}
DEVICE_INLINE uint32_t atomic_max(uint32_t *p, uint32_t v) { return emulator::atomic_max(p, v); }
DEVICE_INLINE int32_t atomic_max(int32_t *p, int32_t v) { return emulator::atomic_max(p, v); }
DEVICE_INLINE uint32_t atomic_cas(uint32_t *p, uint32_t expected, uint32_t desired) {
  return emulator::atomic_cas(p, expected, desired);
}

DEVICE_INLINE void cp_async16(void *shared, const void *global, bool valid = true) {
  emulator::cp_async16(shared, global, valid);
}
DEVICE_INLINE void cp_async_commit() { emulator::cp_async_commit(); }
template <int N> DEVICE_INLINE void cp_async_wait() { emulator::cp_async_wait(N); }

DEVICE_INLINE void ldmatrix_x4(const void *row, uint32_t r[4], Site site = Site::here()) {
  u128 v = emulator::ldmatrix_x4(row, false, site);
  r[0] = v.x, r[1] = v.y, r[2] = v.z, r[3] = v.w;
}
DEVICE_INLINE void ldmatrix_x4_trans(const void *row, uint32_t r[4], Site site = Site::here()) {
  u128 v = emulator::ldmatrix_x4(row, true, site);
  r[0] = v.x, r[1] = v.y, r[2] = v.z, r[3] = v.w;
}
template <class T> struct MmaTypeOf;
template <> struct MmaTypeOf<bf16> { static constexpr emulator::MmaType value = emulator::MmaType::Bf16; };
template <> struct MmaTypeOf<f16> { static constexpr emulator::MmaType value = emulator::MmaType::F16; };
template <class T>
DEVICE_INLINE void mma_16816(float c[4], const uint32_t a[4], const uint32_t b[2], Site site = Site::here()) {
  emulator::Accumulator sum = emulator::mma_16816(MmaTypeOf<T>::value, {c[0], c[1], c[2], c[3]},
                                                  {a[0], a[1], a[2], a[3]}, {b[0], b[1]}, site);
  c[0] = sum.x, c[1] = sum.y, c[2] = sum.z, c[3] = sum.w;
}
DEVICE_INLINE void mma_16832(int32_t c[4], const uint32_t a[4], const uint32_t b[2], Site site = Site::here()) {
  emulator::IntAccumulator sum =
      emulator::mma_16832({c[0], c[1], c[2], c[3]}, {a[0], a[1], a[2], a[3]}, {b[0], b[1]}, site);
  c[0] = sum.x, c[1] = sum.y, c[2] = sum.z, c[3] = sum.w;
}

DEVICE_INLINE float exp2_fast(float x) { return ::exp2f(x); }
DEVICE_INLINE float log2_fast(float x) { return ::log2f(x); }
DEVICE_INLINE float rcp_fast(float x) { return 1.0f / x; }
DEVICE_INLINE float rsqrt_fast(float x) { return 1.0f / ::sqrtf(x); }
DEVICE_INLINE float tanh_fast(float x) { return ::tanhf(x); }
DEVICE_INLINE float fma(float a, float b, float c) { return ::fmaf(a, b, c); }

DEVICE_INLINE int32_t dp4a(int32_t a, int32_t b, int32_t c) {
  uint32_t sum = static_cast<uint32_t>(c);
  for (int byte = 0; byte < 4; byte++) {
    int32_t x = static_cast<int8_t>(static_cast<uint32_t>(a) >> (8 * byte));
    int32_t y = static_cast<int8_t>(static_cast<uint32_t>(b) >> (8 * byte));
    sum += static_cast<uint32_t>(x * y);
  }
  return static_cast<int32_t>(sum);
}
// The low three bits of each nibble of the selector name a byte of b:a.
DEVICE_INLINE uint32_t byte_perm(uint32_t a, uint32_t b, uint32_t selector) {
  uint64_t bytes = static_cast<uint64_t>(b) << 32 | a;
  uint32_t result = 0;
  for (int i = 0; i < 4; i++)
    result |= (static_cast<uint32_t>(bytes >> (8 * (selector >> (4 * i) & 7u))) & 255u) << (8 * i);
  return result;
}
// The table's bit 4 a + 2 b + c is the result for bits a, b, c.
template <int TABLE> DEVICE_INLINE uint32_t lop3(uint32_t a, uint32_t b, uint32_t c) {
  uint32_t result = 0;
  for (int i = 0; i < 8; i++)
    if (TABLE >> i & 1)
      result |= (i & 4 ? a : ~a) & (i & 2 ? b : ~b) & (i & 1 ? c : ~c);
  return result;
}

template <class T> DEVICE_INLINE uint32_t pack2(float low, float high) {
  return static_cast<uint32_t>(from_float<T>(high).bits) << 16 | from_float<T>(low).bits;
}
template <class T> DEVICE_INLINE void unpack2(uint32_t v, float &low, float &high) {
  low = to_float(T{static_cast<uint16_t>(v)});
  high = to_float(T{static_cast<uint16_t>(v >> 16)});
}
template <class T> DEVICE_INLINE uint32_t hfma2(uint32_t a, uint32_t b, uint32_t c);
template <> DEVICE_INLINE uint32_t hfma2<bf16>(uint32_t a, uint32_t b, uint32_t c) {
  return emulator::hfma2_bf16(a, b, c);
}
template <> DEVICE_INLINE uint32_t hfma2<f16>(uint32_t a, uint32_t b, uint32_t c) {
  return emulator::hfma2_f16(a, b, c);
}
template <class T> DEVICE_INLINE uint32_t hfma2_exact(uint32_t a, uint32_t b, uint32_t c) { return hfma2<T>(a, b, c); }

DEVICE_INLINE void compute_now(float &) {}
DEVICE_INLINE void pdl_wait() {}
DEVICE_INLINE void pdl_launch() {}

// Compiled without contraction.
inline float mul_rn(float a, float b) { return a * b; }
inline float add_rn(float a, float b) { return a + b; }
inline float div_rn(float a, float b) { return a / b; }

} // namespace gpu
} // namespace llmserving

#endif
