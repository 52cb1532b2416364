// AMD's HIP, found at run time. Declarations after the "HIP Runtime API" reference manual.
#include <cstring>

#include "drivers/vendor.h"
#include "support/failure.h"

namespace llmserving {
namespace {

constexpr int kLeastVersion = 50200000; // ROCm 5.2: graphs
constexpr int kMultiprocessors = 63, kSharedMemory = 74; // hipDeviceAttribute_t since ROCm 5
constexpr int kNoDevice = 100, kInvalidDevice = 101; // HIP gives either where there is none
const char *const kArchitectures[] = {"gfx90a", "gfx1030"};

struct HipApi {
  VendorApi common;
  int (*init)(unsigned flags);
  int (*driver_version)(int *version);
  int (*device_count)(int *count);
  int (*device_set)(int device);
  int (*device_name)(char *name, int length, int device);
  int (*device_memory)(size_t *bytes, int device);
  int (*device_attribute)(int *value, int attribute, int device);
  int (*properties)(void *properties, int device);
  int (*fill)(void *device, int value, size_t bytes, void *stream);
  const char *(*error_text)(int error);
};

bool bind(VendorLibrary &lib, HipApi &a) {
  VendorApi &c = a.common;
  lib.bind(a.init, "hipInit");
  lib.bind(a.driver_version, "hipDriverGetVersion");
  lib.bind(a.device_count, "hipGetDeviceCount");
  lib.bind(a.device_set, "hipSetDevice");
  lib.bind(a.device_name, "hipDeviceGetName");
  lib.bind(a.device_memory, "hipDeviceTotalMem");
  lib.bind(a.device_attribute, "hipDeviceGetAttribute");
  lib.bind(a.properties, "hipGetDeviceProperties");
  lib.bind(a.fill, "hipMemsetAsync");
  lib.bind(a.error_text, "hipGetErrorString");
  lib.bind(c.memory_info, "hipMemGetInfo");
  lib.bind(c.allocate, "hipMalloc");
  lib.bind(c.free, "hipFree");
  lib.bind(c.allocate_pinned, "hipHostMalloc");
  lib.bind(c.free_pinned, "hipHostFree");
  lib.bind(c.stream_create, "hipStreamCreateWithFlags");
  lib.bind(c.stream_destroy, "hipStreamDestroy");
  lib.bind(c.stream_synchronize, "hipStreamSynchronize");
  lib.bind(c.stream_wait, "hipStreamWaitEvent");
  lib.bind(c.event_create, "hipEventCreateWithFlags");
  lib.bind(c.event_destroy, "hipEventDestroy");
  lib.bind(c.event_record, "hipEventRecord");
  lib.bind(c.event_query, "hipEventQuery");
  lib.bind(c.event_synchronize, "hipEventSynchronize");
  lib.bind(c.upload, "hipMemcpyHtoDAsync");
  lib.bind(c.download, "hipMemcpyDtoHAsync");
  lib.bind(c.copy, "hipMemcpyDtoDAsync");
  lib.bind(c.module_load, "hipModuleLoadData");
  lib.bind(c.module_unload, "hipModuleUnload");
  lib.bind(c.module_function, "hipModuleGetFunction");
  lib.bind(c.launch, "hipModuleLaunchKernel");
  lib.bind(c.capture_begin, "hipStreamBeginCapture");
  lib.bind(c.capture_end, "hipStreamEndCapture");
  lib.bind(c.graph_instantiate, "hipGraphInstantiateWithFlags");
  lib.bind(c.graph_launch, "hipGraphLaunch");
  lib.bind(c.graph_destroy, "hipGraphDestroy");
  lib.bind(c.graph_exec_destroy, "hipGraphExecDestroy");
  return lib.missing().empty(); // hipFuncSetAttribute is not bound: a block may have all its shared memory as it is
}

// The architecture's name is a field of a struct whose layout changed between releases; the text "gfx…" is found in any.
std::string architecture(const HipApi &api, int device) {
  std::vector<char> properties(16384, 0);
  if (api.properties(properties.data(), device) != 0)
    return "unknown";
  for (size_t i = 0; i + 16 < properties.size(); i++)
    if (std::memcmp(&properties[i], "gfx", 3) == 0) {
      std::string name(&properties[i]);
      return name.substr(0, name.find(':')); // without features: gfx90a:sramecc+:xnack-
    }
  return "unknown";
}

DeviceProperties describe(const HipApi &api, int device, int version) {
  DeviceProperties p;
  int processors = 0, shared = 0;
  char name[256] = "";
  size_t bytes = 0;
  api.device_name(name, sizeof name, device);
  api.device_memory(&bytes, device);
  api.device_attribute(&processors, kMultiprocessors, device);
  api.device_attribute(&shared, kSharedMemory, device);
  p.name = name;
  p.architecture = architecture(api, device);
  p.driver = "HIP " + std::to_string(version / 10000000) + "." + std::to_string(version / 100000 % 100);
  p.processors = static_cast<uint32_t>(processors);
  p.memory = bytes;
  p.shared_memory = static_cast<uint32_t>(shared);
  bool known = false;
  for (const char *architecture : kArchitectures)
    known |= p.architecture == architecture;
  if (!known)
    p.reason = "its architecture is " + p.architecture + "; there are kernels for gfx90a and gfx1030";
  return p;
}

struct Hip {
  VendorLibrary library{{"libamdhip64.so", "libamdhip64.so.7", "libamdhip64.so.6", "libamdhip64.so.5"}};
  HipApi api{};
  DeviceList list;

  Hip() {
    list.kind = "hip";
    find_devices();
  }

  void find_devices() {
    int version = 0, count = 0;
    if (!library.is_open())
      return refuse(list, "AMD's HIP is not installed (" + library.error() + ")", "Install ROCm 5.2 or newer, or run on the CPU.");
    if (!bind(library, api))
      return refuse(list, "HIP lacks " + library.missing(), "Install ROCm 5.2 or newer.");
    int status = api.init(0);
    api.driver_version(&version);
    if (status == 0)
      status = api.device_count(&count);
    if (status == kNoDevice || status == kInvalidDevice || (status == 0 && count == 0))
      return refuse(list, "HIP finds no GPU", "Check that rocminfo lists one, and that the user may open /dev/kfd.");
    if (status != 0)
      return refuse(list, std::string("HIP does not start: ") + api.error_text(status), "Check rocminfo and the system's log.");
    if (version < kLeastVersion)
      return refuse(list, "HIP's version is " + std::to_string(version) + ", 5.2 is the least", "Install ROCm 5.2 or newer.");
    list_devices(list, count, "Run on the CPU, or on another GPU.", "LLMSERVING_HSACO", [&](int i) { return describe(api, i, version); });
  }
};

Hip &hip() {
  static Hip *once = new Hip; // never destroyed: threads of the runtime's may outlive static objects
  return *once;
}

class HipVendor final : public Vendor {
public:
  explicit HipVendor(uint32_t ordinal) : api_(hip().api), device_(static_cast<int>(ordinal)) {}
  const char *kind() const override { return "hip"; }
  const VendorApi &api() const override { return api_.common; }
  std::string text(int error) const override {
    const char *text = api_.error_text(error);
    return std::string(text == nullptr ? "unknown error" : text) + " (" + std::to_string(error) + ")";
  }
  int make_current() override { return api_.device_set(device_); }
  int fill(void *device, uint8_t byte, size_t bytes, void *stream) const override {
    return api_.fill(device, byte, bytes, stream);
  }

private:
  const HipApi &api_;
  int device_;
};

} // namespace

DeviceList probe_devices() noexcept {
  try {
    return hip().list;
  } catch (...) {
    return {"hip", {}, "out of memory", ""};
  }
}

std::unique_ptr<Driver> open_device(uint32_t ordinal) {
  const DeviceProperties &p = usable_device(hip().list, ordinal);
  return vendor_driver(std::make_unique<HipVendor>(ordinal), p, linked_kernels());
}

} // namespace llmserving
