// What thread-sanitizer instrumentation calls at every access, before it takes place.
#include <cstddef>

#include "emulator/analysis.h"

using llmserving::emulator::Access;
using llmserving::emulator::accessed;

#define LLM_HOOK(NAME, BYTES, ACCESS)                                                                                  \
  extern "C" void NAME(const void *address) { accessed(address, BYTES, ACCESS, __builtin_return_address(0)); }
#define LLM_HOOKS(BYTES)                                                                                               \
  LLM_HOOK(__tsan_read##BYTES, BYTES, Access::Read)                                                                    \
  LLM_HOOK(__tsan_write##BYTES, BYTES, Access::Write)                                                                  \
  LLM_HOOK(__tsan_unaligned_read##BYTES, BYTES, Access::Read)                                                          \
  LLM_HOOK(__tsan_unaligned_write##BYTES, BYTES, Access::Write)                                                        \
  LLM_HOOK(__tsan_volatile_read##BYTES, BYTES, Access::Read)                                                           \
  LLM_HOOK(__tsan_volatile_write##BYTES, BYTES, Access::Write)

LLM_HOOKS(1)
LLM_HOOKS(2)
LLM_HOOKS(4)
LLM_HOOKS(8)
LLM_HOOKS(16)

extern "C" void __tsan_read_range(const void *address, size_t bytes) {
  accessed(address, static_cast<uint32_t>(bytes), Access::Read, __builtin_return_address(0));
}
extern "C" void __tsan_write_range(const void *address, size_t bytes) {
  accessed(address, static_cast<uint32_t>(bytes), Access::Write, __builtin_return_address(0));
}
extern "C" void __tsan_init() {}
extern "C" void __tsan_func_entry(const void *) {}
extern "C" void __tsan_func_exit() {}
