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

template <class Allocate>
void *counted(MemoryCounter &counter, Driver &driver, size_t bytes, const char *purpose, const char *where,
              Allocate allocate) {
  void *memory;
  try {
    memory = allocate();
  } catch (const Failure &failure) {
    if (failure.status != LLM_OUT_OF_MEMORY)
      throw;
    out_of_memory(driver, bytes, purpose, where);
  }
  counter.bytes += bytes;
  counter.allocations++;
  return memory;
}

} // namespace

DeviceMemory::DeviceMemory(const DeviceHeap &heap, size_t bytes, const char *purpose)
    : bytes_(bytes == 0 ? 256 : bytes) {
  data_ = counted(heap.counter, heap.driver, bytes_, purpose, "device", [&] { return heap.driver.allocate(bytes_); });
  driver_ = &heap.driver;
  counter_ = &heap.counter;
}

DeviceMemory &DeviceMemory::operator=(DeviceMemory &&other) noexcept {
  std::swap(driver_, other.driver_);
  std::swap(counter_, other.counter_);
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

DeviceMemory::~DeviceMemory() {
  if (data_ == nullptr)
    return;
  driver_->free(data_);
  counter_->bytes -= bytes_;
  counter_->allocations--;
}

PinnedMemory::PinnedMemory(const DeviceHeap &heap, size_t bytes, const char *purpose)
    : bytes_(bytes == 0 ? 64 : bytes) {
  data_ = counted(heap.counter, heap.driver, bytes_, purpose, "pinned host",
                  [&] { return heap.driver.allocate_pinned(bytes_); });
  driver_ = &heap.driver;
  counter_ = &heap.counter;
}

PinnedMemory &PinnedMemory::operator=(PinnedMemory &&other) noexcept {
  std::swap(driver_, other.driver_);
  std::swap(counter_, other.counter_);
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

PinnedMemory::~PinnedMemory() {
  if (data_ == nullptr)
    return;
  driver_->free_pinned(data_);
  counter_->bytes -= bytes_;
  counter_->allocations--;
}

} // namespace llmserving
