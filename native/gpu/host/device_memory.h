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

// Both throw Failure (LLM_OUT_OF_MEMORY) with the bytes wanted and free and what they were for.
class DeviceMemory {
public:
  DeviceMemory() = default;
  DeviceMemory(const DeviceHeap &heap, size_t bytes, const char *purpose);
  DeviceMemory(DeviceMemory &&other) noexcept { *this = static_cast<DeviceMemory &&>(other); }
  DeviceMemory &operator=(DeviceMemory &&other) noexcept;
  ~DeviceMemory();

  template <class T> T *as() const { return static_cast<T *>(data_); }
  void *data() const { return data_; }
  size_t bytes() const { return bytes_; }

private:
  Driver *driver_ = nullptr;
  MemoryCounter *counter_ = nullptr;
  void *data_ = nullptr;
  size_t bytes_ = 0;
};

class PinnedMemory {
public:
  PinnedMemory() = default;
  PinnedMemory(const DeviceHeap &heap, size_t bytes, const char *purpose);
  PinnedMemory(PinnedMemory &&other) noexcept { *this = static_cast<PinnedMemory &&>(other); }
  PinnedMemory &operator=(PinnedMemory &&other) noexcept;
  ~PinnedMemory();

  template <class T> T *as() const { return static_cast<T *>(data_); }
  uint8_t *data() const { return static_cast<uint8_t *>(data_); }
  size_t bytes() const { return bytes_; }

private:
  Driver *driver_ = nullptr;
  MemoryCounter *counter_ = nullptr;
  void *data_ = nullptr;
  size_t bytes_ = 0;
};

// A stream and an event, owned. A stream's end waits for what is on it.
class OwnedStream {
public:
  explicit OwnedStream(Driver &driver) : driver_(driver), stream_(driver.create_stream()) {}
  ~OwnedStream() { driver_.destroy(stream_); }
  OwnedStream(const OwnedStream &) = delete;
  OwnedStream &operator=(const OwnedStream &) = delete;
  operator Stream() const { return stream_; }

private:
  Driver &driver_;
  Stream stream_;
};

class OwnedEvent {
public:
  explicit OwnedEvent(Driver &driver) : driver_(driver), event_(driver.create_event()) {}
  ~OwnedEvent() { driver_.destroy(event_); }
  OwnedEvent(const OwnedEvent &) = delete;
  OwnedEvent &operator=(const OwnedEvent &) = delete;
  operator Event() const { return event_; }

private:
  Driver &driver_;
  Event event_;
};

} // namespace llmserving

#endif
