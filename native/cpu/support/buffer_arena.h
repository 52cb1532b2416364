// Buffers that live long, such as a model's weights. Many of them are smaller than a huge page: they lie one after the
// other in large pieces of memory, because reads of small pages spend a third of a processor's bandwidth on translating
// addresses.
#ifndef LLMSERVING_SUPPORT_BUFFER_ARENA_H
#define LLMSERVING_SUPPORT_BUFFER_ARENA_H

#include <memory>
#include <mutex>

#include "support/memory.h"

namespace llmserving {

// 64-byte aligned zeroed memory. Its piece of the arena is given back with the last buffer in it.
class Buffer {
public:
  Buffer(MemoryCounter &counter, std::shared_ptr<Memory> piece, size_t offset, size_t bytes)
      : piece_(std::move(piece)), offset_(offset), bytes_(bytes), counted_(counter, bytes) {}

  void *data() const { return piece_->as<uint8_t>() + offset_; }
  size_t bytes() const { return bytes_; }

private:
  std::shared_ptr<Memory> piece_;
  size_t offset_, bytes_;
  Counted counted_;
};

// Any number of threads may allocate. Buffers count in `counter`, as long as they live. Throws std::bad_alloc.
class BufferArena {
public:
  explicit BufferArena(MemoryCounter &counter) : counter_(counter) {}
  std::unique_ptr<Buffer> allocate(size_t bytes);

private:
  MemoryCounter &counter_;
  MemoryCounter pieces_; // what buffers share; nobody asks for it
  std::mutex lock_;
  std::shared_ptr<Memory> piece_; // that the next buffer may lie in
  size_t used_ = 0;
};

} // namespace llmserving

#endif
