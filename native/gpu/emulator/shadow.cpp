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

bool same_thread(const Touch &a, const Touch &b) { return a.block == b.block && a.thread == b.thread; }
bool same_warp(const Touch &a, const Touch &b) { return a.block == b.block && a.thread / 32 == b.thread / 32; }
bool same_epochs(const Touch &a, const Touch &b) {
  return a.block_epoch == b.block_epoch && a.warp_epoch == b.warp_epoch;
}

Touch touch_now(uint32_t pc, Access access) {
  uint32_t thread = machine.current->thread;
  bool atomic = access == Access::Atomic || access == Access::AtomicRead || access == Access::AtomicWrite;
  return {machine.block_index,
          pc,
          static_cast<uint16_t>(thread),
          static_cast<uint16_t>(machine.block_epoch),
          static_cast<uint16_t>(warp_of(thread).epoch),
          0,
          atomic};
}

void report_race(const void *address, uint32_t bytes, const char *what, const Touch &earlier, const char *did,
                 const void *pc) {
  std::string who = formatted("thread %u", static_cast<unsigned>(earlier.thread));
  if (earlier.block != machine.block_index)
    who += formatted(" of block %u", earlier.block) + origin_of(earlier.block);
  report(Kind::Race, pc,
         formatted("%s %u bytes at ", what, bytes) + describe_address(address) + " that " + who + " " + did + " at " +
             source_line(pc_at(earlier.pc)) + " with nothing to order the two");
}

bool conflicts(const Touch &earlier, const Touch &now) {
  return (earlier.bytes & now.bytes) != 0 && !(earlier.atomic && now.atomic) && !ordered(earlier);
}

// The first writer, or reader, that races with an access now; null where none does.
const Touch *racing_writer(const Cell &cell, const Touch &now) {
  return conflicts(cell.writer, now) ? &cell.writer : conflicts(cell.other_writer, now) ? &cell.other_writer : nullptr;
}
const Touch *racing_reader(const Cell &cell, const Touch &now) {
  if (conflicts(cell.reader, now))
    return &cell.reader;
  if (conflicts(cell.other_reader, now))
    return &cell.other_reader;
  bool others_of_warp = (cell.read_by_more & now.bytes) != 0 && same_thread(cell.reader, now) &&
                        same_epochs(cell.reader, now);
  return others_of_warp ? &cell.reader : nullptr;
}

void remember_reader(Cell &cell, Touch now) {
  Touch &last = cell.reader;
  if (last.bytes == 0 || !same_warp(last, now) || !same_epochs(last, now)) {
    if (last.bytes != 0 && !same_warp(last, now))
      cell.other_reader = last;
    cell.read_by_more = 0;
  } else if (same_thread(last, now)) {
    now.bytes |= last.bytes;
  } else {
    cell.read_by_more |= last.bytes & now.bytes;
    if ((last.bytes & now.bytes) == 0)
      cell.other_reader = last;
  }
  last = now;
}

void remember_writer(Cell &cell, Touch now) {
  Touch &last = cell.writer;
  if (same_thread(last, now) && same_epochs(last, now) && last.atomic == now.atomic)
    now.bytes |= last.bytes;
  else if ((last.bytes & ~now.bytes) != 0)
    cell.other_writer = last;
  last = now;
}

void judge_read(Cell &cell, const Touch &now, const void *address, uint32_t bytes, const void *pc) {
  if (const Touch *writer = racing_writer(cell, now))
    report_race(address, bytes, "reads", *writer, "wrote", pc);
  if (!now.atomic)
    remember_reader(cell, now);
}

void judge_write(Cell &cell, const Touch &now, const void *address, uint32_t bytes, const void *pc) {
  if (const Touch *reader = racing_reader(cell, now))
    report_race(address, bytes, "writes", *reader, "read", pc);
  const Touch *writer = racing_writer(cell, now);
  if (writer != nullptr && open_write.address == nullptr && bytes <= 16) {
    open_write = {static_cast<const char *>(address), bytes, {}, *writer, pc};
    memcpy(open_write.before, address, bytes);
  }
  remember_writer(cell, now);
}

} // namespace

void judge(Cell *cells, uint32_t stamp, const void *address, uint32_t bytes, Access access, const void *pc) {
  Touch now = touch_now(pc_index(pc), access);
  bool reading = access == Access::Read || access == Access::MatrixRow || access == Access::AtomicRead;
  each_cell(cells, stamp, address, bytes, [&](Cell &cell, uint8_t part) {
    now.bytes = part;
    if (reading)
      judge_read(cell, now, address, bytes, pc);
    else
      judge_write(cell, now, address, bytes, pc);
  });
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
