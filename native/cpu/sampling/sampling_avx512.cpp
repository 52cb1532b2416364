// AVX-512 F, BW, DQ and VL.
#define LLMSERVING_KERNEL_NAMESPACE avx512
#define LLMSERVING_LANES 16
#include "sampling/sampling_kernel.h"
