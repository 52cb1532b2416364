// What is asked about every access of a kernel to memory, before it takes place.
#ifndef LLMSERVING_GPU_EMULATOR_ANALYSIS_H
#define LLMSERVING_GPU_EMULATOR_ANALYSIS_H

#include <cstdint>

namespace llmserving {
namespace emulator {

// MatrixRow: read by ldmatrix, which must be of shared memory. AtomicRead, AtomicWrite: ld_acquire,
// st_release. Copy: an asynchronous copy to shared memory is issued; Landing: its bytes arrive.
enum class Access : uint8_t { Read, MatrixRow, Write, Atomic, AtomicRead, AtomicWrite, Copy, Landing };

// Whether accesses are looked at, now.
extern bool watching;

// Does not return where the access must not take place.
void check_access(const void *address, uint32_t bytes, Access access, const void *pc);
inline void accessed(const void *address, uint32_t bytes, Access access, const void *pc) {
  if (watching)
    check_access(address, bytes, access, pc);
}

// The running lane is about to let others run: what is known only after its last access is settled.
void leave_plain_code();

// Before all blocks, and before each.
void start_analysis();
void start_block_analysis();

} // namespace emulator
} // namespace llmserving

#endif
