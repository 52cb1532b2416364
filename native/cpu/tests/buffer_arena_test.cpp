// Buffers of an arena: zero, aligned, apart from each other, counted while they live.
#include <cstring>
#include <thread>
#include <vector>

#include "support/buffer_arena.h"
#include "tests/check.h"

using namespace llmserving;
using namespace llmserving_test;

namespace {

bool all(const Buffer &buffer, uint8_t value) {
  const uint8_t *p = static_cast<const uint8_t *>(buffer.data());
  for (size_t i = 0; i < buffer.bytes(); i++)
    if (p[i] != value)
      return false;
  return true;
}

void check_buffers(BufferArena &arena, MemoryCounter &counter, uint8_t mark) {
  std::vector<std::unique_ptr<Buffer>> buffers;
  uint64_t total = 0;
  for (size_t bytes : {size_t{0}, size_t{1}, size_t{63}, size_t{64}, size_t{65}, size_t{5} << 20, size_t{8} << 20, (size_t{8} << 20) + 1,
                       size_t{7} << 20, size_t{7} << 20, size_t{7} << 20, size_t{100}}) {
    buffers.push_back(arena.allocate(bytes));
    total += bytes;
    CHECK(reinterpret_cast<uintptr_t>(buffers.back()->data()) % 64 == 0, "%zu bytes are not aligned", bytes);
    CHECK(all(*buffers.back(), 0), "%zu bytes are not zero", bytes);
    std::memset(buffers.back()->data(), mark, bytes);
  }
  for (const auto &buffer : buffers)
    CHECK(all(*buffer, mark), "a buffer of %zu bytes was written by another", buffer->bytes());
  CHECK(mark != 1 || counter.bytes == total, "%llu bytes are counted, %llu live",
        static_cast<unsigned long long>(counter.bytes.load()), static_cast<unsigned long long>(total));
}

} // namespace

int main() {
  MemoryCounter counter;
  BufferArena arena(counter);
  check_buffers(arena, counter, 1);
  check_buffers(arena, counter, 1); // what the first left behind is not handed out again
  std::vector<std::thread> threads;
  for (uint8_t mark = 2; mark < 6; mark++)
    threads.emplace_back([&, mark] { check_buffers(arena, counter, mark); });
  for (std::thread &thread : threads)
    thread.join();
  CHECK(counter.bytes == 0 && counter.allocations == 0, "%llu bytes are still counted",
        static_cast<unsigned long long>(counter.bytes.load()));
  return finish();
}
