// Times kernels at the shapes of a model, and prints how near they come to what the device could do. usage: <program>
// JSON_LINES PEAKS [tiny]. PEAKS has a line for each architecture: name, bytes/s, 16-bit and 8-bit tensor operations/s, fp32
// flop/s, and the device that has them. tiny: small shapes, to try the program out.
//
// A kernel that brings down the device must not cost all times that follow: each family is timed by a process of its own.
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>

#include "check/json.h"
#include "check/placed_case.h"

namespace llmserving {

namespace {

constexpr int kRounds = 30;
constexpr uint64_t kColdBytes = 512ull << 20; // more than twice any cache: what a graph touches before it comes round again

// Copies of a case's memory, used in turn, so that data come from memory and not from a cache.
class Bench {
public:
  Bench(Stage &stage, const Case &c, bool tiny) : stage_(stage), case_(c) {
    uint64_t copies = tiny ? 1 : std::min<uint64_t>(16, 1 + kColdBytes / std::max<uint64_t>(1, c.footprint()));
    for (uint64_t i = 0; i < copies; i++)
      copies_.emplace_back(stage, c);
  }

  // Median seconds of one launch among those of a graph.
  double median(bool tiny) {
    Driver &driver = stage_.driver();
    Kernel kernel = driver.find(case_.launch.kernel, case_.launch.smem);
    if (kernel == nullptr)
      throw Failure(LLM_UNSUPPORTED, "there is no such kernel for this device");
    int launches = tiny ? 1 : 16;
    driver.begin_capture(stage_.stream());
    for (int i = 0; i < launches; i++) {
      const std::vector<uint8_t> &params = copies_[static_cast<size_t>(i) % copies_.size()].params();
      driver.launch(kernel, case_.launch, params.data(), params.size(), stage_.stream());
    }
    Graph graph = driver.end_capture(stage_.stream());
    std::vector<double> seconds;
    for (int round = 0; round < (tiny ? 1 : kRounds + 3); round++) {
      auto start = std::chrono::steady_clock::now();
      driver.launch(graph, stage_.stream());
      stage_.wait();
      std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
      if (tiny || round >= 3) // the first ones warm up
        seconds.push_back(passed.count() / launches);
    }
    driver.destroy(graph);
    std::sort(seconds.begin(), seconds.end());
    return seconds[seconds.size() / 2];
  }

private:
  Stage &stage_;
  const Case &case_;
  std::vector<PlacedCase> copies_;
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

std::string line_of(const char *family, const Case &c, double seconds, double floor, const std::string &failure) {
  static const char *const units[] = {"fp32", "tensor16", "tensor8"};
  std::ostringstream line;
  line << "{\"family\":" << json_text(family) << ",\"kernel\":" << json_text(c.launch.kernel)
       << ",\"shape\":" << json_text(c.shape) << ",\"microseconds\":" << seconds * 1e6
       << ",\"roofline\":" << (seconds > 0 ? floor / seconds : 0) << ",\"bytes\":" << c.bytes
       << ",\"operations\":" << c.operations << ",\"unit\":\"" << units[static_cast<int>(c.unit)]
       << "\",\"failure\":" << json_text(failure) << "}\n";
  return line.str();
}

// "12.5 | 63 %": the least time and its part of what was needed; nothing where the device's peaks are not known.
std::string roofline_of(double floor, double seconds) {
  char text[64] = " | ";
  if (floor != 0)
    snprintf(text, sizeof(text), "%.1f | %.0f %%", floor * 1e6, 100 * floor / seconds);
  return text;
}

void print_header(const Peaks &peaks) {
  printf("Medians of %d. The least time of a launch: what it has to move at %s peak bandwidth, or its operations at\n"
         "their peak, whichever takes longer.%s\n",
         kRounds, peaks.device.empty() ? "the device's" : (peaks.device + "'s").c_str(),
         peaks.device.empty() ? " This device's peaks are not known." : "");
}

// How cases went, by one process for the next.
struct Tally {
  int timed, left_out, failed;
};

// One family's cases on a device that is open.
class FamilyReport {
public:
  FamilyReport(const char *family, const std::string &json, const Peaks &peaks, bool tiny)
      : family_(family), file_(json, std::ios::app), peaks_(peaks), tiny_(tiny) {
    printf("\n### %s\n\n| kernel | shape | µs | least µs | of roofline |\n|---|---|--:|--:|--:|\n", family);
  }

  // False where the device is of no more use.
  bool time(Stage &stage, const Case &c, Tally &tally) {
    double floor = floor_of(c, peaks_);
    try {
      double seconds = Bench(stage, c, tiny_).median(tiny_);
      file_ << line_of(family_, c, seconds, floor, "") << std::flush;
      printf("| `%s` | %s | %.1f | %s |\n", c.launch.kernel, c.shape.c_str(), seconds * 1e6,
             roofline_of(floor, seconds).c_str());
      tally.timed++;
      fflush(stdout); // the next one may bring the program down
    } catch (const Failure &failure) {
      file_ << line_of(family_, c, 0, floor, failure.what()) << std::flush;
      printf("| `%s` | %s | %s | | |\n", c.launch.kernel, c.shape.c_str(), failure.what());
      (failure.status == LLM_OUT_OF_MEMORY ? tally.left_out : tally.failed)++; // a small device has no room for all
      return failure.status != LLM_FAILED;
    }
    return true;
  }

private:
  const char *family_;
  std::ofstream file_;
  const Peaks &peaks_;
  bool tiny_;
};

Tally time_family(const CaseFamily &family, const std::string &json, const std::string &peaks_file, bool tiny) {
  Tally tally = {};
  std::unique_ptr<Driver> driver = open_device(0);
  const DeviceProperties &device = driver->properties();
  Stage stage(*driver);
  Peaks peaks = peaks_of(peaks_file, device.architecture);
  if (&family == &case_families().front())
    print_header(peaks);
  FamilyReport report(family.title, json, peaks, tiny);
  std::vector<Case> cases;
  family.add(tiny ? tiny_sizes() : model_sizes(static_cast<int32_t>(device.processors)), cases);
  for (const Case &c : cases)
    if (c.launch.kernel != nullptr && !report.time(stage, c, tally))
      break;
  return tally;
}

// In a child, which tells its tally through a pipe at its end.
Tally time_apart(const CaseFamily &family, const std::string &json, const std::string &peaks_file, bool tiny) {
  int ends[2];
  fflush(stdout);
  if (pipe(ends) != 0)
    throw Failure(LLM_FAILED, "no pipe to a child");
  pid_t child = fork();
  if (child == 0) {
    Tally tally = {0, 0, 1};
    try {
      tally = time_family(family, json, peaks_file, tiny);
    } catch (const std::exception &error) {
      printf("%s\n", error.what());
    }
    fflush(stdout);
    _exit(write(ends[1], &tally, sizeof(tally)) == sizeof(tally) ? 0 : 1);
  }
  close(ends[1]);
  Tally tally = {};
  bool ended = child > 0 && read(ends[0], &tally, sizeof(tally)) == sizeof(tally);
  close(ends[0]);
  if (child > 0)
    waitpid(child, nullptr, 0);
  if (!ended) {
    printf("\nThe program died here; the family's other kernels were not timed.\n");
    std::ofstream(json, std::ios::app) << "{\"family\":" << json_text(family.title)
                                       << ",\"kernel\":\"unknown\",\"failure\":\"the program died\"}\n";
  }
  return ended ? tally : Tally{0, 0, 1};
}

// Returns the number of cases that failed.
int time_all(const std::string &json, const std::string &peaks_file, bool tiny) {
  std::ofstream(json, std::ios::trunc);
  Tally all = {};
  for (const CaseFamily &family : case_families()) {
    Tally tally = time_apart(family, json, peaks_file, tiny);
    all = {all.timed + tally.timed, all.left_out + tally.left_out, all.failed + tally.failed};
  }
  printf("\n%d cases timed, %d left out for want of memory, %d failed.\n", all.timed, all.left_out, all.failed);
  return all.failed;
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
