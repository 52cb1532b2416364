#include "record.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>

namespace llmserving {
namespace gputest {

namespace {

constexpr size_t kMostBytes = 160 << 10;       // of one record
constexpr size_t kMostBytesOfKernel = 96 << 10; // of all its records, where it has more than one
constexpr int kMostRecordsOfKernel = 4;

const char *folder() {
  const char *name = getenv("LLMSERVING_VECTORS");
  return name == nullptr || *name == 0 ? nullptr : name;
}

// The parts of memory that are reached from the parameters, in the order they are found.
class Collector {
public:
  Collector(const char *kernel, const std::vector<Snapshot> &memory)
      : kernel_(kernel), memory_(memory), index_(memory.size(), -1) {}

  vectors::Vector collect(const void *params, size_t bytes) {
    const uint8_t *start = static_cast<const uint8_t *>(params);
    vector_.params.assign(start, start + bytes);
    relocate(0, vector_.params);
    for (size_t i = 0; i < vector_.buffers.size(); i++)
      relocate(static_cast<uint32_t>(i + 1), std::vector<uint8_t>(vector_.buffers[i].before));
    return vector_;
  }

private:
  // Every aligned word that is the address of a byte of device memory, or of its end, is one that a kernel may follow.
  void relocate(uint32_t place, const std::vector<uint8_t> &bytes) {
    for (size_t at = 0; at + 8 <= bytes.size(); at += 8) {
      uint64_t word;
      memcpy(&word, bytes.data() + at, 8);
      for (size_t i = 0; i < memory_.size(); i++) {
        uint64_t start = reinterpret_cast<uint64_t>(memory_[i].address);
        if (word >= start && word - start <= memory_[i].before->size())
          vector_.relocations.push_back({place, buffer(i), at, word - start});
      }
    }
  }

  uint32_t buffer(size_t i) {
    if (index_[i] < 0) {
      index_[i] = static_cast<int>(vector_.buffers.size());
      const Snapshot &s = memory_[i];
      vector_.buffers.push_back({typed(s.element), *s.before, *s.before == *s.after ? std::vector<uint8_t>() : *s.after});
    }
    return static_cast<uint32_t>(index_[i]);
  }

  // 16-bit values are of the type in the kernel's name.
  vectors::Element typed(vectors::Element element) const {
    using vectors::Element;
    if (element != Element::Bits16)
      return element;
    return kernel_.find("bf16") != std::string::npos  ? Element::Bf16
           : kernel_.find("f16") != std::string::npos ? Element::F16
                                                      : Element::Bytes;
  }

  std::string kernel_;
  const std::vector<Snapshot> &memory_;
  std::vector<int> index_; // of memory_ among the vector's buffers
  vectors::Vector vector_;
};

} // namespace

bool is_recording() { return folder() != nullptr; }

void record(const gpu::Launch &launch, const void *params, size_t param_bytes, const std::vector<Snapshot> &memory) {
  struct Recorded {
    int records = 0;
    size_t bytes = 0;
  };
  static std::map<std::string, Recorded> recorded;
  Recorded &so_far = recorded[launch.kernel];
  if (so_far.records >= kMostRecordsOfKernel)
    return;
  vectors::Vector vector = Collector(launch.kernel, memory).collect(params, param_bytes);
  size_t bytes = vector.bytes();
  if (bytes > kMostBytes || (so_far.records > 0 && so_far.bytes + bytes > kMostBytesOfKernel))
    return;
  vector.kernel = launch.kernel;
  vector.grid[0] = launch.grid_x, vector.grid[1] = launch.grid_y, vector.grid[2] = launch.grid_z;
  vector.threads = launch.threads;
  vector.smem = launch.smem;
  vectors::append(std::string(folder()) + "/" + program_invocation_short_name + ".vec", vector);
  so_far.records++;
  so_far.bytes += bytes;
}

} // namespace gputest
} // namespace llmserving
