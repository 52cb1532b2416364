// The archive of kernels, put into the library as it is.
#include "drivers/vendor.h"

#ifdef LLMSERVING_KERNELS
__asm__(".section .rodata\n"
        ".balign 64\n"
        "llmserving_kernels:\n"
        ".incbin \"" LLMSERVING_KERNELS "\"\n"
        ".balign 64\n"
        ".previous\n");
extern "C" __attribute__((visibility("hidden"))) const char llmserving_kernels[];
#endif

namespace llmserving {

const void *linked_kernels() {
#ifdef LLMSERVING_KERNELS
  return llmserving_kernels;
#else
  return nullptr;
#endif
}

} // namespace llmserving
