// AVX2.
#define LLMSERVING_KERNEL_NAMESPACE avx2
#define LLMSERVING_LANES 8
#include "sampling/sampling_kernel.h"
