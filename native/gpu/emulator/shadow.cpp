#include "emulator/shadow.h"

#include <cstring>
#include <unordered_map>
#include <vector>

#include "emulator/findings.h"
#include "emulator/machine.h"
#include "emulator/sync.h"

namespace llmserving {
namespace emulator {

namespace {

// A write that conflicts with an earlier one: no race if it stores what is there already, which shows after it only.
struct OpenWrite {
  const char *address; // null: none
  uint32_t bytes;
  char before[16];
  Touch earlier;
  const void *pc;
};
OpenWrite open_write;

bool same_warp(const Touch &a, const Touch &b) { return a.block == b.block && a.thread / 32 == b.thread / 32; }

Touch touch_now(uint32_t pc, Access access) {
  uint32_t thread = machine.current->thread;
  return {machine.block_index,
          pc,
          static_cast<uint16_t>(thread),
          static_cast<uint16_t>(machine.block_epoch),
          static_cast<uint16_t>(warp_of(thread).epoch),
          access == Access::Atomic || access == Access::AtomicRead || access == Access::AtomicWrite};
}

void report_race(const void *address, uint32_t bytes, const char *what, const Touch &earlier, const char *did,
                 const void *pc) {
  std::string who = formatted("thread %u", static_cast<unsigned>(earlier.thread));
  if (earlier.block != machine.block_index)
    who += formatted(" of block %u", earlier.block);
  report(Kind::Race, pc,
         formatted("%s %u bytes at ", what, bytes) + describe_address(address) + " that " + who + " " + did + " at " +
             source_line(pc_at(earlier.pc)) + " with nothing to order the two");
}

bool conflicts(const Touch &earlier, const Touch &now) {
  return earlier.pc != 0 && !(earlier.atomic && now.atomic) && !ordered(earlier);
}

// The first reader that races with a write now; null where none does.
const Touch *racing_reader(const Cell &cell, const Touch &now) {
  if (conflicts(cell.reader, now))
    return &cell.reader;
  if (conflicts(cell.other_reader, now))
    return &cell.other_reader;
  bool others_of_warp = cell.several_readers && cell.reader.block == now.block && cell.reader.thread == now.thread &&
                        cell.reader.block_epoch == now.block_epoch && cell.reader.warp_epoch == now.warp_epoch;
  return others_of_warp ? &cell.reader : nullptr;
}

void remember_reader(Cell &cell, const Touch &now) {
  Touch &last = cell.reader;
  if (last.pc != 0 && last.thread == now.thread && last.block == now.block) {
    if (last.block_epoch != now.block_epoch || last.warp_epoch != now.warp_epoch)
      cell.several_readers = 0;
  } else if (last.pc != 0 && !same_warp(last, now)) {
    cell.other_reader = last;
    cell.several_readers = 0;
  } else {
    cell.several_readers = last.pc != 0 && last.block_epoch == now.block_epoch && last.warp_epoch == now.warp_epoch;
  }
  last = now;
}

void judge_read(Cell &cell, const Touch &now, const void *address, uint32_t bytes, const void *pc) {
  if (conflicts(cell.writer, now))
    report_race(address, bytes, "reads", cell.writer, "wrote", pc);
  if (!now.atomic)
    remember_reader(cell, now);
}

void judge_write(Cell &cell, const Touch &now, const void *address, uint32_t bytes, const void *pc) {
  if (const Touch *reader = racing_reader(cell, now))
    report_race(address, bytes, "writes", *reader, "read", pc);
  if (conflicts(cell.writer, now) && open_write.address == nullptr && bytes <= 16) {
    open_write = {static_cast<const char *>(address), bytes, {}, cell.writer, pc};
    memcpy(open_write.before, address, bytes);
  }
  cell.writer = now;
}

} // namespace

Cell &fresh(Cell &cell, uint32_t stamp) {
  if (cell.stamp != stamp) {
    memset(&cell, 0, sizeof(cell));
    cell.stamp = stamp;
  }
  return cell;
}

void judge(Cell *cells, uint32_t stamp, const void *address, uint32_t bytes, Access access, const void *pc) {
  Touch now = touch_now(pc_index(pc), access);
  uintptr_t start = reinterpret_cast<uintptr_t>(address) & ~uintptr_t{3};
  uintptr_t end = reinterpret_cast<uintptr_t>(address) + bytes;
  for (; start < end; start += 4, cells++) {
    Cell &cell = fresh(*cells, stamp);
    if (access == Access::Read || access == Access::MatrixRow || access == Access::AtomicRead)
      judge_read(cell, now, address, bytes, pc);
    else
      judge_write(cell, now, address, bytes, pc);
  }
}

void settle_write() {
  if (open_write.address == nullptr)
    return;
  OpenWrite write = open_write;
  open_write.address = nullptr;
  if (memcmp(write.before, write.address, write.bytes) != 0)
    report_race(write.address, write.bytes, "changes", write.earlier, "wrote", write.pc);
}

void forget_write() { open_write.address = nullptr; }

uint32_t next_stamp() {
  static uint32_t stamp;
  return ++stamp;
}

namespace {

std::vector<const void *> &pcs() {
  static std::vector<const void *> all = {nullptr};
  return all;
}

} // namespace

uint32_t pc_index(const void *pc) {
  struct Known {
    const void *pc;
    uint32_t index;
  };
  static Known recent[1024];
  static std::unordered_map<const void *, uint32_t> indices;
  Known &known = recent[reinterpret_cast<uintptr_t>(pc) * 0x9e3779b97f4a7c15u >> 54];
  if (known.pc != pc) {
    auto inserted = indices.insert({pc, static_cast<uint32_t>(pcs().size())});
    if (inserted.second)
      pcs().push_back(pc);
    known = {pc, inserted.first->second};
  }
  return known.index;
}

const void *pc_at(uint32_t index) { return pcs()[index]; }

bool ordered(const Touch &touch) {
  if (touch.block != machine.block_index)
    return acquired(touch);
  uint32_t thread = machine.current->thread;
  return touch.thread == thread || touch.block_epoch != static_cast<uint16_t>(machine.block_epoch) ||
         (touch.thread / 32u == thread / 32 && touch.warp_epoch != static_cast<uint16_t>(warp_of(thread).epoch));
}

} // namespace emulator
} // namespace llmserving
