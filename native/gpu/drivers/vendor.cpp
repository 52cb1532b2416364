#include "drivers/vendor.h"

#include <dlfcn.h>

#include <chrono>
#include <map>
#include <mutex>
#include <thread>

#include "drivers/kernel_archive.h"
#include "support/failure.h"

namespace llmserving {

// Numbers that both vendors share.
constexpr int kOutOfMemory = 2, kNotFound = 500, kNotReady = 600;
constexpr unsigned kNonBlockingStream = 1, kEventWithoutTiming = 2;
constexpr int kCaptureThreadLocal = 1, kMostDynamicSharedMemory = 8;

VendorLibrary::VendorLibrary(std::initializer_list<const char *> names) {
  for (const char *name : names) {
    handle_ = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (handle_ != nullptr)
      return;
    const char *text = dlerror();
    if (error_.empty()) // of the usual name
      error_ = text == nullptr ? "not found" : text;
  }
}

const DeviceProperties &usable_device(const DeviceList &list, uint32_t ordinal) {
  if (!list.reason.empty())
    throw Failure(LLM_UNSUPPORTED, list.reason + ". " + list.remedy);
  if (ordinal >= list.devices.size())
    invalid("device %u of %zu", ordinal, list.devices.size());
  const DeviceProperties &p = list.devices[ordinal];
  if (!p.reason.empty())
    throw Failure(LLM_UNSUPPORTED, p.name + " cannot be used: " + p.reason);
  return p;
}

void *VendorLibrary::find(const char *symbol) const { return handle_ == nullptr ? nullptr : dlsym(handle_, symbol); }

namespace {

class VendorDriver final : public Driver {
public:
  VendorDriver(std::unique_ptr<Vendor> vendor, const DeviceProperties &properties, const void *image)
      : vendor_(std::move(vendor)), api_(vendor_->api()), properties_(properties) {
    enter();
    try {
      for (const KernelImage &kernels : kernel_images(image)) {
        modules_.push_back(nullptr);
        check(api_.module_load(&modules_.back(), kernels.data), kernels.name);
      }
    } catch (...) {
      unload();
      throw;
    }
  }
  ~VendorDriver() override {
    if (vendor_->make_current() == 0)
      unload();
  }

  const char *kind() const override { return vendor_->kind(); }
  const DeviceProperties &properties() const override { return properties_; }
  MemoryInfo memory() override {
    enter();
    size_t free = 0, total = 0;
    check(api_.memory_info(&free, &total), "asking for free memory");
    return {free, total};
  }

  void *allocate(size_t bytes) override {
    enter();
    void *memory = nullptr;
    check(api_.allocate(&memory, bytes), "allocating device memory");
    return memory;
  }
  void free(void *memory) noexcept override {
    if (vendor_->make_current() == 0)
      api_.free(memory);
  }
  void *allocate_pinned(size_t bytes) override {
    enter();
    void *memory = nullptr;
    check(api_.allocate_pinned(&memory, bytes, 0), "allocating pinned host memory");
    return memory;
  }
  void free_pinned(void *memory) noexcept override {
    if (vendor_->make_current() == 0)
      api_.free_pinned(memory);
  }

  Stream create_stream() override {
    enter();
    void *stream = nullptr;
    check(api_.stream_create(&stream, kNonBlockingStream), "creating a stream");
    return static_cast<Stream>(stream);
  }
  void destroy(Stream stream) noexcept override {
    if (vendor_->make_current() != 0)
      return;
    api_.stream_synchronize(stream);
    api_.stream_destroy(stream);
  }
  Event create_event() override {
    enter();
    void *event = nullptr;
    check(api_.event_create(&event, kEventWithoutTiming), "creating an event");
    return static_cast<Event>(event);
  }
  void destroy(Event event) noexcept override {
    if (vendor_->make_current() == 0)
      api_.event_destroy(event);
  }
  void record(Event event, Stream stream) override {
    enter();
    check(api_.event_record(event, stream), "recording an event");
  }
  void wait(Stream stream, Event event) override {
    enter();
    check(api_.stream_wait(stream, event, 0), "waiting for an event");
  }

  // There is no wait with a limit: polls, at first without pause, because steps take a few milliseconds.
  bool synchronize(Event event, int64_t nanoseconds) override {
    enter();
    if (nanoseconds < 0) {
      check(api_.event_synchronize(event), "running a step");
      return true;
    }
    auto start = std::chrono::steady_clock::now();
    for (;;) {
      int status = api_.event_query(event);
      if (status != kNotReady) {
        check(status, "running a step");
        return true;
      }
      auto passed = std::chrono::steady_clock::now() - start;
      if (passed >= std::chrono::nanoseconds(nanoseconds))
        return false;
      if (passed < std::chrono::milliseconds(1))
        std::this_thread::yield();
      else
        std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }

  void upload(void *device, const void *host, size_t bytes, Stream stream) override {
    enter();
    check(api_.upload(device, host, bytes, stream), "uploading");
  }
  void download(void *host, const void *device, size_t bytes, Stream stream) override {
    enter();
    check(api_.download(host, const_cast<void *>(device), bytes, stream), "downloading");
  }
  void copy(void *target, const void *source, size_t bytes, Stream stream) override {
    enter();
    check(api_.copy(target, const_cast<void *>(source), bytes, stream), "copying");
  }
  void fill(void *device, uint8_t byte, size_t bytes, Stream stream) override {
    enter();
    check(vendor_->fill(device, byte, bytes, stream), "filling");
  }

  // Programs look their kernels up when they are made; two of them may do so at once.
  Kernel find(const char *name, uint32_t smem) override {
    enter();
    void *function = nullptr;
    for (size_t i = 0; i < modules_.size() && function == nullptr; i++) {
      int status = api_.module_function(&function, modules_[i], name);
      if (status == kNotFound)
        function = nullptr;
      else
        check(status, name);
    }
    if (function == nullptr)
      return nullptr;
    std::lock_guard<std::mutex> guard(lock_);
    uint32_t &most = most_shared_[function];
    if (smem > most && smem > 48u << 10 && api_.function_attribute != nullptr)
      check(api_.function_attribute(function, kMostDynamicSharedMemory, static_cast<int>(smem)), name);
    most = smem > most ? smem : most;
    return static_cast<Kernel>(function);
  }
  void launch(Kernel kernel, const gpu::Launch &l, const void *params, size_t, Stream stream) override {
    enter();
    void *arguments[] = {const_cast<void *>(params)};
    check(api_.launch(kernel, l.grid_x, l.grid_y, l.grid_z, l.threads, 1, 1, l.smem, stream, arguments, nullptr),
          l.kernel);
  }

  void begin_capture(Stream stream) override {
    enter();
    check(api_.capture_begin(stream, kCaptureThreadLocal), "beginning a graph");
  }
  Graph end_capture(Stream stream) override {
    enter();
    void *graph = nullptr, *executable = nullptr;
    check(api_.capture_end(stream, &graph), "ending a graph");
    int status = api_.graph_instantiate(&executable, graph, 0);
    api_.graph_destroy(graph);
    check(status, "making a graph executable");
    return static_cast<Graph>(executable);
  }
  void launch(Graph graph, Stream stream) override {
    enter();
    check(api_.graph_launch(graph, stream), "launching a graph");
  }
  void destroy(Graph graph) noexcept override {
    if (vendor_->make_current() == 0)
      api_.graph_exec_destroy(graph);
  }

  uint64_t finished() const noexcept override { return 0; }

private:
  void unload() noexcept {
    for (void *module : modules_)
      if (module != nullptr)
        api_.module_unload(module);
  }
  void enter() { check(vendor_->make_current(), "entering the device's context"); }
  void check(int status, const char *what) const {
    if (status != 0)
      throw Failure(status == kOutOfMemory ? LLM_OUT_OF_MEMORY : LLM_FAILED,
                    std::string(kind()) + " failed " + what + ": " + vendor_->text(status));
  }

  std::unique_ptr<Vendor> vendor_;
  const VendorApi &api_;
  DeviceProperties properties_;
  std::vector<void *> modules_;
  std::mutex lock_;
  std::map<void *, uint32_t> most_shared_;
};

} // namespace

std::unique_ptr<Driver> vendor_driver(std::unique_ptr<Vendor> vendor, const DeviceProperties &properties,
                                      const void *image) {
  return std::make_unique<VendorDriver>(std::move(vendor), properties, image);
}

} // namespace llmserving
