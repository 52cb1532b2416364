// Stacks that take turns on one operating-system thread.
#ifndef LLMSERVING_GPU_EMULATOR_FIBER_H
#define LLMSERVING_GPU_EMULATOR_FIBER_H

#include <cstddef>
#include <cstdint>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace llmserving {
namespace emulator {

constexpr size_t FIBER_STACK = 64 * 1024;

struct Fiber {
#if defined(__x86_64__)
  void *stack_pointer;
#else
  ucontext_t context;
#endif
};

// Makes fiber start entry(), which must not return, on [stack, stack + bytes) at the next switch to it.
void start_fiber(Fiber &fiber, void *stack, size_t bytes, void (*entry)());

// Goes on where `to` left off; returns when something switches to `from`.
#if defined(__x86_64__)
extern "C" void llm_switch_stack(void **save, void *load);
inline void switch_fiber(Fiber &from, Fiber &to) { llm_switch_stack(&from.stack_pointer, to.stack_pointer); }
#else
inline void switch_fiber(Fiber &from, Fiber &to) { swapcontext(&from.context, &to.context); }
#endif

// The index-th stack of a pool that grows and is kept: FIBER_STACK bytes, an unmapped page below. Successive stacks are
// staggered, so that the tops of hundreds of them do not compete for the same cache sets.
struct Stack {
  char *low;
  size_t bytes;
};
Stack pooled_stack(size_t index);

} // namespace emulator
} // namespace llmserving

#endif
