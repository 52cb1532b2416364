// Device memory: one mapping per allocation, with address space on both sides that nothing may touch.
#ifndef LLMSERVING_GPU_EMULATOR_MEMORY_H
#define LLMSERVING_GPU_EMULATOR_MEMORY_H

#include <cstddef>
#include <cstdint>

namespace llmserving {
namespace emulator {

constexpr size_t GUARD_SPACE = 64 * 1024;

struct Cell;

struct Buffer {
  char *base;
  size_t bytes;
  uint32_t number;  // in the order of allocation
  uint8_t *written; // one bit per byte; null: all counts as written
  Cell *cells;      // who touched what, one per four bytes; null until a launch is analysed
  size_t mapped, written_mapped, cells_mapped;
};

// The allocation that [address, address + bytes) starts in or, where it starts in none, null.
Buffer *find_buffer(const void *address);
// The allocation nearest to an address, for reports; null where there are none.
Buffer *nearest_buffer(const void *address);
Cell *cells_of(Buffer &buffer);

// Zeroed address space, filled by use; throws std::bad_alloc.
void *map_zeros(size_t bytes);

// [start, start + count) of a bit map.
void set_bits(uint8_t *map, size_t start, size_t count);
bool all_bits(const uint8_t *map, size_t start, size_t count);

} // namespace emulator
} // namespace llmserving

#endif
