#include "support/memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <new>
#include <utility>

namespace llmserving {

namespace {

void *map(size_t bytes) {
  void *data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED)
    throw std::bad_alloc();
  return data;
}

// Starts at a huge page, so that all but the end can lie on such.
void *map_huge(size_t bytes) {
  size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE)), whole = (bytes + page - 1) / page * page;
  uint8_t *data = static_cast<uint8_t *>(map(whole + kHugePage));
  size_t before = (kHugePage - reinterpret_cast<uintptr_t>(data) % kHugePage) % kHugePage;
  if (before > 0)
    munmap(data, before);
  munmap(data + before + whole, kHugePage - before);
#if defined(MADV_HUGEPAGE)
  madvise(data + before, whole, MADV_HUGEPAGE);
#endif
  return data + before;
}

} // namespace

// Pages straight from the kernel: zero, aligned, and given back at once when freed. Huge pages where the kernel likes.
Memory::Memory(MemoryCounter &counter, size_t bytes) : counter_(&counter), bytes_(bytes == 0 ? 64 : bytes) {
  data_ = bytes_ < kHugePage ? map(bytes_) : map_huge(bytes_);
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
