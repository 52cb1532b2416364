// What is remembered of every four bytes of memory during a launch, and what it says about the next access.
//
// Two accesses race if their threads differ, one of them writes, not both are atomic, and nothing orders them: in a warp
// a warp_sync, in a block a block_sync, between blocks a release and an acquire (sync.h). Time plays no part in it: that
// threads and blocks run one after another here cannot hide a race. Threads may write the same value to the same place.
#ifndef LLMSERVING_GPU_EMULATOR_SHADOW_H
#define LLMSERVING_GPU_EMULATOR_SHADOW_H

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "emulator/analysis.h"

namespace llmserving {
namespace emulator {

struct Touch {
  uint32_t block;
  uint32_t pc; // index of the code's address, pc_index; 0: nobody yet
  uint16_t thread, block_epoch, warp_epoch;
  uint8_t bytes; // which of the cell's four
  uint8_t atomic;
};

// Of writers and readers the last two are remembered where they touched different bytes or, readers, where the other is
// of another warp or block.
struct Cell {
  uint32_t stamp;          // of the launch, or of the block for shared memory; where it is old the rest counts as zero
  uint8_t loaded, stored;  // which bytes, in this launch
  uint8_t written;         // shared memory: which bytes hold a value
  uint8_t in_flight : 1;   // an asynchronous copy is on its way here
  uint8_t read_by_more : 4; // bytes that more lanes of reader's warp than reader have read, in the same epochs
  Touch writer, other_writer;
  Touch reader, other_reader;
};

// Calls visit(cell, its bytes in the access) for the cells of an access, of which the first is given, zeroed where they
// are of an earlier time.
template <class Visit> void each_cell(Cell *cells, uint32_t stamp, const void *address, uint32_t bytes, Visit visit) {
  uintptr_t start = reinterpret_cast<uintptr_t>(address), end = start + bytes;
  for (uintptr_t word = start & ~uintptr_t{3}; word < end; word += 4, cells++) {
    if (cells->stamp != stamp) {
      memset(static_cast<void *>(cells), 0, sizeof(Cell));
      cells->stamp = stamp;
    }
    uint32_t from = start > word ? static_cast<uint32_t>(start - word) : 0;
    uint32_t to = end < word + 4 ? static_cast<uint32_t>(end - word) : 4;
    visit(*cells, static_cast<uint8_t>((1u << to) - (1u << from)));
  }
}

// Judges an access to [address, address + bytes), whose first cell is given, and remembers it.
void judge(Cell *cells, uint32_t stamp, const void *address, uint32_t bytes, Access access, const void *pc);

// Judges what judge had to leave open: whether the last write changed the value.
void settle_write();
void forget_write();

// A stamp that no cell has yet.
uint32_t next_stamp();

// Small numbers for addresses of code, from 1.
uint32_t pc_index(const void *pc);
const void *pc_at(uint32_t index);

// Whether what `touch` tells of happened before whatever the running lane does now.
bool ordered(const Touch &touch);

} // namespace emulator
} // namespace llmserving

#endif
