// Plain C++: four lanes, which every machine has.
#define LLMSERVING_KERNEL_NAMESPACE portable
#define LLMSERVING_LANES 4
#include "sampling/sampling_kernel.h"
