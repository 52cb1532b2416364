// CUDA's driver API, found at run time. Declarations after the "CUDA Driver API" reference manual.
#include "drivers/vendor.h"
#include "support/failure.h"

namespace llmserving {
namespace {

// The kernels are compiled by CUDA 13: a driver of that major version loads them, on every supported architecture.
constexpr int kLeastVersion = 13000;
constexpr int kMultiprocessors = 16, kMajor = 75, kMinor = 76, kSharedMemoryOptin = 97; // CUdevice_attribute
constexpr int kLeastArchitecture = 80;
constexpr int kNoDevice = 100;

struct CudaApi {
  VendorApi common;
  int (*init)(unsigned flags);
  int (*driver_version)(int *version);
  int (*device_count)(int *count);
  int (*device_get)(int *device, int ordinal);
  int (*device_name)(char *name, int length, int device);
  int (*device_memory)(size_t *bytes, int device);
  int (*device_attribute)(int *value, int attribute, int device);
  int (*context_retain)(void **context, int device);
  int (*context_release)(int device);
  int (*context_set)(void *context);
  int (*fill)(void *device, unsigned char value, size_t count, void *stream);
  int (*error_text)(int error, const char **text);
  int (*error_name)(int error, const char **text);
};

bool bind(VendorLibrary &lib, CudaApi &a) {
  VendorApi &c = a.common;
  lib.bind(a.init, "cuInit");
  lib.bind(a.driver_version, "cuDriverGetVersion");
  lib.bind(a.device_count, "cuDeviceGetCount");
  lib.bind(a.device_get, "cuDeviceGet");
  lib.bind(a.device_name, "cuDeviceGetName");
  lib.bind(a.device_memory, "cuDeviceTotalMem_v2");
  lib.bind(a.device_attribute, "cuDeviceGetAttribute");
  lib.bind(a.context_retain, "cuDevicePrimaryCtxRetain");
  lib.bind(a.context_release, "cuDevicePrimaryCtxRelease_v2");
  lib.bind(a.context_set, "cuCtxSetCurrent");
  lib.bind(a.fill, "cuMemsetD8Async");
  lib.bind(a.error_text, "cuGetErrorString");
  lib.bind(a.error_name, "cuGetErrorName");
  lib.bind(c.memory_info, "cuMemGetInfo_v2");
  lib.bind(c.allocate, "cuMemAlloc_v2");
  lib.bind(c.free, "cuMemFree_v2");
  lib.bind(c.allocate_pinned, "cuMemHostAlloc");
  lib.bind(c.free_pinned, "cuMemFreeHost");
  lib.bind(c.stream_create, "cuStreamCreate");
  lib.bind(c.stream_destroy, "cuStreamDestroy_v2");
  lib.bind(c.stream_synchronize, "cuStreamSynchronize");
  lib.bind(c.stream_wait, "cuStreamWaitEvent");
  lib.bind(c.event_create, "cuEventCreate");
  lib.bind(c.event_destroy, "cuEventDestroy_v2");
  lib.bind(c.event_record, "cuEventRecord");
  lib.bind(c.event_query, "cuEventQuery");
  lib.bind(c.event_synchronize, "cuEventSynchronize");
  lib.bind(c.upload, "cuMemcpyHtoDAsync_v2");
  lib.bind(c.download, "cuMemcpyDtoHAsync_v2");
  lib.bind(c.copy, "cuMemcpyDtoDAsync_v2");
  lib.bind(c.module_load, "cuModuleLoadData");
  lib.bind(c.module_unload, "cuModuleUnload");
  lib.bind(c.module_function, "cuModuleGetFunction");
  lib.bind(c.function_attribute, "cuFuncSetAttribute");
  lib.bind(c.launch, "cuLaunchKernel");
  lib.bind(c.capture_begin, "cuStreamBeginCapture_v2");
  lib.bind(c.capture_end, "cuStreamEndCapture");
  lib.bind(c.graph_instantiate, "cuGraphInstantiateWithFlags");
  lib.bind(c.graph_launch, "cuGraphLaunch");
  lib.bind(c.graph_destroy, "cuGraphDestroy");
  lib.bind(c.graph_exec_destroy, "cuGraphExecDestroy");
  return lib.missing().empty();
}

std::string error_text(const CudaApi &api, int error) {
  const char *name = nullptr, *text = nullptr;
  api.error_name(error, &name);
  api.error_text(error, &text);
  return std::string(name == nullptr ? "unknown error" : name) + " (" + std::to_string(error) + ")" +
         (text == nullptr ? "" : std::string(", ") + text);
}

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

DeviceProperties describe(const CudaApi &api, int ordinal, int version) {
  DeviceProperties p;
  int device = 0, major = 0, minor = 0, processors = 0, shared = 0;
  char name[256] = "";
  size_t bytes = 0;
  if (api.device_get(&device, ordinal) != 0) {
    p.reason = "it does not answer";
    return p;
  }
  api.device_name(name, sizeof name, device);
  api.device_memory(&bytes, device);
  api.device_attribute(&major, kMajor, device);
  api.device_attribute(&minor, kMinor, device);
  api.device_attribute(&processors, kMultiprocessors, device);
  api.device_attribute(&shared, kSharedMemoryOptin, device);
  p.name = name;
  p.architecture = "sm_" + std::to_string(major) + std::to_string(minor);
  p.driver = "CUDA " + version_text(version);
  p.processors = static_cast<uint32_t>(processors);
  p.memory = bytes;
  p.shared_memory = static_cast<uint32_t>(shared);
  if (10 * major + minor < kLeastArchitecture)
    p.reason = "its architecture is " + p.architecture + "; the kernels need sm_80 or newer";
  return p;
}

// The library, loaded once, and its devices as they were then.
struct Cuda {
  VendorLibrary library{{"libcuda.so.1"}};
  CudaApi api{};
  DeviceList list;

  Cuda() {
    list.kind = "cuda";
    find_devices();
  }

  void find_devices() {
    int version = 0, count = 0;
    if (!library.is_open())
      return refuse(list, "the CUDA driver is not installed (" + library.error() + ")",
                    "Install NVIDIA's driver, or run on the CPU.");
    if (!bind(library, api))
      return refuse(list, "the CUDA driver lacks " + library.missing(), "Install a driver for CUDA 13.0 or newer.");
    api.driver_version(&version);
    if (version < kLeastVersion)
      return refuse(list, "the CUDA driver is for CUDA " + version_text(version) + ", CUDA 13.0 is the least",
                    "Install a driver of version 580 or newer.");
    int status = api.init(0);
    if (status == 0)
      status = api.device_count(&count);
    if (status == kNoDevice || (status == 0 && count == 0))
      return refuse(list, "the CUDA driver finds no GPU",
                    "Check that nvidia-smi lists one, and that a container was started with access to it.");
    if (status != 0)
      return refuse(list, "the CUDA driver does not start: " + error_text(api, status), "Check nvidia-smi and the system's log.");
    list_devices(list, count, "Use a GPU of sm_80 or newer.", "LLMSERVING_FATBIN", [&](int i) { return describe(api, i, version); });
  }
};

Cuda &cuda() {
  static Cuda *once = new Cuda; // never destroyed: threads of the driver's may outlive static objects
  return *once;
}

class CudaVendor final : public Vendor {
public:
  explicit CudaVendor(uint32_t ordinal) : api_(cuda().api) {
    int status = api_.device_get(&device_, static_cast<int>(ordinal));
    if (status == 0)
      status = api_.context_retain(&context_, device_);
    if (status != 0)
      throw Failure(LLM_UNSUPPORTED, "the GPU's context cannot be made: " + text(status));
  }
  ~CudaVendor() override { api_.context_release(device_); }

  const char *kind() const override { return "cuda"; }
  const VendorApi &api() const override { return api_.common; }
  std::string text(int error) const override { return error_text(api_, error); }
  int make_current() override { return api_.context_set(context_); }
  int fill(void *device, uint8_t byte, size_t bytes, void *stream) const override {
    return api_.fill(device, byte, bytes, stream);
  }

private:
  const CudaApi &api_;
  int device_ = 0;
  void *context_ = nullptr;
};

} // namespace

DeviceList probe_devices() noexcept {
  try {
    return cuda().list;
  } catch (...) {
    return {"cuda", {}, "out of memory", ""};
  }
}

std::unique_ptr<Driver> open_device(uint32_t ordinal) {
  const DeviceProperties &p = usable_device(cuda().list, ordinal);
  return vendor_driver(std::make_unique<CudaVendor>(ordinal), p, linked_kernels());
}

} // namespace llmserving
