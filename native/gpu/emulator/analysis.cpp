#include "emulator/analysis.h"

#include <link.h>

#include <vector>

#include "emulator/findings.h"
#include "emulator/memory.h"

namespace llmserving {
namespace emulator {

bool watching;

namespace {

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

const char *verb(Access access) {
  switch (access) {
  case Access::Read:
    return "reads";
  case Access::Write:
    return "writes";
  default:
    return "atomically changes";
  }
}

[[noreturn]] void out_of_bounds(const void *address, uint32_t bytes, Access access, const void *pc) {
  report(Kind::OutOfBounds, pc, formatted("%s %u bytes at ", verb(access), bytes) + describe_address(address));
  abandon_block();
}

} // namespace

void check_access(const void *address, uint32_t bytes, Access access, const void *pc) {
  const Lane &lane = *machine.current;
  if (within(address, bytes, lane.stack.low, lane.stack.bytes))
    return;
  if (within(address, bytes, machine.shared, machine.launch.smem)) {
  } else if (Buffer *buffer = find_buffer(address); buffer != nullptr) {
    if (!within(address, bytes, buffer->base, buffer->bytes))
      out_of_bounds(address, bytes, access, pc);
    if (access != Access::Read && buffer->written != nullptr)
      set_bits(buffer->written, static_cast<size_t>(static_cast<const char *>(address) - buffer->base), bytes);
  } else {
    if (access == Access::Read && (within(address, bytes, machine.params, machine.param_bytes) ||
                                   read_only_data(reinterpret_cast<uintptr_t>(address))))
      return;
    out_of_bounds(address, bytes, access, pc);
  }
  if (bytes <= 16 && (bytes & (bytes - 1)) == 0 && reinterpret_cast<uintptr_t>(address) % bytes != 0)
    report(Kind::Misaligned, pc, formatted("%s %u bytes at ", verb(access), bytes) + describe_address(address));
}

void access_matrix_row(const void *row, const void *pc) { accessed(row, 16, Access::Read, pc); }
void count_ldmatrix(const Slot *) {}
void leave_plain_code() {}

} // namespace emulator
} // namespace llmserving
