// A stand-in for libamdhip64 that knows what devices there are, and nothing else. FAKE_HIP_ARCHITECTURE and
// FAKE_HIP_VERSION say which.
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#define FAKE extern "C" __attribute__((visibility("default"))) int
#define STUB(name) FAKE name() { return 1; }

FAKE hipInit(unsigned) { return 0; }
FAKE hipDriverGetVersion(int *version) {
  const char *text = std::getenv("FAKE_HIP_VERSION");
  *version = text == nullptr ? 60342131 : std::atoi(text);
  return 0;
}
FAKE hipGetDeviceCount(int *count) { return *count = 1, 0; }
FAKE hipDeviceGetName(char *name, int length, int) { return strncpy(name, "Fake GPU", static_cast<size_t>(length)), 0; }
FAKE hipDeviceTotalMem(size_t *bytes, int) { return *bytes = size_t{8} << 30, 0; }
FAKE hipDeviceGetAttribute(int *value, int attribute, int) {
  return *value = attribute == 74 /* shared memory per block */ ? 64 << 10 : 64, 0;
}
// The name lies somewhere in the struct; here where no release has it.
FAKE hipGetDeviceProperties(void *properties, int) {
  std::snprintf(static_cast<char *>(properties) + 777, 64, "%s", std::getenv("FAKE_HIP_ARCHITECTURE"));
  return 0;
}
extern "C" __attribute__((visibility("default"))) const char *hipGetErrorString(int) { return "an error"; }

STUB(hipSetDevice) STUB(hipMemsetAsync) STUB(hipMemGetInfo) STUB(hipMalloc) STUB(hipFree) STUB(hipHostMalloc)
STUB(hipHostFree) STUB(hipStreamCreateWithFlags) STUB(hipStreamDestroy) STUB(hipStreamSynchronize)
STUB(hipStreamWaitEvent) STUB(hipEventCreateWithFlags) STUB(hipEventDestroy) STUB(hipEventRecord) STUB(hipEventQuery)
STUB(hipEventSynchronize) STUB(hipMemcpyHtoDAsync) STUB(hipMemcpyDtoHAsync) STUB(hipMemcpyDtoDAsync)
STUB(hipModuleLoadData) STUB(hipModuleUnload) STUB(hipModuleGetFunction) STUB(hipModuleLaunchKernel)
STUB(hipStreamBeginCapture) STUB(hipStreamEndCapture) STUB(hipGraphInstantiateWithFlags) STUB(hipGraphLaunch)
STUB(hipGraphDestroy) STUB(hipGraphExecDestroy)
