#include "support/memory.h"

#include <sys/mman.h>

#include <new>
#include <utility>

namespace llmserving {

// Pages straight from the kernel: zero, aligned, and given back at once when freed. Huge pages where the kernel likes.
Memory::Memory(MemoryCounter &counter, size_t bytes) : counter_(&counter), bytes_(bytes == 0 ? 64 : bytes) {
  data_ = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data_ == MAP_FAILED) {
    data_ = nullptr;
    counter_ = nullptr;
    throw std::bad_alloc();
  }
#if defined(MADV_HUGEPAGE)
  if (bytes_ >= (4u << 20))
    madvise(data_, bytes_, MADV_HUGEPAGE);
#endif
  counter.bytes += bytes_;
  counter.allocations++;
}

Memory::Memory(Memory &&other) noexcept { *this = std::move(other); }

Memory &Memory::operator=(Memory &&other) noexcept {
  std::swap(counter_, other.counter_);
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

Memory::~Memory() {
  if (data_ == nullptr)
    return;
  munmap(data_, bytes_);
  counter_->bytes -= bytes_;
  counter_->allocations--;
}

} // namespace llmserving
