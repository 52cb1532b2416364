// The platform under the SIMT emulator: kernels are compiled by g++ with thread-sanitizer instrumentation, whose callbacks
// the emulator supplies, and run as fibers, one per GPU thread. Each function here is a call into the emulator.
#ifndef LLMSERVING_GPU_PLATFORM_EMULATOR_H
#define LLMSERVING_GPU_PLATFORM_EMULATOR_H

#include <stddef.h>

#define DEVICE
#define DEVICE_INLINE inline
#define UNROLL
#define LLM_KERNEL(NAME, PARAMS, THREADS, BLOCKS)                                                                      \
  static void NAME##_body(const PARAMS &p);                                                                            \
  static void NAME##_entry(const void *p) { NAME##_body(*static_cast<const PARAMS *>(p)); }                            \
  static const ::llmserving::emulator::Registration NAME##_registration(#NAME, NAME##_entry, sizeof(PARAMS), THREADS,  \
                                                                        BLOCKS);                                       \
  static void NAME##_body(const PARAMS &p)
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

// The running fiber's coordinates.
struct ThreadState {
  uint32_t thread, block[3], grid[3], threads;
};
extern ThreadState *current;

void *shared_memory();

void block_sync(Site site);
void warp_sync(Site site);
enum class Shuffle { Xor, Up, Down, Index };
uint32_t shuffle(Shuffle kind, uint32_t value, int operand, Site site);
uint32_t ballot(bool value, Site site);

enum class Access { Plain, Stream, ReadOnly };
void load(const void *source, void *target, uint32_t bytes, Access access, const void *pc);
void store(void *target, const void *source, uint32_t bytes, Access access, const void *pc);
uint32_t load_acquire(const uint32_t *p);
void store_release(uint32_t *p, uint32_t value);
void fence();
enum class Atomic { AddFloat, AddInt, MaxInt, MaxUnsigned, CompareSwap };
uint32_t atomic(Atomic kind, void *p, uint32_t value, uint32_t desired);

void cp_async16(void *shared, const void *global, bool valid, Site site);
void cp_async_commit();
void cp_async_wait(int newest);

void ldmatrix_x4(const void *row, uint32_t *r, bool transposed, Site site);
enum class MmaType { Bf16, F16 };
void mma_16816(MmaType type, float *c, const uint32_t *a, const uint32_t *b, Site site);
void mma_16832(int32_t *c, const uint32_t *a, const uint32_t *b, Site site);

} // namespace emulator

namespace gpu {

using emulator::Site;

inline uint32_t thread_x() { return emulator::current->thread; }
inline uint32_t block_x() { return emulator::current->block[0]; }
inline uint32_t block_y() { return emulator::current->block[1]; }
inline uint32_t block_z() { return emulator::current->block[2]; }
inline uint32_t grid_x() { return emulator::current->grid[0]; }
inline uint32_t grid_y() { return emulator::current->grid[1]; }
inline uint32_t grid_z() { return emulator::current->grid[2]; }
inline uint32_t block_threads() { return emulator::current->threads; }
inline uint32_t lane_id() { return emulator::current->thread % 32; }
inline uint32_t warp_id() { return emulator::current->thread / 32; }

inline void block_sync(Site site = Site::here()) { emulator::block_sync(site); }

// Compiled without contraction.
inline float mul_rn(float a, float b) { return a * b; }
inline float add_rn(float a, float b) { return a + b; }
inline float div_rn(float a, float b) { return a / b; }

} // namespace gpu
} // namespace llmserving

#endif
