// Replays recorded vectors on the device, and prints a table of kernels. usage: <program> JSON_LINES VECTORS…
// Exit status 1 where a result is wrong or a kernel failed.
//
// A kernel that brings down the device must not cost the others' results: records are replayed by child processes. A
// child writes one line for each record; where it dies, the next one goes on behind the record that killed it.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "check/json.h"
#include "check/stage.h"
#include "check/vectors.h"

namespace llmserving {
namespace {

using vectors::Buffer;
using vectors::Difference;
using vectors::Vector;

void place_address(std::vector<uint8_t> &bytes, uint64_t at, const void *address) { memcpy(bytes.data() + at, &address, 8); }

// The record's memory on the device, with addresses put where they belong; `expected` gets them too.
std::vector<DeviceMemory> place(Stage &stage, Vector &vector) {
  std::vector<DeviceMemory> memory;
  for (const Buffer &buffer : vector.buffers)
    memory.push_back(stage.memory(buffer.before.size(), "a vector"));
  for (const vectors::Relocation &r : vector.relocations) {
    const void *address = memory[r.buffer].as<uint8_t>() + r.offset;
    if (r.place == 0) {
      place_address(vector.params, r.at, address);
      continue;
    }
    Buffer &buffer = vector.buffers[r.place - 1];
    place_address(buffer.before, r.at, address);
    if (!buffer.after.empty())
      place_address(buffer.after, r.at, address);
  }
  for (size_t i = 0; i < memory.size(); i++)
    stage.upload(memory[i].data(), vector.buffers[i].before.data(), vector.buffers[i].before.size());
  return memory;
}

Difference run(Driver &driver, Stage &stage, Vector vector) {
  Difference total;
  Kernel kernel = driver.find(vector.kernel.c_str(), vector.smem);
  if (kernel == nullptr)
    throw Failure(LLM_UNSUPPORTED, "there is no such kernel for this device");
  std::vector<DeviceMemory> memory = place(stage, vector);
  gpu::Launch launch = {vector.kernel.c_str(), vector.grid[0], vector.grid[1], vector.grid[2], vector.threads, vector.smem};
  driver.launch(kernel, launch, vector.params.data(), vector.params.size(), stage.stream());
  stage.wait();
  for (size_t i = 0; i < memory.size(); i++) {
    Buffer &buffer = vector.buffers[i];
    if (buffer.after.empty()) { // must be as it was
      buffer.element = vectors::Element::Exact;
      buffer.after = buffer.before;
    }
    std::vector<uint8_t> actual(buffer.before.size());
    stage.download(actual.data(), memory[i].data(), actual.size());
    Difference difference = compare(buffer, actual);
    total.elements += difference.elements;
    total.wrong += difference.wrong;
    total.worst = std::max(total.worst, difference.worst);
  }
  return total;
}

std::string line_of(const std::string &kernel, const Difference &d, const std::string &failure) {
  std::ostringstream line;
  line << "{\"kernel\":" << json_text(kernel) << ",\"elements\":" << d.elements << ",\"wrong\":" << d.wrong
       << ",\"error_in_tolerances\":" << d.worst << ",\"failure\":" << json_text(failure) << "}\n";
  return line.str();
}

void append(const std::string &path, const std::string &line) {
  std::ofstream(path, std::ios::app) << line << std::flush;
}

// In a child: replays from record `first` on. Returns only when all are done.
void replay_from(const std::string &file, const std::string &json, uint64_t first) {
  std::unique_ptr<Driver> driver = open_device(0);
  Stage stage(*driver);
  vectors::Reader reader(file);
  Vector vector;
  for (uint64_t i = 0; reader.next(vector); i++) {
    if (i < first)
      continue;
    try {
      append(json, line_of(vector.kernel, run(*driver, stage, vector), ""));
    } catch (const Failure &failure) {
      append(json, line_of(vector.kernel, {}, failure.what()));
      if (failure.status != LLM_UNSUPPORTED)
        _exit(3); // the device is of no more use to this process
    }
  }
}

uint64_t count_lines(const std::string &path) {
  std::ifstream file(path);
  std::string line;
  uint64_t lines = 0;
  while (std::getline(file, line))
    lines++;
  return lines;
}

std::vector<std::string> kernels_in(const std::string &file) {
  vectors::Reader reader(file);
  Vector vector;
  std::vector<std::string> kernels;
  while (reader.next(vector))
    kernels.push_back(vector.kernel);
  return kernels;
}

void replay_all(const std::string &file, const std::string &json, const std::vector<std::string> &kernels) {
  uint64_t base = count_lines(json), done = 0;
  while (done < kernels.size()) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
      replay_from(file, json, done);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    uint64_t now = count_lines(json) - base;
    bool killed = !WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != 3);
    if (now < kernels.size() && (killed || now == done)) {
      append(json, line_of(kernels[now], {}, "the process that ran it died"));
      now++;
    }
    done = now;
  }
}

// What the lines say of each kernel. Returns the number of kernels that are not as they should be.
int print_table(const std::string &json) {
  struct Sum {
    int vectors = 0, wrong = 0;
    double worst = 0;
    std::string failure;
  };
  std::map<std::string, Sum> kernels;
  std::ifstream file(json);
  for (std::string line; std::getline(file, line);) {
    Sum &sum = kernels[json_field(line, "kernel")];
    std::string failure = json_field(line, "failure");
    sum.vectors++;
    sum.wrong += !failure.empty() || json_field(line, "wrong") != "0";
    sum.worst = std::max(sum.worst, atof(json_field(line, "error_in_tolerances").c_str()));
    if (!failure.empty())
      sum.failure = failure;
  }
  int bad = 0;
  printf("| kernel | vectors | wrong | greatest error / tolerance | |\n|---|---|---|---|---|\n");
  for (const auto &[kernel, sum] : kernels) {
    printf("| `%s` | %d | %d | %.3g | %s |\n", kernel.c_str(), sum.vectors, sum.wrong, sum.worst, sum.failure.c_str());
    bad += sum.wrong != 0;
  }
  printf("\n%zu kernels, %d of them not as they should be.\n", kernels.size(), bad);
  return bad;
}

} // namespace
} // namespace llmserving

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: %s JSON_LINES VECTORS...\n", argv[0]);
    return 2;
  }
  try {
    std::ofstream(argv[1], std::ios::trunc).flush();
    for (int i = 2; i < argc; i++)
      llmserving::replay_all(argv[i], argv[1], llmserving::kernels_in(argv[i]));
    return llmserving::print_table(argv[1]) != 0;
  } catch (const std::exception &error) {
    fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
