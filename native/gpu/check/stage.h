// Moves data between a device and pageable memory, through a piece of pinned memory.
#ifndef LLMSERVING_GPU_CHECK_STAGE_H
#define LLMSERVING_GPU_CHECK_STAGE_H

#include <algorithm>
#include <cstring>

#include "drivers/driver.h"
#include "support/failure.h"

namespace llmserving {

class Stage {
public:
  explicit Stage(Driver &driver)
      : driver_(driver), stream_(driver.create_stream()), event_(driver.create_event()),
        pinned_(static_cast<uint8_t *>(driver.allocate_pinned(kBytes))) {}
  ~Stage() {
    driver_.destroy(event_);
    driver_.destroy(stream_);
    driver_.free_pinned(pinned_);
  }
  Stage(const Stage &) = delete;
  Stage &operator=(const Stage &) = delete;

  Stream stream() const { return stream_; }

  // Throws where what is on the stream fails, or takes longer than a minute.
  void wait() {
    driver_.record(event_, stream_);
    if (!driver_.synchronize(event_, 60ll * 1000 * 1000 * 1000))
      throw Failure(LLM_FAILED, "it did not end within a minute");
  }
  void upload(void *device, const uint8_t *host, size_t bytes) {
    for (size_t done = 0; done < bytes; done += kBytes) {
      size_t part = std::min(kBytes, bytes - done);
      memcpy(pinned_, host + done, part);
      driver_.upload(static_cast<uint8_t *>(device) + done, pinned_, part, stream_);
      wait();
    }
  }
  void download(uint8_t *host, const void *device, size_t bytes) {
    for (size_t done = 0; done < bytes; done += kBytes) {
      size_t part = std::min(kBytes, bytes - done);
      driver_.download(pinned_, static_cast<const uint8_t *>(device) + done, part, stream_);
      wait();
      memcpy(host + done, pinned_, part);
    }
  }

private:
  static constexpr size_t kBytes = 4 << 20;

  Driver &driver_;
  Stream stream_;
  Event event_;
  uint8_t *pinned_;
};

// Device memory for as long as the object lives.
class DeviceMemory {
public:
  DeviceMemory(Driver &driver, size_t bytes) : driver_(&driver), data_(driver.allocate(std::max<size_t>(bytes, 16))) {}
  ~DeviceMemory() {
    if (data_ != nullptr)
      driver_->free(data_);
  }
  DeviceMemory(DeviceMemory &&other) noexcept : driver_(other.driver_), data_(other.data_) { other.data_ = nullptr; }
  DeviceMemory &operator=(DeviceMemory &&) = delete;
  uint8_t *data() const { return static_cast<uint8_t *>(data_); }

private:
  Driver *driver_;
  void *data_;
};

} // namespace llmserving

#endif
