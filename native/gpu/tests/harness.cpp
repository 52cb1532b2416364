#include "harness.h"

#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>

#include "check.h"
#include "emulator/emulator.h"
#include "record.h"

namespace llmserving {
namespace gputest {

namespace {

std::set<const Memory *> &live() {
  static std::set<const Memory *> memories;
  return memories;
}

using Contents = std::vector<std::vector<uint8_t>>;

Contents contents() {
  Contents all;
  for (const Memory *memory : live()) {
    const uint8_t *bytes = static_cast<const uint8_t *>(memory->data());
    all.emplace_back(bytes, bytes + memory->bytes());
  }
  return all;
}

// Without marking anything as written.
void restore(const Contents &contents) {
  size_t i = 0;
  for (const Memory *memory : live()) {
    memcpy(memory->data(), contents[i].data(), contents[i].size());
    i++;
  }
}

void record_vector(const gpu::Launch &launch, const void *params, size_t param_bytes, const Contents &before,
                   const Contents &after) {
  std::vector<Snapshot> memory;
  size_t i = 0;
  for (const Memory *m : live()) {
    memory.push_back({m->data(), m->element(), &before[i], &after[i]});
    i++;
  }
  record(launch, params, param_bytes, memory);
}

// A kernel's accesses are checked before they take place; what still faults is a stack that overflowed, or the emulator.
void on_fault(int signal) {
  fprintf(stderr, "signal %d in %s\n", signal, emulator::running().c_str());
  _exit(1);
}

const bool catches_faults = [] {
  static char stack[64 * 1024];
  stack_t alternate = {};
  alternate.ss_sp = stack;
  alternate.ss_size = sizeof(stack);
  struct sigaction action = {};
  action.sa_handler = on_fault;
  action.sa_flags = SA_ONSTACK;
  return sigaltstack(&alternate, nullptr) == 0 && sigaction(SIGSEGV, &action, nullptr) == 0 &&
         sigaction(SIGBUS, &action, nullptr) == 0;
}();

struct Run {
  const char *name;
  emulator::Options options;
};

std::vector<Run> schedules() {
  using emulator::Analysis;
  using emulator::Schedule;
  return {{"forward", {Analysis::Full, Schedule::Forward, 1, 32, true}},
          {"reverse, waves of 64", {Analysis::Full, Schedule::Reverse, 1, 64, false}},
          {"random", {Analysis::Bounds, Schedule::Random, 7, 32, false}},
          {"one warp ahead", {Analysis::Bounds, Schedule::Ahead, 3, 32, false}}};
}

void append_to_file(const gpu::Launch &launch, const Traffic &t) {
  const char *path = getenv("LLMSERVING_TRAFFIC_FILE");
  if (path == nullptr || *path == 0 || launch.kernel == nullptr)
    return;
  std::string line = "{\"kernel\":\"" + std::string(launch.kernel) + "\"";
  auto add = [&](const char *name, uint64_t value) {
    line += std::string(",\"") + name + "\":" + std::to_string(value);
  };
  line += ",\"grid\":[" + std::to_string(launch.grid_x) + "," + std::to_string(launch.grid_y) + "," +
          std::to_string(launch.grid_z) + "]";
  add("threads", launch.threads);
  add("smem", launch.smem);
  add("load_bytes", t.load_bytes);
  add("load_sectors", t.load_sectors);
  add("load_requests", t.load_requests);
  add("wide_load_bytes", t.wide_load_bytes);
  add("unique_load_bytes", t.unique_load_bytes);
  add("store_bytes", t.store_bytes);
  add("store_sectors", t.store_sectors);
  add("store_requests", t.store_requests);
  add("unique_store_bytes", t.unique_store_bytes);
  add("shared_wavefronts", t.shared_wavefronts);
  add("shared_ideal", t.shared_ideal);
  add("ldmatrix_wavefronts", t.ldmatrix_wavefronts);
  add("ldmatrix_ideal", t.ldmatrix_ideal);
  add("barriers", t.barriers);
  add("mmas", t.mmas);
  FILE *file = fopen(path, "a");
  CHECK(file != nullptr, "cannot append to %s", path);
  if (file == nullptr)
    return;
  fprintf(file, "%s}\n", line.c_str()); // one write: test programs may run side by side
  fclose(file);
}

} // namespace

Memory::Memory(size_t bytes, vectors::Element element)
    : data_(emulator::allocate(bytes)), bytes_(bytes), element_(element) {
  if (data_ == nullptr) {
    printf("no memory for %zu bytes\n", bytes);
    exit(1);
  }
  live().insert(this);
}

Memory::Memory(const void *contents, size_t bytes, vectors::Element element) : Memory(bytes, element) {
  emulator::copy_in(data_, contents, bytes);
}

Memory::~Memory() {
  live().erase(this);
  emulator::release(data_);
}

void Memory::read(void *target) const {
  size_t missing = emulator::unwritten(data_, bytes_);
  CHECK(missing == 0, "%zu of %zu bytes were never written", missing, bytes_);
  emulator::copy_out(target, data_, bytes_);
}

Traffic run(const gpu::Launch &launch, const void *params, size_t param_bytes) {
  Contents before = contents(), first;
  emulator::Traffic counts = {};
  for (const Run &run : schedules()) {
    if (!first.empty())
      restore(before);
    emulator::Report report = emulator::launch(launch, params, param_bytes, run.options);
    CHECK(report.ok(), "%s schedule\n%s", run.name, report.text().c_str());
    if (!report.ok())
      return {};
    if (run.options.traffic)
      counts = report.traffic;
    Contents after = contents();
    if (first.empty())
      first = after;
    CHECK(after == first, "%s: other results under the schedule: %s", launch.kernel, run.name);
  }
  Traffic traffic;
  static_cast<emulator::Traffic &>(traffic) = counts;
  append_to_file(launch, traffic);
  if (is_recording())
    record_vector(launch, params, param_bytes, before, first);
  return traffic;
}

} // namespace gputest
} // namespace llmserving
