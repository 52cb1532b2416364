// What is asked about every access of a kernel to memory, before it takes place.
#ifndef LLMSERVING_GPU_EMULATOR_ANALYSIS_H
#define LLMSERVING_GPU_EMULATOR_ANALYSIS_H

#include <cstdint>

namespace llmserving {
namespace emulator {

struct Slot;

enum class Access : uint8_t { Read, Write, Atomic };

// Whether accesses are looked at, now.
extern bool watching;

// Does not return where the access must not take place.
void check_access(const void *address, uint32_t bytes, Access access, const void *pc);
inline void accessed(const void *address, uint32_t bytes, Access access, const void *pc) {
  if (watching)
    check_access(address, bytes, access, pc);
}

// A lane's 16 bytes of an ldmatrix.
void access_matrix_row(const void *row, const void *pc);
void count_ldmatrix(const Slot *slots);

// The running lane is about to let others run: what is known only after its last access is settled.
void leave_plain_code();

} // namespace emulator
} // namespace llmserving

#endif
