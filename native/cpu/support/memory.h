// Memory of the library: aligned, counted per context.
#ifndef LLMSERVING_SUPPORT_MEMORY_H
#define LLMSERVING_SUPPORT_MEMORY_H

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace llmserving {

constexpr size_t kHugePage = size_t{2} << 20;

struct MemoryCounter {
  std::atomic<uint64_t> bytes{0}, allocations{0};
};

// 64-byte aligned zeroed memory that a counter knows. Throws std::bad_alloc.
class Memory {
public:
  Memory() = default;
  Memory(MemoryCounter &counter, size_t bytes);
  Memory(Memory &&other) noexcept;
  Memory &operator=(Memory &&other) noexcept;
  ~Memory();

  void *data() const { return data_; }
  template <class T> T *as() const { return static_cast<T *>(data_); }
  size_t bytes() const { return bytes_; }

private:
  MemoryCounter *counter_ = nullptr;
  void *data_ = nullptr;
  size_t bytes_ = 0;
};

// Counts an object, or what it owns otherwise, as an allocation for as long as it lives.
class Counted {
public:
  Counted(MemoryCounter &counter, size_t bytes) : counter_(counter), bytes_(bytes) {
    counter_.bytes += bytes_;
    counter_.allocations++;
  }
  Counted(const Counted &) = delete;
  Counted &operator=(const Counted &) = delete;
  ~Counted() {
    counter_.bytes -= bytes_;
    counter_.allocations--;
  }

  // Now that more is known of it.
  void add(size_t bytes) {
    bytes_ += bytes;
    counter_.bytes += bytes;
  }

private:
  MemoryCounter &counter_;
  size_t bytes_;
};

} // namespace llmserving

#endif
