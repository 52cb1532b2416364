// Memory of a device and pinned memory of the host, owned and counted.
#ifndef LLMSERVING_GPU_HOST_DEVICE_MEMORY_H
#define LLMSERVING_GPU_HOST_DEVICE_MEMORY_H

#include "drivers/driver.h"
#include "support/memory.h"

namespace llmserving {

// A device with the count of what was allocated on it.
struct DeviceHeap {
  Driver &driver;
  MemoryCounter &counter;
};

// Where memory lies: its bytes' type, the least that is allocated, its name in errors, and the driver's calls.
struct OnDevice {
  typedef void Data;
  static constexpr size_t LEAST = 256;
  static constexpr const char *NAME = "device";
  static constexpr auto ALLOCATE = &Driver::allocate;
  static constexpr auto FREE = &Driver::free;
};
struct OnHost {
  typedef uint8_t Data;
  static constexpr size_t LEAST = 64;
  static constexpr const char *NAME = "pinned host";
  static constexpr auto ALLOCATE = &Driver::allocate_pinned;
  static constexpr auto FREE = &Driver::free_pinned;
};

// Throws Failure (LLM_OUT_OF_MEMORY) with the bytes wanted and free and what they were for.
template <class Place> class OwnedMemory {
public:
  OwnedMemory() = default;
  OwnedMemory(const DeviceHeap &heap, size_t bytes, const char *purpose);
  OwnedMemory(OwnedMemory &&other) noexcept { *this = static_cast<OwnedMemory &&>(other); }
  OwnedMemory &operator=(OwnedMemory &&other) noexcept;
  ~OwnedMemory();

  template <class T> T *as() const { return static_cast<T *>(data_); }
  typename Place::Data *data() const { return static_cast<typename Place::Data *>(data_); }
  size_t bytes() const { return bytes_; }

private:
  Driver *driver_ = nullptr;
  MemoryCounter *counter_ = nullptr;
  void *data_ = nullptr;
  size_t bytes_ = 0;
};

extern template class OwnedMemory<OnDevice>;
extern template class OwnedMemory<OnHost>;
typedef OwnedMemory<OnDevice> DeviceMemory;
typedef OwnedMemory<OnHost> PinnedMemory;

// A stream or an event, owned. A stream's end waits for what is on it.
template <class Handle, Handle (Driver::*CREATE)()> class Owned {
public:
  explicit Owned(Driver &driver) : driver_(driver), handle_((driver.*CREATE)()) {}
  ~Owned() { driver_.destroy(handle_); }
  Owned(const Owned &) = delete;
  Owned &operator=(const Owned &) = delete;
  operator Handle() const { return handle_; }

private:
  Driver &driver_;
  Handle handle_;
};

typedef Owned<Stream, &Driver::create_stream> OwnedStream;
typedef Owned<Event, &Driver::create_event> OwnedEvent;

} // namespace llmserving

#endif
