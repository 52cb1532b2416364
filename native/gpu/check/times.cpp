// Times kernels at the shapes of a model, and says how near they come to what the device could do. usage: <program> JSON
// [tiny]. The JSON has one line per case; tiny: small shapes, to try the program out.
#include <chrono>
#include <fstream>
#include <sstream>

#include "check/cases.h"
#include "check/json.h"
#include "check/stage.h"

namespace llmserving {

Sizes model_sizes(int32_t multiprocessors) {
  return {4096, 32, 8, 128, 14336, 128256, 4096, {1, 16, 64, 256}, {1024, 8192, 32768}, multiprocessors};
}
Sizes tiny_sizes() { return {256, 4, 2, 64, 512, 1024, 32, {1, 3}, {40, 300}, 2}; }

namespace {

constexpr int kRounds = 30;
constexpr uint64_t kColdBytes = 512ull << 20; // more than twice any cache: what a graph touches before it comes round again

// Copies of a case's memory, used in turn, so that data come from memory and not from a cache.
class Bench {
public:
  Bench(Driver &driver, Stage &stage, const Case &c, bool tiny) : driver_(driver), stage_(stage), case_(c) {
    uint64_t copies = tiny ? 1 : std::min<uint64_t>(16, 1 + kColdBytes / std::max<uint64_t>(1, c.footprint()));
    for (uint64_t i = 0; i < copies; i++)
      add_copy();
  }

  // Median seconds of one launch among those of a graph.
  double median(bool tiny) {
    Kernel kernel = driver_.find(case_.launch.kernel, case_.launch.smem);
    if (kernel == nullptr)
      throw Failure(LLM_UNSUPPORTED, "there is no such kernel for this device");
    int launches = tiny ? 1 : 16;
    driver_.begin_capture(stage_.stream());
    for (int i = 0; i < launches; i++) {
      const std::vector<uint8_t> &params = params_[static_cast<size_t>(i) % params_.size()];
      driver_.launch(kernel, case_.launch, params.data(), params.size(), stage_.stream());
    }
    Graph graph = driver_.end_capture(stage_.stream());
    std::vector<double> seconds;
    for (int round = 0; round < (tiny ? 1 : kRounds + 3); round++) {
      auto start = std::chrono::steady_clock::now();
      driver_.launch(graph, stage_.stream());
      stage_.wait();
      std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
      if (tiny || round >= 3) // the first ones warm up
        seconds.push_back(passed.count() / launches);
    }
    driver_.destroy(graph);
    std::sort(seconds.begin(), seconds.end());
    return seconds[seconds.size() / 2];
  }

private:
  void add_copy() {
    std::vector<uint8_t> params = case_.params;
    size_t first = memory_.size();
    for (const Region &region : case_.regions) {
      memory_.emplace_back(driver_, region.bytes);
      if (region.bytes != 0)
        driver_.fill(memory_.back().data(), region.pattern, region.bytes, stage_.stream());
      stage_.upload(memory_.back().data(), region.contents.data(), region.contents.size());
    }
    for (const vectors::Relocation &r : case_.relocations) {
      const void *address = memory_[first + r.buffer].data() + r.offset;
      memcpy(params.data() + r.at, &address, 8);
    }
    params_.push_back(params);
  }

  Driver &driver_;
  Stage &stage_;
  const Case &case_;
  std::vector<DeviceMemory> memory_;
  std::vector<std::vector<uint8_t>> params_;
};

std::string line_of(const Case &c, double seconds, const std::string &failure) {
  static const char *const units[] = {"fp32", "tensor16", "tensor8"};
  std::ostringstream line;
  line << "{\"kernel\":" << json_text(c.launch.kernel) << ",\"shape\":" << json_text(c.shape)
       << ",\"microseconds\":" << seconds * 1e6 << ",\"bytes\":" << c.bytes << ",\"operations\":" << c.operations
       << ",\"unit\":\"" << units[static_cast<int>(c.unit)] << "\",\"failure\":" << json_text(failure) << "}\n";
  return line.str();
}

void time_all(const std::string &json, bool tiny) {
  std::unique_ptr<Driver> driver = open_device(0);
  Stage stage(*driver);
  Sizes sizes = tiny ? tiny_sizes() : model_sizes(static_cast<int32_t>(driver->properties().processors));
  std::vector<Case> cases;
  add_row_cases(sizes, cases);
  add_linear_cases(sizes, cases);
  add_attention_cases(sizes, cases);
  add_sampling_cases(sizes, cases);
  std::ofstream file(json, std::ios::trunc);
  for (const Case &c : cases) {
    if (c.launch.kernel == nullptr)
      continue; // there is no instance
    try {
      file << line_of(c, Bench(*driver, stage, c, tiny).median(tiny), "") << std::flush;
    } catch (const Failure &failure) {
      file << line_of(c, 0, failure.what()) << std::flush;
      if (failure.status == LLM_FAILED)
        throw; // the device is of no more use
    }
  }
}

} // namespace
} // namespace llmserving

int main(int argc, char **argv) {
  if (argc < 2) {
    fprintf(stderr, "usage: %s JSON_LINES [tiny]\n", argv[0]);
    return 2;
  }
  try {
    llmserving::time_all(argv[1], argc > 2 && std::string(argv[2]) == "tiny");
    return 0;
  } catch (const std::exception &error) {
    fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
