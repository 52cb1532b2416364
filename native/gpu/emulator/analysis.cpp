#include "emulator/analysis.h"

#include <link.h>

#include <vector>

#include "emulator/findings.h"
#include "emulator/memory.h"
#include "emulator/shadow.h"
#include "emulator/sync.h"
#include "emulator/traffic.h"

namespace llmserving {
namespace emulator {

bool watching;

namespace {

uint32_t launch_stamp;

struct Range {
  uintptr_t start, end;
};

int collect_read_only(dl_phdr_info *info, size_t, void *ranges) {
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) &segment = info->dlpi_phdr[i];
    bool constant = (segment.p_type == PT_LOAD && (segment.p_flags & PF_W) == 0) || segment.p_type == PT_GNU_RELRO;
    if (constant)
      static_cast<std::vector<Range> *>(ranges)->push_back(
          {info->dlpi_addr + segment.p_vaddr, info->dlpi_addr + segment.p_vaddr + segment.p_memsz});
  }
  return 0;
}

// Tables and literals of the program.
bool read_only_data(uintptr_t address) {
  static const std::vector<Range> ranges = [] {
    std::vector<Range> found;
    dl_iterate_phdr(collect_read_only, &found);
    return found;
  }();
  for (const Range &range : ranges)
    if (address >= range.start && address < range.end)
      return true;
  return false;
}

bool within(const void *address, uint32_t bytes, const void *start, size_t size) {
  uintptr_t offset = reinterpret_cast<uintptr_t>(address) - reinterpret_cast<uintptr_t>(start);
  return offset < size && bytes <= size - offset;
}

bool reads(Access access) {
  return access == Access::Read || access == Access::AtomicRead || access == Access::MatrixRow;
}
// What addresses shared memory alone.
bool of_shared(Access access) {
  return access == Access::MatrixRow || access == Access::Copy || access == Access::Landing;
}

std::string doing(const void *address, uint32_t bytes, Access access) {
  bool atomic = access == Access::Atomic || access == Access::AtomicRead || access == Access::AtomicWrite;
  const char *verb = atomic ? "atomically accesses" : reads(access) ? "reads" : "writes";
  return formatted("%s %u bytes at ", verb, bytes) + describe_address(address);
}

[[noreturn]] void impossible(Kind kind, const void *address, uint32_t bytes, Access access, const void *pc) {
  report(kind, pc, doing(address, bytes, access));
  abandon_block();
}

void check_alignment(const void *address, uint32_t bytes, Access access, const void *pc) {
  if (bytes <= 16 && (bytes & (bytes - 1)) == 0 && reinterpret_cast<uintptr_t>(address) % bytes != 0)
    impossible(Kind::Misaligned, address, bytes, access, pc);
}

void watch_shared(const void *address, uint32_t bytes, Access access, const void *pc) {
  Cell *cells = machine.shared_cells + (static_cast<const char *>(address) - machine.shared) / 4;
  bool missing = false, in_flight = false;
  each_cell(cells, machine.shared_stamp, address, bytes, [&](Cell &cell, uint8_t part) {
    in_flight |= cell.in_flight && access != Access::Landing;
    missing |= (cell.written & part) != part;
    if (access == Access::Copy) {
      cell.written = 0;
      cell.in_flight = 1;
    } else if (!reads(access)) {
      cell.written |= part;
      cell.in_flight = 0;
    }
  });
  if (in_flight)
    report(Kind::InFlight, pc, doing(address, bytes, access) + ", where an asynchronous copy is under way");
  else if (missing && (reads(access) || access == Access::Atomic))
    report(Kind::Uninitialized, pc, doing(address, bytes, access) + ", which nobody wrote");
  judge(cells, machine.shared_stamp, address, bytes, access, pc);
}

void watch_global(Buffer &buffer, const void *address, uint32_t bytes, Access access, const void *pc) {
  size_t offset = static_cast<size_t>(static_cast<const char *>(address) - buffer.base);
  Cell *cells = cells_of(buffer) + offset / 4;
  Traffic &traffic = machine.report->traffic;
  each_cell(cells, launch_stamp, address, bytes, [&](Cell &cell, uint8_t part) {
    uint8_t &before = reads(access) ? cell.loaded : cell.stored;
    uint64_t &unique = reads(access) ? traffic.unique_load_bytes : traffic.unique_store_bytes;
    unique += static_cast<uint64_t>(__builtin_popcount(part & ~before));
    before |= part;
  });
  if (buffer.written != nullptr) {
    if ((reads(access) || access == Access::Atomic) && !all_bits(buffer.written, offset, bytes))
      report(Kind::Uninitialized, pc, doing(address, bytes, access) + ", which nobody wrote");
    if (!reads(access))
      set_bits(buffer.written, offset, bytes);
  }
  judge(cells, launch_stamp, address, bytes, access, pc);
}

} // namespace

void check_access(const void *address, uint32_t bytes, Access access, const void *pc) {
  const Lane &lane = *machine.current;
  if (within(address, bytes, lane.stack.low, lane.stack.bytes) && !of_shared(access))
    return;
  bool full = machine.options.analysis == Analysis::Full;
  if (full)
    settle_write();
  if (within(address, bytes, machine.shared, machine.launch.smem)) {
    check_alignment(address, bytes, access, pc);
    if (machine.options.traffic && access != Access::Landing && access != Access::MatrixRow)
      count_shared(address, bytes, pc);
    if (full)
      watch_shared(address, bytes, access, pc);
  } else if (Buffer *buffer = find_buffer(address); buffer != nullptr) {
    if (of_shared(access) || !within(address, bytes, buffer->base, buffer->bytes))
      impossible(Kind::OutOfBounds, address, bytes, access, pc);
    check_alignment(address, bytes, access, pc);
    if (machine.options.traffic && (access == Access::Read || access == Access::Write))
      count_global(address, bytes, access == Access::Write, pc);
    if (full)
      watch_global(*buffer, address, bytes, access, pc);
  } else {
    bool constant = reads(access) && (within(address, bytes, machine.params, machine.param_bytes) ||
                                      read_only_data(reinterpret_cast<uintptr_t>(address)));
    if (!constant)
      impossible(Kind::OutOfBounds, address, bytes, access, pc);
  }
}

void leave_plain_code() {
  if (machine.options.analysis == Analysis::Full)
    settle_write();
}

void start_analysis() {
  forget_launch();
  if (machine.options.analysis == Analysis::Full)
    launch_stamp = next_stamp();
}

void start_block_analysis() {
  if (machine.options.analysis != Analysis::Full)
    return;
  machine.shared_stamp = next_stamp();
  if (!machine.together)
    forget_block();
  forget_write();
}

} // namespace emulator
} // namespace llmserving
