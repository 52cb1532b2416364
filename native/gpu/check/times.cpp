// Times kernels at the shapes of a model, and prints how near they come to what the device could do. usage: <program>
// JSON_LINES PEAKS [tiny]. PEAKS has a line for each architecture: name, bytes/s, 16-bit and 8-bit tensor operations/s, fp32
// flop/s, and the device that has them. tiny: small shapes, to try the program out.
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

struct Peaks {
  double bandwidth = 0, tensor16 = 0, tensor8 = 0, fp32 = 0;
  std::string device;
};

Peaks peaks_of(const std::string &path, const std::string &architecture) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::string name;
    Peaks p;
    if (fields >> name >> p.bandwidth >> p.tensor16 >> p.tensor8 >> p.fp32 && name == architecture) {
      std::getline(fields >> std::ws, p.device);
      return p;
    }
  }
  return {};
}

// The least time that the device could take; 0 where its peaks are not known.
double floor_of(const Case &c, const Peaks &p) {
  double rate = c.unit == Unit::Fp32 ? p.fp32 : c.unit == Unit::Tensor16 ? p.tensor16 : p.tensor8;
  if (p.bandwidth == 0 || rate == 0)
    return 0;
  return std::max(c.bytes / p.bandwidth, c.operations / rate);
}

std::string line_of(const Case &c, double seconds, double floor, const std::string &failure) {
  static const char *const units[] = {"fp32", "tensor16", "tensor8"};
  std::ostringstream line;
  line << "{\"kernel\":" << json_text(c.launch.kernel) << ",\"shape\":" << json_text(c.shape)
       << ",\"microseconds\":" << seconds * 1e6 << ",\"roofline\":" << (seconds > 0 ? floor / seconds : 0) << ",\"bytes\":" << c.bytes << ",\"operations\":" << c.operations
       << ",\"unit\":\"" << units[static_cast<int>(c.unit)] << "\",\"failure\":" << json_text(failure) << "}\n";
  return line.str();
}

std::vector<Case> all_cases(const Sizes &sizes) {
  std::vector<Case> cases;
  add_row_cases(sizes, cases);
  add_linear_cases(sizes, cases);
  add_attention_cases(sizes, cases);
  add_sampling_cases(sizes, cases);
  return cases;
}

// Returns the number of cases that failed.
int time_all(const std::string &json, const std::string &peaks_file, bool tiny) {
  std::unique_ptr<Driver> driver = open_device(0);
  const DeviceProperties &device = driver->properties();
  Stage stage(*driver);
  Peaks peaks = peaks_of(peaks_file, device.architecture);
  std::ofstream file(json, std::ios::trunc);
  int failures = 0;
  printf("Peaks: those of %s. Medians of %d.\n\n", peaks.device.empty() ? "no device known" : peaks.device.c_str(), kRounds);
  printf("| kernel | shape | µs | %% of roofline |\n|---|---|---|---|\n");
  for (const Case &c : all_cases(tiny ? tiny_sizes() : model_sizes(static_cast<int32_t>(device.processors)))) {
    if (c.launch.kernel == nullptr)
      continue; // there is no instance
    double floor = floor_of(c, peaks);
    try {
      double seconds = Bench(*driver, stage, c, tiny).median(tiny);
      file << line_of(c, seconds, floor, "") << std::flush;
      printf("| `%s` | %s | %.1f | %.0f |\n", c.launch.kernel, c.shape.c_str(), seconds * 1e6, 100 * floor / seconds);
    } catch (const Failure &failure) {
      file << line_of(c, 0, floor, failure.what()) << std::flush;
      printf("| `%s` | %s | %s | |\n", c.launch.kernel, c.shape.c_str(), failure.what());
      failures++;
      if (failure.status == LLM_FAILED)
        throw; // the device is of no more use
    }
  }
  return failures;
}

} // namespace
} // namespace llmserving

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: %s JSON_LINES PEAKS [tiny]\n", argv[0]);
    return 2;
  }
  try {
    return llmserving::time_all(argv[1], argv[2], argc > 3 && std::string(argv[3]) == "tiny") != 0;
  } catch (const std::exception &error) {
    fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
