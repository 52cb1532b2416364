#include "emulator/memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <new>

#include "emulator/emulator.h"
#include "emulator/machine_lock.h"
#include "emulator/shadow.h"

namespace llmserving {
namespace emulator {

namespace {

size_t pages(size_t bytes) { return (bytes + 4095) / 4096 * 4096; }

std::map<uintptr_t, Buffer> buffers; // by start

// Buffers by the 64 KiB that an address lies in: guard space lets no two buffers share one.
struct Found {
  uintptr_t place;
  Buffer *buffer;
};
Found recent[256];
uint32_t allocations;

Buffer *inside(const void *address, size_t bytes) {
  Buffer *buffer = find_buffer(address);
  if (buffer == nullptr)
    return nullptr;
  return bytes <= static_cast<size_t>(buffer->base + buffer->bytes - static_cast<const char *>(address)) ? buffer : nullptr;
}

void mark_written(Buffer &buffer, const void *start, size_t bytes) {
  if (buffer.written != nullptr)
    set_bits(buffer.written, static_cast<size_t>(static_cast<const char *>(start) - buffer.base), bytes);
}

} // namespace

void *map_zeros(size_t bytes) {
  constexpr int FLAGS = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  void *memory = mmap(nullptr, pages(bytes), PROT_READ | PROT_WRITE, FLAGS, -1, 0);
  if (memory == MAP_FAILED)
    throw std::bad_alloc();
  return memory;
}

void set_bits(uint8_t *map, size_t start, size_t count) {
  for (; count > 0 && start % 8 != 0; start++, count--)
    map[start / 8] |= static_cast<uint8_t>(1u << (start % 8));
  memset(map + start / 8, 0xff, count / 8);
  start += count / 8 * 8;
  if (count % 8 != 0)
    map[start / 8] |= static_cast<uint8_t>((1u << (count % 8)) - 1);
}

bool all_bits(const uint8_t *map, size_t start, size_t count) {
  for (size_t bit = start; bit < start + count; bit++)
    if ((map[bit / 8] >> (bit % 8) & 1) == 0)
      return false;
  return true;
}

Buffer *find_buffer(const void *address) {
  uintptr_t at = reinterpret_cast<uintptr_t>(address);
  Found &found = recent[at / GUARD_SPACE % 256];
  if (found.buffer != nullptr && found.place == at / GUARD_SPACE &&
      at - reinterpret_cast<uintptr_t>(found.buffer->base) < found.buffer->bytes)
    return found.buffer;
  auto next = buffers.upper_bound(at);
  if (next == buffers.begin())
    return nullptr;
  Buffer &buffer = std::prev(next)->second;
  if (at - reinterpret_cast<uintptr_t>(buffer.base) >= buffer.bytes)
    return nullptr;
  found = {at / GUARD_SPACE, &buffer};
  return &buffer;
}

Buffer *nearest_buffer(const void *address) {
  uintptr_t at = reinterpret_cast<uintptr_t>(address);
  auto next = buffers.upper_bound(at);
  Buffer *below = next == buffers.begin() ? nullptr : &std::prev(next)->second;
  Buffer *above = next == buffers.end() ? nullptr : &next->second;
  if (below == nullptr || above == nullptr)
    return below == nullptr ? above : below;
  uintptr_t end = reinterpret_cast<uintptr_t>(below->base + below->bytes);
  return at < end || at - end <= reinterpret_cast<uintptr_t>(above->base) - at ? below : above;
}

Cell *cells_of(Buffer &buffer) {
  if (buffer.cells == nullptr) {
    buffer.cells_mapped = (buffer.bytes / 4 + 1) * sizeof(Cell);
    buffer.cells = static_cast<Cell *>(map_zeros(buffer.cells_mapped));
  }
  return buffer.cells;
}

void *allocate(size_t bytes, bool tracked) {
  std::lock_guard<std::recursive_mutex> lock(machine_lock());
  size_t space = 2 * GUARD_SPACE + pages(std::max<size_t>(bytes, 1));
  void *memory = mmap(nullptr, space, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return nullptr;
  Buffer buffer = {};
  buffer.base = static_cast<char *>(memory) + GUARD_SPACE;
  buffer.bytes = bytes;
  buffer.mapped = space;
  if (mprotect(buffer.base, space - 2 * GUARD_SPACE, PROT_READ | PROT_WRITE) != 0) {
    munmap(memory, space);
    return nullptr;
  }
  buffer.number = ++allocations;
  if (tracked) {
    buffer.written_mapped = bytes / 8 + 8;
    buffer.written = static_cast<uint8_t *>(map_zeros(buffer.written_mapped));
  }
  buffers[reinterpret_cast<uintptr_t>(buffer.base)] = buffer;
  return buffer.base;
}

void release(void *memory) {
  std::lock_guard<std::recursive_mutex> lock(machine_lock());
  auto found = buffers.find(reinterpret_cast<uintptr_t>(memory));
  if (found == buffers.end())
    return;
  Buffer &buffer = found->second;
  if (buffer.written != nullptr)
    munmap(buffer.written, pages(buffer.written_mapped));
  if (buffer.cells != nullptr)
    munmap(buffer.cells, pages(buffer.cells_mapped));
  munmap(buffer.base - GUARD_SPACE, buffer.mapped);
  buffers.erase(found);
  memset(recent, 0, sizeof(recent));
}

bool copy_in(void *device, const void *host, size_t bytes) {
  std::lock_guard<std::recursive_mutex> lock(machine_lock());
  Buffer *buffer = inside(device, bytes);
  if (buffer == nullptr)
    return bytes == 0;
  memcpy(device, host, bytes);
  mark_written(*buffer, device, bytes);
  return true;
}

bool copy_out(void *host, const void *device, size_t bytes) {
  std::lock_guard<std::recursive_mutex> lock(machine_lock());
  if (inside(device, bytes) == nullptr)
    return bytes == 0;
  memcpy(host, device, bytes);
  return true;
}

bool copy(void *target, const void *source, size_t bytes) {
  std::lock_guard<std::recursive_mutex> lock(machine_lock());
  Buffer *to = inside(target, bytes), *from = inside(source, bytes);
  if (to == nullptr || from == nullptr)
    return bytes == 0;
  memmove(target, source, bytes);
  mark_written(*to, target, bytes);
  return true;
}

bool fill(void *device, int byte, size_t bytes) {
  std::lock_guard<std::recursive_mutex> lock(machine_lock());
  Buffer *buffer = inside(device, bytes);
  if (buffer == nullptr)
    return bytes == 0;
  memset(device, byte, bytes);
  mark_written(*buffer, device, bytes);
  return true;
}

size_t unwritten(const void *device, size_t bytes) {
  std::lock_guard<std::recursive_mutex> lock(machine_lock());
  Buffer *buffer = inside(device, bytes);
  if (buffer == nullptr || buffer->written == nullptr)
    return 0;
  size_t start = static_cast<size_t>(static_cast<const char *>(device) - buffer->base), count = 0;
  for (size_t i = start; i < start + bytes; i++)
    count += (buffer->written[i / 8] >> (i % 8) & 1) == 0;
  return count;
}

} // namespace emulator
} // namespace llmserving
