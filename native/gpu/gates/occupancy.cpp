// Blocks per SM by NVIDIA's own calculator. Each line of the input: compute capability (major, minor), threads, bytes of
// shared memory and SMs of the device (per SM, per SM and per block that opts in), then the kernel's registers, static and
// dynamic shared memory, and threads per block. Each line of the output: blocks per SM, 0 where the kernel cannot run.
#include <cuda_occupancy.h>

#include <cstdio>

int main() {
  int major, minor, sm_threads, sms, registers, threads;
  size_t sm_shared, optin_shared, static_shared, dynamic_shared;
  while (std::scanf("%d %d %d %zu %zu %d %d %zu %zu %d", &major, &minor, &sm_threads, &sm_shared, &optin_shared, &sms,
                    &registers, &static_shared, &dynamic_shared, &threads) == 10) {
    cudaOccDeviceProp device = {};
    device.computeMajor = major;
    device.computeMinor = minor;
    device.maxThreadsPerBlock = 1024;
    device.maxThreadsPerMultiprocessor = sm_threads;
    device.regsPerBlock = device.regsPerMultiprocessor = 65536;
    device.warpSize = 32;
    device.sharedMemPerBlock = 48 << 10;
    device.sharedMemPerMultiprocessor = sm_shared;
    device.sharedMemPerBlockOptin = optin_shared;
    device.reservedSharedMemPerBlock = 1 << 10;
    device.numSms = sms;
    cudaOccFuncAttributes kernel = {};
    kernel.maxThreadsPerBlock = threads;
    kernel.numRegs = registers;
    kernel.sharedSizeBytes = static_shared;
    kernel.partitionedGCConfig = PARTITIONED_GC_OFF;
    kernel.shmemLimitConfig = FUNC_SHMEM_LIMIT_OPTIN;
    kernel.maxDynamicSharedSizeBytes = optin_shared - static_shared;
    kernel.numBlockBarriers = 1;
    cudaOccDeviceState state;
    state.carveoutConfig = SHAREDMEM_CARVEOUT_MAX_SHARED;
    cudaOccResult result;
    bool known = cudaOccMaxActiveBlocksPerMultiprocessor(&result, &device, &kernel, &state, threads, dynamic_shared) ==
                 CUDA_OCC_SUCCESS;
    std::printf("%d\n", known ? result.activeBlocksPerMultiprocessor : 0);
  }
  return 0;
}
