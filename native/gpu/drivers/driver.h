// All that the host code asks of a device: memory, streams, events, kernels by name, graphs. One implementation per library:
// CUDA, HIP, the emulator; and one that records, for tests.
//
// Rules
// - Any thread may call. A call that fails throws Failure: LLM_OUT_OF_MEMORY, LLM_UNSUPPORTED, or LLM_FAILED where the
//   device or what ran on it failed; after LLM_FAILED nothing but the noexcept functions is of use.
// - What takes a stream is asynchronous and in the order of the calls on that stream. Host memory of a copy is pinned.
// - While a stream is captured, calls on it are recorded instead of done, and nothing may allocate or synchronize.
#ifndef LLMSERVING_GPU_DRIVERS_DRIVER_H
#define LLMSERVING_GPU_DRIVERS_DRIVER_H

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "llmserving/gpu/launch.h"
#include "llmserving/llmserving.h"

namespace llmserving {

struct DeviceProperties {
  std::string name, architecture, driver; // "NVIDIA H100 80GB HBM3", "sm_90", "CUDA 13.0"
  uint32_t processors = 0;                // streaming multiprocessors, compute units
  uint64_t memory = 0;                    // bytes
  uint32_t shared_memory = 0;             // bytes that one block may have at most
  std::string reason;                     // why it cannot be used; empty: it can
};

// What a library finds on this machine. Where no device can be used, reason says why and remedy what to do.
struct DeviceList {
  std::string kind; // "cuda", "hip", "emulator"
  std::vector<DeviceProperties> devices;
  std::string reason, remedy;
};

struct MemoryInfo {
  uint64_t free, total;
};

typedef struct StreamHandle *Stream;
typedef struct EventHandle *Event;
typedef struct KernelHandle *Kernel;
typedef struct GraphHandle *Graph;

class Driver {
public:
  virtual ~Driver() = default;

  virtual const char *kind() const = 0;
  virtual const DeviceProperties &properties() const = 0;
  virtual MemoryInfo memory() = 0;

  // Device memory, aligned to 256 bytes, contents undefined.
  virtual void *allocate(size_t bytes) = 0;
  virtual void free(void *memory) noexcept = 0;
  // Host memory that asynchronous copies may use.
  virtual void *allocate_pinned(size_t bytes) = 0;
  virtual void free_pinned(void *memory) noexcept = 0;

  virtual Stream create_stream() = 0;
  virtual void destroy(Stream stream) noexcept = 0; // waits for what is on it
  virtual Event create_event() = 0;
  virtual void destroy(Event event) noexcept = 0;
  virtual void record(Event event, Stream stream) = 0;
  virtual void wait(Stream stream, Event event) = 0; // the stream waits, the caller does not
  // Waits until the newest record of the event is reached; negative: for ever. False when the time is over. Throws what
  // went wrong on the stream before.
  virtual bool synchronize(Event event, int64_t nanoseconds) = 0;

  virtual void upload(void *device, const void *host, size_t bytes, Stream stream) = 0;
  virtual void download(void *host, const void *device, size_t bytes, Stream stream) = 0;
  virtual void copy(void *target, const void *source, size_t bytes, Stream stream) = 0;
  virtual void fill(void *device, uint8_t byte, size_t bytes, Stream stream) = 0;

  // Null where there is no kernel of that name. smem: the most dynamic shared memory it will be launched with.
  virtual Kernel find(const char *name, uint32_t smem) = 0;
  // params: the kernel's parameter struct, copied.
  virtual void launch(Kernel kernel, const gpu::Launch &launch, const void *params, size_t bytes, Stream stream) = 0;

  virtual void begin_capture(Stream stream) = 0;
  virtual Graph end_capture(Stream stream) = 0;
  virtual void launch(Graph graph, Stream stream) = 0;
  virtual void destroy(Graph graph) noexcept = 0;

  // For tests: fails at the launch, or allocation, that follows `after` others. False where that cannot be had.
  virtual bool inject(llm_fault, uint64_t) { return false; }

  // Grows with what the device finishes, as far as the host sees it without asking the device. For watchdogs.
  virtual uint64_t finished() const noexcept = 0;
};

// Supplied by the one implementation that a library has. Never throws.
DeviceList probe_devices() noexcept;
// Throws LLM_UNSUPPORTED with reason and remedy, or LLM_INVALID_ARGUMENT for an ordinal that is not in the list.
std::unique_ptr<Driver> open_device(uint32_t ordinal);

} // namespace llmserving

#endif
