#include "emulator/fiber.h"

#include <sys/mman.h>

#include <new>
#include <vector>

namespace llmserving {
namespace emulator {

#if defined(__x86_64__)

// System V ABI: rbx, rbp and r12-r15 belong to the caller; all else the compiler has saved around the call.
asm(R"(
.text
.p2align 4
.globl llm_switch_stack
.hidden llm_switch_stack
.type llm_switch_stack, @function
llm_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size llm_switch_stack, .-llm_switch_stack
)");

void start_fiber(Fiber &fiber, void *stack, size_t bytes, void (*entry)()) {
  // Six registers, the entry's address, and a null return address that ends backtraces; at a function's
  // entry the stack pointer is 8 off a multiple of 16.
  uint64_t *top = reinterpret_cast<uint64_t *>((reinterpret_cast<uintptr_t>(stack) + bytes) & ~uintptr_t{15});
  *--top = 0;
  *--top = reinterpret_cast<uint64_t>(entry);
  for (int i = 0; i < 6; i++)
    *--top = 0;
  fiber.stack_pointer = top;
}

#else

void start_fiber(Fiber &fiber, void *stack, size_t bytes, void (*entry)()) {
  getcontext(&fiber.context);
  fiber.context.uc_stack.ss_sp = stack;
  fiber.context.uc_stack.ss_size = bytes;
  fiber.context.uc_link = nullptr;
  makecontext(&fiber.context, entry, 0);
}

#endif

namespace {

constexpr size_t GUARD = 4096;
constexpr size_t STAGGER = 320;

} // namespace

Stack pooled_stack(size_t index) {
  static std::vector<char *> stacks;
  while (stacks.size() <= index) {
    void *memory = mmap(nullptr, GUARD + FIBER_STACK, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED || mprotect(memory, GUARD, PROT_NONE) != 0)
      throw std::bad_alloc();
    stacks.push_back(static_cast<char *>(memory) + GUARD);
  }
  return {stacks[index], FIBER_STACK - index % 16 * STAGGER};
}

} // namespace emulator
} // namespace llmserving
