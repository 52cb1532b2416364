// A device for these programs: its memory, and data moved between it and pageable memory through a piece of pinned memory.
#ifndef LLMSERVING_GPU_CHECK_STAGE_H
#define LLMSERVING_GPU_CHECK_STAGE_H

#include <algorithm>
#include <cstring>

#include "host/device_memory.h"
#include "support/failure.h"

namespace llmserving {

class Stage {
public:
  explicit Stage(Driver &driver)
      : driver_(driver), stream_(driver), event_(driver), pinned_(DeviceHeap{driver, counter_}, kBytes, "transfers") {}

  Driver &driver() const { return driver_; }
  Stream stream() const { return stream_; }

  DeviceMemory memory(size_t bytes, const char *purpose) { return DeviceMemory({driver_, counter_}, bytes, purpose); }

  // Throws where what is on the stream fails, or takes longer than a minute.
  void wait() {
    driver_.record(event_, stream_);
    if (!driver_.synchronize(event_, 60ll * 1000 * 1000 * 1000))
      throw Failure(LLM_FAILED, "it did not end within a minute");
  }
  void upload(void *device, const uint8_t *host, size_t bytes) {
    for (size_t done = 0; done < bytes; done += kBytes) {
      size_t part = std::min(kBytes, bytes - done);
      memcpy(pinned_.data(), host + done, part);
      driver_.upload(static_cast<uint8_t *>(device) + done, pinned_.data(), part, stream_);
      wait();
    }
  }
  void download(uint8_t *host, const void *device, size_t bytes) {
    for (size_t done = 0; done < bytes; done += kBytes) {
      size_t part = std::min(kBytes, bytes - done);
      driver_.download(pinned_.data(), static_cast<const uint8_t *>(device) + done, part, stream_);
      wait();
      memcpy(host + done, pinned_.data(), part);
    }
  }

private:
  static constexpr size_t kBytes = 4 << 20;

  Driver &driver_;
  MemoryCounter counter_;
  OwnedStream stream_;
  OwnedEvent event_;
  PinnedMemory pinned_;
};

} // namespace llmserving

#endif
