// Memory of the library: aligned, counted per context.
#ifndef LLMSERVING_SUPPORT_MEMORY_H
#define LLMSERVING_SUPPORT_MEMORY_H

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace llmserving {

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

} // namespace llmserving

#endif
