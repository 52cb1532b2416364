// Cases of check-on-gpu, at small shapes in the emulator: every kernel has one at the model's shapes, none does what it must
// not, and where LLMSERVING_TRAFFIC_FILE is set a line of JSON tells what each moved, to be held to what it says it has to.
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>

#include "check.h"
#include "check/placed_case.h"
#include "emulator/emulator.h"

using namespace llmserving;

namespace {

std::set<std::string> kernels_of(const Sizes &sizes) {
  std::set<std::string> kernels;
  for (const CaseFamily &family : case_families()) {
    std::vector<Case> cases;
    family.add(sizes, cases);
    size_t launchable = 0;
    for (const Case &c : cases)
      if (c.launch.kernel != nullptr) {
        kernels.insert(c.launch.kernel);
        launchable++;
        CHECK(c.bytes > 0, "%s, %s: no bytes", c.launch.kernel, c.shape.c_str());
      }
    CHECK(launchable > 0, "%s: no case", family.title);
  }
  return kernels;
}

void record(const Case &c, const emulator::Traffic &traffic) {
  const char *path = getenv("LLMSERVING_TRAFFIC_FILE");
  FILE *file = path == nullptr ? nullptr : fopen(path, "a");
  if (file == nullptr)
    return;
  fprintf(file, "{\"kernel\":\"%s\",\"shape\":\"%s\",\"least_bytes\":%.0f,\"unique_load_bytes\":%llu,\"unique_store_bytes\":%llu}\n",
          c.launch.kernel, c.shape.c_str(), c.bytes, static_cast<unsigned long long>(traffic.unique_load_bytes),
          static_cast<unsigned long long>(traffic.unique_store_bytes));
  fclose(file);
}

void run(Stage &stage, const Case &c) {
  PlacedCase placed(stage, c);
  emulator::Options options;
  options.traffic = true;
  emulator::Report report = emulator::launch(c.launch, placed.params().data(), placed.params().size(), options);
  CHECK(report.ok(), "%s, %s\n%s", c.launch.kernel, c.shape.c_str(), report.text().c_str());
  uint64_t moved = report.traffic.unique_load_bytes + report.traffic.unique_store_bytes;
  CHECK(moved > 0, "%s, %s moved nothing", c.launch.kernel, c.shape.c_str());
  record(c, report.traffic);
}

void two_sizes_beside_each_other_are_no_address() {
  struct {
    void *data;
    int32_t few, many; // as one word: 2^44 and more
    void *inside;
  } params = {};
  CaseBuilder b;
  b.memory(64);
  params.data = b.memory(64);
  params.few = 1, params.many = 8192;
  params.inside = static_cast<uint8_t *>(params.data) + 16;
  Case c = b.build("", {}, params, 1);
  CHECK(c.relocations.size() == 2, "%zu addresses", c.relocations.size());
  for (size_t i = 0; i < c.relocations.size(); i++)
    CHECK(c.relocations[i].at == 16 * i && c.relocations[i].buffer == 1 && c.relocations[i].offset == 16 * i, "address %zu", i);
}

} // namespace

int main() {
  two_sizes_beside_each_other_are_no_address();
  std::set<std::string> timed = kernels_of(model_sizes(132));
  for (const std::string &kernel : emulator::kernels())
    CHECK(timed.count(kernel) != 0, "%s has no case in native/gpu/check/cases_*.cpp", kernel.c_str());
  std::unique_ptr<Driver> driver = open_device(0);
  Stage stage(*driver);
  for (const CaseFamily &family : case_families()) {
    std::vector<Case> cases;
    family.add(tiny_sizes(), cases);
    for (const Case &c : cases)
      if (c.launch.kernel != nullptr)
        run(stage, c);
  }
  return llmserving_test::finish();
}
