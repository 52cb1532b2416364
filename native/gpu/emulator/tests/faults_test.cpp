// What the emulator is for: every kind of bug is found, where it is, and the same kernel without it passes in silence.
#include "faults.h"

#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "emulator/emulator.h"
#include "harness.h"

using namespace llmserving;
using namespace llmserving::gputest;

namespace {

constexpr int32_t BLOCKS = 4;

struct Case {
  const char *name;
  uint32_t blocks, threads, smem;
  int32_t count;
  emulator::Kind kind;
  uint64_t total; // findings; 0: any number
};

using emulator::Kind;
const Case CASES[] = {
    {"shared_race", BLOCKS, 1024, 32 * 33 * 4, BLOCKS * 1024, Kind::Race, 0},
    {"reuse_race", 1, 64, 256, 192, Kind::Race, 0},
    {"block_race", BLOCKS, 64, 0, BLOCKS * 64, Kind::Race, 0},
    {"ticket", BLOCKS, 32, 4, 32, Kind::Race, 0},
    {"warp_race", 1, 32, 128, 32, Kind::Race, 48},
    {"read_past_end", BLOCKS, 32, 0, 100, Kind::OutOfBounds, 1},
    {"write_past_end", BLOCKS, 32, 0, 100, Kind::OutOfBounds, 1},
    {"shared_overrun", BLOCKS, 32, 128, BLOCKS * 32, Kind::OutOfBounds, BLOCKS},
    {"uninitialized", BLOCKS, 32, 128, BLOCKS * 32, Kind::Uninitialized, 2 * BLOCKS},
    {"unwritten_global", BLOCKS, 32, 0, BLOCKS * 32, Kind::Uninitialized, 32 * BLOCKS},
    {"divergent_barrier", 1, 64, 0, 64, Kind::Divergence, 1},
    {"divergent_collective", 1, 32, 0, 32, Kind::Divergence, 1},
    {"exited_lane", 1, 32, 0, 32, Kind::Divergence, 1},
    {"exited_warp", 1, 64, 0, 64, Kind::Divergence, 1},
    {"copy_not_awaited", 1, 32, 512, 128, Kind::InFlight, 32},
    {"copy_without_barrier", 1, 32, 512, 128, Kind::Race, 0},
    {"misaligned", 1, 32, 0, 32, Kind::Misaligned, 1},
    {"spinning", 2, 32, 0, 32, Kind::Deadlock, 1},
};

emulator::Options options(emulator::Schedule schedule, uint32_t wave) {
  emulator::Options o;
  o.schedule = schedule;
  o.wave = wave;
  o.traffic = true;
  return o;
}

emulator::Report launch(const std::string &kernel, const Case &c, const emulator::Options &o) {
  size_t count = static_cast<size_t>(c.count);
  Array<float> input(std::vector<float>(count, 2.0f)), output(count), partial(count);
  Array<uint32_t> ticket(std::vector<uint32_t>(1, 0));
  FaultParams p = {input.data(), output.data(), partial.data(), ticket.data(), c.count};
  return emulator::launch({kernel.c_str(), c.blocks, 1, 1, c.threads, c.smem}, &p, sizeof(p), o);
}

bool has(const emulator::Report &report, Kind kind) {
  for (const emulator::Finding &finding : report.findings)
    if (finding.kind == kind)
      return true;
  return false;
}

// Under all schedules: the rules look at order that synchronization gives, not at what happened to come first.
void test_case(const Case &c) {
  using emulator::Schedule;
  for (Schedule schedule : {Schedule::Forward, Schedule::Reverse, Schedule::Random, Schedule::Ahead})
    for (uint32_t wave : {32u, 64u}) {
      emulator::Report fault = launch(std::string("fault_") + c.name, c, options(schedule, wave));
      emulator::Report clean = launch(std::string("clean_") + c.name, c, options(schedule, wave));
      CHECK(has(fault, c.kind), "%s, schedule %d:\n%s", c.name, static_cast<int>(schedule),
            fault.text().c_str());
      CHECK(c.total == 0 || fault.total == c.total, "%s, schedule %d: %llu findings", c.name, static_cast<int>(schedule),
            static_cast<unsigned long long>(fault.total));
      CHECK(fault.text().find("faults.cu:") != std::string::npos, "%s", fault.text().c_str());
      CHECK(clean.ok(), "%s, schedule %d:\n%s", c.name, static_cast<int>(schedule), clean.text().c_str());
    }
}

// Without full analysis, what would hurt the process is still found.
void test_bounds_only() {
  for (const Case &c : CASES) {
    emulator::Options o;
    o.analysis = emulator::Analysis::Bounds;
    emulator::Report fault = launch(std::string("fault_") + c.name, c, o);
    bool fatal = c.kind == Kind::OutOfBounds || c.kind == Kind::Misaligned || c.kind == Kind::Divergence;
    CHECK(!fatal || has(fault, c.kind), "%s", c.name);
  }
}

void test_texts() {
  const Case &c = CASES[6];
  std::string text = launch("fault_write_past_end", c, {}).text();
  for (const char *part : {"fault_write_past_end", "block (3, 0, 0), thread 4", "writes 4 bytes",
                           "0 bytes past the end of buffer", "400 bytes, parameter at +8"})
    CHECK(text.find(part) != std::string::npos, "\"%s\" not in %s", part, text.c_str());
  text = launch("clean_nothing", c, {}).text();
  CHECK(text.find("no kernel is called clean_nothing") != std::string::npos, "%s", text.c_str());
}

emulator::Traffic count(const char *kernel, uint32_t threads, uint32_t smem, int32_t floats) {
  Case c = {kernel, 1, threads, smem, floats, Kind::Launch, 0};
  emulator::Report report = launch(kernel, c, options(emulator::Schedule::Random, 32));
  CHECK(report.ok(), "%s", report.text().c_str());
  return report.traffic;
}

void test_counts() {
  emulator::Traffic t = count("count_transpose_32", 1024, 32 * 32 * 4, 1024);
  CHECK(t.shared_wavefronts == 32 + 32 * 32 && t.shared_ideal == 64, "%llu of %llu",
        static_cast<unsigned long long>(t.shared_wavefronts), static_cast<unsigned long long>(t.shared_ideal));
  t = count("count_transpose_33", 1024, 32 * 33 * 4, 1024);
  CHECK(t.shared_wavefronts == t.shared_ideal && t.shared_ideal == 64, "padded");
  CHECK(t.load_requests == 32 && t.load_sectors == 128 && t.barriers == 1, "padded");
  t = count("count_stride_8", 32, 0, 256);
  CHECK(t.load_sectors == 32 && t.load_bytes == 128 && t.load_requests == 1, "stride: 12.5 %%");
  CHECK(t.unique_load_bytes == 128, "stride");
  t = count("count_vectors", 32, 0, 128);
  CHECK(t.load_sectors == 16 && t.load_requests == 1 && t.load_bytes == 512, "16 bytes per lane");
  CHECK(t.store_sectors == 16 && t.store_requests == 1 && t.unique_store_bytes == 512, "16 bytes per lane");
}

// Launches may come from any thread of the process, at the same time: they take turns.
void test_threads() {
  Array<float> input(std::vector<float>(1024, 2.0f)), first(1024), second(1024);
  std::string texts[2];
  auto work = [&](Array<float> &output, std::string &text) {
    FaultParams p = {input.data(), output.data(), nullptr, nullptr, 1024};
    for (int round = 0; round < 20; round++)
      text += emulator::launch({"clean_shared_race", 1, 1, 1, 1024, 32 * 33 * 4}, &p, sizeof(p)).text();
  };
  std::thread one([&] { work(first, texts[0]); }), other([&] { work(second, texts[1]); });
  one.join();
  other.join();
  CHECK(texts[0].empty() && texts[1].empty(), "%s%s", texts[0].c_str(), texts[1].c_str());
  CHECK(first.read() == input.read() && second.read() == input.read(), "results of launches from two threads");
}

// Runs of different schedules have to agree: the harness compares. (Its failure is counted, and taken back.)
void test_order() {
  int before = llmserving_test::failures;
  printf("Three failures that are meant:\n");
  std::vector<float> zeros(64);
  Array<float> output(zeros);
  Array<uint32_t> ticket(std::vector<uint32_t>(1, 0));
  run({"order_dependent", 1, 1, 1, 64, 0}, FaultParams{nullptr, output.data(), nullptr, ticket.data(), 0});
  bool noticed = llmserving_test::failures > before;
  llmserving_test::failures = before;
  CHECK(noticed, "results of different orders were taken for the same");
}

} // namespace

int main() {
  for (const Case &c : CASES)
    test_case(c);
  test_bounds_only();
  test_texts();
  test_counts();
  test_threads();
  test_order();
  return llmserving_test::finish();
}
