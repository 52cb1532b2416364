#include "drivers/recording.h"

#include <cstdlib>
#include <cstring>
#include <map>

#include "support/failure.h"

namespace llmserving {

struct KernelHandle {
  std::string name;
};
struct StreamHandle {};
struct EventHandle {};
struct GraphHandle {
  std::vector<std::string> kernels;
};

void Recorder::reset() {
  calls.clear();
  violations.clear();
  forbidden_.clear();
  before_ = -1;
  lost_ = capturing = false;
}

void Recorder::forbid(Call call, bool forbidden) {
  if (forbidden)
    forbidden_.insert(call);
  else
    forbidden_.erase(call);
}

void Recorder::fail(Call call, int before, Fault fault) {
  failing_ = call;
  before_ = before;
  fault_ = fault;
}

int Recorder::count(Call call) const {
  int n = 0;
  for (const RecordedCall &c : calls)
    n += c.call == call ? 1 : 0;
  return n;
}

void Recorder::note(Call call, const char *name, size_t bytes) {
  bool waits = call == Call::Allocate || call == Call::Free || call == Call::Synchronize;
  if (forbidden_.count(call) != 0 || (capturing && waits))
    violations.push_back("call " + std::to_string(static_cast<int>(call)) + " of " + std::to_string(bytes) + " bytes" +
                         (capturing ? " in a capture" : ""));
  calls.push_back({call, name, bytes});
  if (call == Call::Free)
    return;
  if (lost_)
    throw Failure(LLM_FAILED, "the device is lost");
  if (call != failing_ || before_ < 0 || before_-- > 0)
    return;
  lost_ = fault_ == Fault::DeviceLost;
  if (fault_ == Fault::OutOfMemory)
    throw Failure(LLM_OUT_OF_MEMORY, "no memory, as the test wants it");
  throw Failure(LLM_FAILED, lost_ ? "the device is lost" : "failed, as the test wants it");
}

Recorder &recorder() {
  static Recorder one;
  return one;
}

namespace {

class RecordingDriver final : public Driver {
public:
  RecordingDriver() {
    properties_.name = "recording";
    properties_.architecture = "none";
    properties_.driver = "none";
    properties_.processors = 8;
    properties_.memory = 1u << 30;
    properties_.shared_memory = 227u << 10;
  }

  const char *kind() const override { return "emulator"; }
  const DeviceProperties &properties() const override { return properties_; }
  MemoryInfo memory() override { return {1u << 29, 1u << 30}; }

  void *allocate(size_t bytes) override {
    recorder().note(Call::Allocate, "device", bytes);
    void *memory = std::aligned_alloc(256, (bytes + 255) / 256 * 256);
    std::memset(memory, 0, bytes);
    recorder().memory.insert(memory);
    return memory;
  }
  void free(void *memory) noexcept override {
    recorder().note(Call::Free, "device", 0);
    recorder().memory.erase(memory);
    std::free(memory);
  }
  void *allocate_pinned(size_t bytes) override {
    recorder().note(Call::Allocate, "pinned", bytes);
    void *memory = std::calloc(1, bytes);
    recorder().memory.insert(memory);
    return memory;
  }
  void free_pinned(void *memory) noexcept override { free(memory); }

  Stream create_stream() override { return made(new StreamHandle); }
  void destroy(Stream stream) noexcept override { destroyed(stream); }
  Event create_event() override { return made(new EventHandle); }
  void destroy(Event event) noexcept override { destroyed(event); }
  void record(Event, Stream) override { recorder().note(Call::Record, "", 0); }
  void wait(Stream, Event) override {}
  bool synchronize(Event, int64_t) override {
    recorder().note(Call::Synchronize, "", 0);
    return true;
  }

  void upload(void *device, const void *host, size_t bytes, Stream) override {
    recorder().note(Call::Upload, "", bytes);
    std::memcpy(device, host, bytes);
  }
  void download(void *host, const void *device, size_t bytes, Stream) override {
    recorder().note(Call::Download, "", bytes);
    std::memcpy(host, device, bytes);
  }
  void copy(void *target, const void *source, size_t bytes, Stream) override {
    recorder().note(Call::Copy, "", bytes);
    std::memmove(target, source, bytes);
  }
  void fill(void *device, uint8_t byte, size_t bytes, Stream) override {
    recorder().note(Call::Fill, "", bytes);
    std::memset(device, byte, bytes);
  }

  Kernel find(const char *name, uint32_t) override {
    kernels_[name].name = name;
    return &kernels_[name];
  }
  void launch(Kernel kernel, const gpu::Launch &, const void *, size_t bytes, Stream) override {
    recorder().note(Call::Launch, kernel->name.c_str(), bytes);
  }

  void begin_capture(Stream) override {
    recorder().note(Call::BeginCapture, "", 0);
    recorder().capturing = true;
  }
  Graph end_capture(Stream) override {
    recorder().capturing = false;
    recorder().note(Call::EndCapture, "", 0);
    return made(new GraphHandle);
  }
  void launch(Graph, Stream) override { recorder().note(Call::LaunchGraph, "", 0); }
  void destroy(Graph graph) noexcept override { destroyed(graph); }

  uint64_t finished() const noexcept override { return 0; }

private:
  template <class T> T *made(T *object) {
    recorder().objects.insert(object);
    return object;
  }
  template <class T> void destroyed(T *object) noexcept {
    recorder().objects.erase(object);
    delete object;
  }

  DeviceProperties properties_;
  std::map<std::string, KernelHandle> kernels_;
};

} // namespace

DeviceList probe_devices() noexcept { return {"emulator", {}, "", ""}; }

std::unique_ptr<Driver> open_device(uint32_t) { return std::make_unique<RecordingDriver>(); }

} // namespace llmserving
