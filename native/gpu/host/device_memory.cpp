#include "host/device_memory.h"

#include <utility>

#include "support/failure.h"

namespace llmserving {
namespace {

std::string megabytes(uint64_t bytes) { return std::to_string((bytes + (1u << 20) - 1) >> 20) + " MiB"; }

// Says what a failed allocation wanted, had and can be done about it.
[[noreturn]] void out_of_memory(Driver &driver, size_t bytes, const char *purpose, const char *where) {
  std::string text = "out of " + std::string(where) + " memory: " + megabytes(bytes) + " wanted for " + purpose;
  try {
    MemoryInfo info = driver.memory();
    text += ", " + megabytes(info.free) + " of the device's " + megabytes(info.total) + " are free";
  } catch (const Failure &) { // the text is of use without it
  }
  throw Failure(LLM_OUT_OF_MEMORY, text + ". Take fewer cache blocks, shorter steps or a smaller model.");
}

} // namespace

template <class Place>
OwnedMemory<Place>::OwnedMemory(const DeviceHeap &heap, size_t bytes, const char *purpose)
    : bytes_(bytes == 0 ? Place::LEAST : bytes) {
  try {
    data_ = (heap.driver.*Place::ALLOCATE)(bytes_);
  } catch (const Failure &failure) {
    if (failure.status != LLM_OUT_OF_MEMORY)
      throw;
    out_of_memory(heap.driver, bytes_, purpose, Place::NAME);
  }
  driver_ = &heap.driver;
  counter_ = &heap.counter;
  counter_->bytes += bytes_;
  counter_->allocations++;
}

template <class Place> OwnedMemory<Place> &OwnedMemory<Place>::operator=(OwnedMemory &&other) noexcept {
  std::swap(driver_, other.driver_);
  std::swap(counter_, other.counter_);
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

template <class Place> OwnedMemory<Place>::~OwnedMemory() {
  if (data_ == nullptr)
    return;
  (driver_->*Place::FREE)(data_);
  counter_->bytes -= bytes_;
  counter_->allocations--;
}

template class OwnedMemory<OnDevice>;
template class OwnedMemory<OnHost>;

} // namespace llmserving
