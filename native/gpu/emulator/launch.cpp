// A launch: checks, then block after block.
#include <sys/mman.h>

#include <algorithm>
#include <cstring>

#include "emulator/analysis.h"
#include "emulator/findings.h"
#include "emulator/machine.h"
#include "emulator/machine_lock.h"
#include "emulator/memory.h"
#include "emulator/shadow.h"
#include "emulator/traffic.h"

namespace llmserving {
namespace emulator {

namespace {

char *new_arena() {
  size_t space = (MAX_SHARED + 4095) / 4096 * 4096;
  char *memory = static_cast<char *>(map_zeros(space + 2 * GUARD_SPACE));
  mprotect(memory, GUARD_SPACE, PROT_NONE);
  mprotect(memory + GUARD_SPACE + space, GUARD_SPACE, PROT_NONE);
  return memory + GUARD_SPACE;
}

} // namespace

Arena pooled_arena(size_t index) {
  static std::vector<Arena> arenas;
  while (arenas.size() <= index)
    arenas.push_back({new_arena(), static_cast<Cell *>(map_zeros((MAX_SHARED / 4 + 1) * sizeof(Cell)))});
  return arenas[index];
}

std::string objection(const gpu::Launch &launch, size_t param_bytes, const Kernel **kernel) {
  if (launch.kernel == nullptr)
    return "no kernel for these types and sizes";
  auto found = registry().find(launch.kernel);
  if (found == registry().end())
    return std::string("no kernel is called ") + launch.kernel;
  *kernel = &found->second;
  std::string name = std::string(launch.kernel) + ": ";
  if (param_bytes != found->second.param_bytes)
    return name + formatted("%zu bytes of parameters, not %zu", found->second.param_bytes, param_bytes);
  if (launch.threads == 0 || launch.threads % 32 != 0 || launch.threads > found->second.threads)
    return name + formatted("%u threads; it can be multiples of 32 up to %u", launch.threads, found->second.threads);
  if (launch.grid_x == 0 || launch.grid_y == 0 || launch.grid_z == 0 || launch.grid_x > 0x7fffffffu ||
      launch.grid_y > 65535 || launch.grid_z > 65535)
    return name + formatted("grid %u x %u x %u", launch.grid_x, launch.grid_y, launch.grid_z);
  if (launch.smem > MAX_SHARED)
    return name + formatted("%u bytes of shared memory", launch.smem);
  return "";
}

void start_machine(Report &report, const Options &options, bool together) {
  machine.report = &report;
  machine.options = options;
  machine.random = options.seed * 2654435769u + 1;
  machine.stopped = false;
  machine.together = together;
  start_analysis();
}

void place_block(uint64_t index) {
  const gpu::Launch &launch = machine.launch;
  machine.block[0] = static_cast<uint32_t>(index % launch.grid_x);
  machine.block[1] = static_cast<uint32_t>(index / launch.grid_x % launch.grid_y);
  machine.block[2] = static_cast<uint32_t>(index / launch.grid_x / launch.grid_y);
  memset(machine.shared, 0xff, launch.smem); // NaN in every format
  start_block_analysis();
}

namespace {

void prepare(const gpu::Launch &launch, const void *params, size_t param_bytes) {
  machine.params = params;
  machine.param_bytes = param_bytes;
  machine.launch = launch;
  machine.threads = launch.threads;
  machine.first_stack = 0;
  machine.shared = pooled_arena(0).memory;
  machine.shared_cells = pooled_arena(0).cells;
}

void run_at(uint64_t index) {
  machine.block_index = static_cast<uint32_t>(index);
  place_block(index);
  watching = machine.options.analysis != Analysis::None;
  run_block();
  watching = false;
  if (machine.options.traffic)
    count_rest();
}

// Blocks in an order of the schedule's: a stride coprime to their number visits each once.
void run_grid() {
  uint64_t blocks = static_cast<uint64_t>(machine.launch.grid_x) * machine.launch.grid_y * machine.launch.grid_z;
  uint64_t stride = 1, at = 0;
  if (machine.options.schedule == Schedule::Reverse) {
    at = blocks - 1;
    stride = blocks - 1;
  } else if (machine.options.schedule == Schedule::Random) {
    at = machine.random % blocks;
    stride = 1 + machine.random / 7 % blocks;
    while (std::__gcd(stride, blocks) != 1)
      stride++;
  }
  for (uint64_t done = 0; done < blocks && !machine.stopped; done++, at = (at + stride) % blocks)
    run_at(at);
}

} // namespace

Report launch(const gpu::Launch &launch, const void *params, size_t param_bytes, const Options &options) {
  std::lock_guard<std::recursive_mutex> lock(machine_lock());
  Report result;
  machine.report = &result;
  std::string refusal = objection(launch, param_bytes, &machine.kernel);
  if (!refusal.empty()) {
    report_launch(refusal);
    return result;
  }
  prepare(launch, params, param_bytes);
  start_machine(result, options, false);
  run_grid();
  return result;
}

uint32_t thread_x() { return machine.current->thread; }
uint32_t block_x() { return machine.block[0]; }
uint32_t block_y() { return machine.block[1]; }
uint32_t block_z() { return machine.block[2]; }
uint32_t grid_x() { return machine.launch.grid_x; }
uint32_t grid_y() { return machine.launch.grid_y; }
uint32_t grid_z() { return machine.launch.grid_z; }
uint32_t block_threads() { return machine.threads; }
void *shared_memory() { return machine.shared; }

} // namespace emulator
} // namespace llmserving
