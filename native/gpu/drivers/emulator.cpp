// The emulator as a device: one worker thread per stream, so that host and device overlap as they do on a GPU.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>

#include <unistd.h>

#include "drivers/emulated_stream.h"
#include "emulator/emulator.h"
#include "support/failure.h"

namespace llmserving {

struct KernelHandle {
  std::string name;
};

namespace {

[[noreturn]] void fail(const std::string &text) { throw Failure(LLM_FAILED, text); }

DeviceProperties emulated_device() {
  DeviceProperties p;
  p.name = "SIMT emulator";
  p.architecture = "emulator";
  p.driver = "none";
  p.processors = 4;
  long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  p.memory = pages > 0 && page > 0 ? static_cast<uint64_t>(pages) * static_cast<uint64_t>(page) : 0;
  p.shared_memory = static_cast<uint32_t>(gpu::BLOCK_SHARED_BYTES); // whatever asks for more fails here, not on a GPU
  return p;
}

// LLMSERVING_EMULATOR=none|bounds|full says how closely launches are watched.
emulator::Analysis analysis_wanted() {
  const char *text = std::getenv("LLMSERVING_EMULATOR");
  if (text == nullptr || std::strcmp(text, "bounds") == 0)
    return emulator::Analysis::Bounds;
  if (std::strcmp(text, "none") == 0)
    return emulator::Analysis::None;
  if (std::strcmp(text, "full") == 0)
    return emulator::Analysis::Full;
  throw Failure(LLM_INVALID_ARGUMENT, std::string("LLMSERVING_EMULATOR is ") + text + "; it can be none, bounds or full");
}

// What tests ask the device to fail at.
class InjectedFault {
public:
  void set(llm_fault fault, uint64_t after) {
    std::lock_guard<std::mutex> guard(lock_);
    fault_ = fault;
    after_ = after;
  }
  // Whether a call that could fail so does; counts it.
  bool strikes(llm_fault kind) {
    std::lock_guard<std::mutex> guard(lock_);
    if (fault_ != kind || after_-- > 0)
      return false;
    after_ = 0;
    if (kind != LLM_FAULT_LOST)
      fault_ = 0;
    return true;
  }

private:
  std::mutex lock_;
  uint32_t fault_ = 0;
  uint64_t after_ = 0;
};

class EmulatorDriver final : public Driver {
public:
  EmulatorDriver() : properties_(emulated_device()) {
    options_.analysis = analysis_wanted();
    for (const std::string &name : emulator::kernels())
      kernels_[name].name = name;
  }

  const char *kind() const override { return "emulator"; }
  const DeviceProperties &properties() const override { return properties_; }
  MemoryInfo memory() override {
    long pages = sysconf(_SC_AVPHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return {pages > 0 ? static_cast<uint64_t>(pages) * static_cast<uint64_t>(page) : 0, properties_.memory};
  }

  void *allocate(size_t bytes) override {
    if (fault_.strikes(LLM_FAULT_MEMORY))
      throw Failure(LLM_OUT_OF_MEMORY, "the emulated device was told to have no memory for " + std::to_string(bytes) + " bytes");
    void *memory = emulator::allocate(bytes, options_.analysis == emulator::Analysis::Full);
    if (memory == nullptr)
      throw Failure(LLM_OUT_OF_MEMORY, "the machine has no memory for the emulated device");
    return memory;
  }
  void free(void *memory) noexcept override { emulator::release(memory); }
  void *allocate_pinned(size_t bytes) override {
    void *memory = std::calloc(1, bytes);
    if (memory == nullptr)
      throw Failure(LLM_OUT_OF_MEMORY, "the machine has no memory for staging");
    return memory;
  }
  void free_pinned(void *memory) noexcept override { std::free(memory); }

  Stream create_stream() override { return new StreamHandle(finished_); }
  void destroy(Stream stream) noexcept override { delete stream; }
  Event create_event() override { return new EventHandle; }
  void destroy(Event event) noexcept override { delete event; }

  void record(Event event, Stream stream) override {
    std::shared_ptr<EventState> state = event->state;
    uint64_t number;
    {
      std::lock_guard<std::mutex> guard(state->lock);
      number = ++state->recorded;
    }
    stream->add([state, number, stream] {
      std::lock_guard<std::mutex> guard(state->lock);
      state->done = number;
      state->failure = stream->failure;
      state->reached.notify_all();
    });
  }
  void wait(Stream stream, Event event) override {
    std::shared_ptr<EventState> state = event->state;
    std::unique_lock<std::mutex> guard(state->lock);
    uint64_t number = state->recorded;
    guard.unlock();
    stream->add([state, number] {
      std::unique_lock<std::mutex> inner(state->lock);
      state->reached.wait(inner, [&] { return state->done >= number; });
    });
  }
  bool synchronize(Event event, int64_t nanoseconds) override {
    EventState &state = *event->state;
    std::unique_lock<std::mutex> guard(state.lock);
    auto reached = [&] { return state.done >= state.recorded; };
    if (nanoseconds < 0)
      state.reached.wait(guard, reached);
    else if (!state.reached.wait_for(guard, std::chrono::nanoseconds(nanoseconds), reached))
      return false;
    if (!state.failure.empty())
      fail(state.failure);
    return true;
  }

  void upload(void *device, const void *host, size_t bytes, Stream stream) override {
    add(stream, [=] { inside(emulator::copy_in(device, host, bytes), "an upload", bytes); });
  }
  void download(void *host, const void *device, size_t bytes, Stream stream) override {
    add(stream, [=] { inside(emulator::copy_out(host, device, bytes), "a download", bytes); });
  }
  void copy(void *target, const void *source, size_t bytes, Stream stream) override {
    add(stream, [=] { inside(emulator::copy(target, source, bytes), "a copy", bytes); });
  }
  void fill(void *device, uint8_t byte, size_t bytes, Stream stream) override {
    add(stream, [=] { inside(emulator::fill(device, byte, bytes), "a fill", bytes); });
  }

  Kernel find(const char *name, uint32_t) override {
    auto found = kernels_.find(name);
    return found == kernels_.end() ? nullptr : &found->second;
  }

  void launch(Kernel, const gpu::Launch &launch, const void *params, size_t bytes, Stream stream) override {
    const uint8_t *p = static_cast<const uint8_t *>(params);
    std::vector<uint8_t> copied(p, p + bytes);
    emulator::Options options = options_;
    add(stream, [this, launch, copied, options] {
      if (fault_.strikes(LLM_FAULT_LAUNCH) || fault_.strikes(LLM_FAULT_LOST))
        fail(std::string("the emulated device was told to fail at the launch of ") + launch.kernel);
      emulator::Report report = emulator::launch(launch, copied.data(), copied.size(), options);
      if (!report.ok())
        fail("the emulator reports: " + report.text());
    });
  }

  void begin_capture(Stream stream) override { stream->capture.reset(new GraphHandle); }
  Graph end_capture(Stream stream) override { return stream->capture.release(); }
  void launch(Graph graph, Stream stream) override {
    for (const Command &command : graph->commands)
      stream->add(command);
  }
  void destroy(Graph graph) noexcept override { delete graph; }

  bool inject(llm_fault fault, uint64_t after) override {
    fault_.set(fault, after);
    return true;
  }

  uint64_t finished() const noexcept override { return finished_.load(std::memory_order_relaxed); }

private:
  static void add(Stream stream, Command command) {
    stream->add([stream, command] { stream->run(command); });
  }
  static void inside(bool fine, const char *what, size_t bytes) {
    if (!fine)
      fail(std::string(what) + " of " + std::to_string(bytes) + " bytes is not inside one allocation of the device");
  }

  DeviceProperties properties_;
  InjectedFault fault_;
  emulator::Options options_;
  std::map<std::string, KernelHandle> kernels_;
  std::atomic<uint64_t> finished_{0};
};

} // namespace

DeviceList probe_devices() noexcept { return {"emulator", {emulated_device()}, "", ""}; }

std::unique_ptr<Driver> open_device(uint32_t ordinal) {
  if (ordinal != 0)
    invalid("device %u: the emulator has device 0 alone", ordinal);
  return std::make_unique<EmulatorDriver>();
}

} // namespace llmserving
