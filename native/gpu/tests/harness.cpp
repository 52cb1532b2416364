#include "harness.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>

#include "check.h"
#include "emulator/emulator.h"

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

} // namespace

Memory::Memory(size_t bytes) : data_(emulator::allocate(bytes)), bytes_(bytes) {
  if (data_ == nullptr) {
    printf("no memory for %zu bytes\n", bytes);
    exit(1);
  }
  live().insert(this);
}

Memory::Memory(const void *contents, size_t bytes) : Memory(bytes) { emulator::copy_in(data_, contents, bytes); }

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
      break;
    if (run.options.traffic)
      counts = report.traffic;
    Contents after = contents();
    if (first.empty())
      first = after;
    CHECK(after == first, "%s: other results under the schedule: %s", launch.kernel, run.name);
  }
  Traffic traffic = {};
  traffic.barriers = counts.barriers;
  traffic.mmas = counts.mmas;
  return traffic;
}

} // namespace gputest
} // namespace llmserving
