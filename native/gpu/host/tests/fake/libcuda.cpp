// A stand-in for libcuda.so.1 that runs kernels in the emulator: the CUDA library's own code, found by dlopen, bound by
// name and called as the driver's manual says, with results that can be checked. Streams do at once what is enqueued.
// FAKE_CUDA_VERSION, FAKE_CUDA_ARCHITECTURE (10 * major + minor) and FAKE_CUDA_DEVICES say what the machine has.
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "emulator/emulator.h"
#include "emulator/registry.h"

using namespace llmserving;

namespace {

enum { Success = 0, InvalidValue = 1, OutOfMemory = 2, NoDevice = 100, InvalidContext = 201, NotFound = 500, LaunchFailed = 719 };

int setting(const char *name, int otherwise) {
  const char *text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

struct FakeStream {
  std::vector<std::function<int()>> *capture = nullptr;
  int status = Success;
};

struct FakeEvent {
  FakeStream *stream = nullptr;
};

typedef std::vector<std::function<int()>> FakeGraph;

thread_local void *current_context = nullptr;
int context_place;
int retained = 0;

// Does it, or keeps it for the graph. After a failure a context does nothing any more, as the manual says.
template <class Work> int enqueue(void *s, Work work) {
  if (current_context == nullptr)
    return InvalidContext;
  FakeStream *stream = static_cast<FakeStream *>(s);
  if (stream->capture != nullptr) {
    stream->capture->push_back(work);
    return Success;
  }
  if (stream->status == Success)
    stream->status = work();
  return stream->status == LaunchFailed ? Success : stream->status; // failures of kernels are seen later
}

} // namespace

#define FAKE extern "C" __attribute__((visibility("default"))) int

FAKE cuInit(unsigned) { return setting("FAKE_CUDA_DEVICES", 1) == 0 ? NoDevice : Success; }
FAKE cuDriverGetVersion(int *version) { return *version = setting("FAKE_CUDA_VERSION", 13000), Success; }
FAKE cuDeviceGetCount(int *count) { return *count = setting("FAKE_CUDA_DEVICES", 1), Success; }
FAKE cuDeviceGet(int *device, int ordinal) { return *device = ordinal, Success; }
FAKE cuDeviceGetName(char *name, int length, int) { return strncpy(name, "Fake GPU", static_cast<size_t>(length)), Success; }
FAKE cuDeviceTotalMem_v2(size_t *bytes, int) { return *bytes = size_t{8} << 30, Success; }
FAKE cuDeviceGetAttribute(int *value, int attribute, int) {
  int architecture = setting("FAKE_CUDA_ARCHITECTURE", 90);
  switch (attribute) {
  case 16: *value = 4; return Success;
  case 75: *value = architecture / 10; return Success;
  case 76: *value = architecture % 10; return Success;
  case 97: *value = 227 << 10; return Success;
  default: return InvalidValue;
  }
}
FAKE cuDevicePrimaryCtxRetain(void **context, int) { return *context = &context_place, retained++, Success; }
FAKE cuDevicePrimaryCtxRelease_v2(int) { return retained-- > 0 ? Success : InvalidContext; }
FAKE cuCtxSetCurrent(void *context) { return current_context = context, Success; }
FAKE cuGetErrorName(int error, const char **text) {
  return *text = error == LaunchFailed ? "CUDA_ERROR_LAUNCH_FAILED" : "CUDA_ERROR_FAKE", Success;
}
FAKE cuGetErrorString(int, const char **text) { return *text = "of the stand-in", Success; }

FAKE cuMemGetInfo_v2(size_t *free, size_t *total) { return *free = size_t{4} << 30, *total = size_t{8} << 30, Success; }
FAKE cuMemAlloc_v2(void **device, size_t bytes) {
  if (current_context == nullptr)
    return InvalidContext;
  *device = emulator::allocate(bytes, false);
  return *device == nullptr ? OutOfMemory : Success;
}
FAKE cuMemFree_v2(void *device) { return emulator::release(device), Success; }
FAKE cuMemHostAlloc(void **host, size_t bytes, unsigned) { return (*host = std::calloc(1, bytes)) == nullptr ? OutOfMemory : Success; }
FAKE cuMemFreeHost(void *host) { return std::free(host), Success; }

FAKE cuStreamCreate(void **stream, unsigned flags) { return *stream = new FakeStream, flags == 1 ? Success : InvalidValue; }
FAKE cuStreamDestroy_v2(void *stream) { return delete static_cast<FakeStream *>(stream), Success; }
FAKE cuStreamSynchronize(void *stream) { return static_cast<FakeStream *>(stream)->status; }
FAKE cuStreamWaitEvent(void *, void *, unsigned) { return Success; }
FAKE cuEventCreate(void **event, unsigned) { return *event = new FakeEvent, Success; }
FAKE cuEventDestroy_v2(void *event) { return delete static_cast<FakeEvent *>(event), Success; }
FAKE cuEventRecord(void *event, void *stream) {
  static_cast<FakeEvent *>(event)->stream = static_cast<FakeStream *>(stream);
  return Success;
}
FAKE cuEventQuery(void *event) { return static_cast<FakeEvent *>(event)->stream->status; }
FAKE cuEventSynchronize(void *event) { return static_cast<FakeEvent *>(event)->stream->status; }

FAKE cuMemcpyHtoDAsync_v2(void *device, const void *host, size_t bytes, void *stream) {
  return enqueue(stream, [=] { return emulator::copy_in(device, host, bytes) ? Success : InvalidValue; });
}
FAKE cuMemcpyDtoHAsync_v2(void *host, void *device, size_t bytes, void *stream) {
  return enqueue(stream, [=] { return emulator::copy_out(host, device, bytes) ? Success : InvalidValue; });
}
FAKE cuMemcpyDtoDAsync_v2(void *target, void *source, size_t bytes, void *stream) {
  return enqueue(stream, [=] { return emulator::copy(target, source, bytes) ? Success : InvalidValue; });
}
FAKE cuMemsetD8Async(void *device, unsigned char value, size_t bytes, void *stream) {
  return enqueue(stream, [=] { return emulator::fill(device, value, bytes) ? Success : InvalidValue; });
}

// Modules are archives of the tests' own: a name that kernels' names begin with.
FAKE cuModuleLoadData(void **module, const void *image) { return *module = const_cast<void *>(image), Success; }
FAKE cuModuleUnload(void *) { return Success; }
FAKE cuModuleGetFunction(void **function, void *module, const char *name) {
  static const std::vector<std::string> names = emulator::kernels();
  for (const std::string &known : names)
    if (known == name && (known.compare(0, 7, "linear_") == 0) == (std::memcmp(module, "linear", 6) == 0))
      return *function = const_cast<char *>(known.c_str()), Success;
  return NotFound;
}
FAKE cuFuncSetAttribute(void *, int attribute, int value) {
  return attribute == 8 && value <= 227 << 10 ? Success : InvalidValue;
}
FAKE cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                    unsigned smem, void *stream, void **params, void **extra) {
  if (by != 1 || bz != 1 || extra != nullptr || gx == 0 || gy == 0 || gy > 65535 || gz == 0)
    return InvalidValue;
  gpu::Launch launch = {static_cast<const char *>(function), gx, gy, gz, bx, smem};
  size_t bytes = emulator::registry().at(launch.kernel).param_bytes;
  std::string copied(static_cast<const char *>(params[0]), bytes);
  return enqueue(stream, [launch, copied] {
    emulator::Options options;
    options.analysis = emulator::Analysis::Bounds;
    return emulator::launch(launch, copied.data(), copied.size(), options).ok() ? Success : LaunchFailed;
  });
}

FAKE cuStreamBeginCapture_v2(void *stream, int mode) {
  static_cast<FakeStream *>(stream)->capture = new FakeGraph;
  return mode == 1 ? Success : InvalidValue;
}
FAKE cuStreamEndCapture(void *stream, void **graph) {
  FakeStream *s = static_cast<FakeStream *>(stream);
  *graph = s->capture;
  s->capture = nullptr;
  return Success;
}
FAKE cuGraphInstantiateWithFlags(void **executable, void *graph, unsigned long long) {
  return *executable = new FakeGraph(*static_cast<FakeGraph *>(graph)), Success;
}
FAKE cuGraphLaunch(void *executable, void *stream) {
  int status = Success;
  for (const auto &work : *static_cast<FakeGraph *>(executable))
    status = status == Success ? enqueue(stream, work) : status;
  return status;
}
FAKE cuGraphDestroy(void *graph) { return delete static_cast<FakeGraph *>(graph), Success; }
FAKE cuGraphExecDestroy(void *executable) { return delete static_cast<FakeGraph *>(executable), Success; }
