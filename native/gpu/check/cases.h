// Launches worth timing: kernels at the shapes of a model, with the least that they have to move and to compute.
#ifndef LLMSERVING_GPU_CHECK_CASES_H
#define LLMSERVING_GPU_CHECK_CASES_H

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "check/vectors.h"
#include "llmserving/gpu/launch.h"

namespace llmserving {

// Sizes that cases are made of: those of Llama-3-8B, or tiny ones to try the program out in the emulator.
struct Sizes {
  int32_t width, heads, kv_heads, head, feed_forward, vocabulary;
  int32_t rows;                  // of a prompt
  std::vector<int32_t> batches;  // sequences of a decode step
  std::vector<int32_t> contexts; // tokens before it
  int32_t multiprocessors;       // of the device
};
Sizes model_sizes(int32_t multiprocessors);
Sizes tiny_sizes();

// Memory of a case: `contents` from its start on, then `pattern` bytes.
struct Region {
  uint64_t bytes;
  uint8_t pattern;
  std::vector<uint8_t> contents;
};

enum class Unit { Fp32, Tensor16, Tensor8 };

struct Case {
  std::string shape;
  gpu::Launch launch;
  std::vector<uint8_t> params;
  std::vector<vectors::Relocation> relocations; // of the parameters; `buffer` is a region
  std::vector<Region> regions;
  double bytes, operations;
  Unit unit;
  uint64_t footprint() const {
    uint64_t total = 0;
    for (const Region &region : regions)
      total += region.bytes;
    return total;
  }
};

// Collects a case's memory while its parameters are filled in: pointers are stand-ins, found again in the parameters.
class CaseBuilder {
public:
  // 0x3c: every float, half and bfloat16 of these bytes is small and positive.
  template <class T = void> T *memory(uint64_t bytes, uint8_t pattern = 0x3c) {
    regions_.push_back({bytes, pattern, {}});
    return reinterpret_cast<T *>(static_cast<uint64_t>(regions_.size()) << SHIFT);
  }
  template <class T> T *copy(const std::vector<T> &values) {
    T *address = memory<T>(values.size() * sizeof(T));
    const uint8_t *start = reinterpret_cast<const uint8_t *>(values.data());
    regions_.back().contents.assign(start, start + values.size() * sizeof(T));
    return address;
  }
  template <class Params>
  Case build(const std::string &shape, const gpu::Launch &launch, const Params &params, double bytes,
             double operations = 0, Unit unit = Unit::Fp32) {
    Case c = {shape, launch, {}, {}, regions_, bytes, operations, unit};
    c.params.resize(sizeof(Params));
    memcpy(c.params.data(), &params, sizeof(Params));
    for (uint64_t at = 0; at + 8 <= sizeof(Params); at += 8) {
      uint64_t word;
      memcpy(&word, c.params.data() + at, 8);
      uint64_t region = word >> SHIFT, offset = word & ((1ull << SHIFT) - 1);
      if (region >= 1 && region <= regions_.size() && offset <= regions_[region - 1].bytes)
        c.relocations.push_back({0, static_cast<uint32_t>(region - 1), at, offset});
    }
    return c;
  }

private:
  static constexpr int SHIFT = 44; // no field of a parameter struct has a number this large

  std::vector<Region> regions_;
};

// Each family adds its cases where there is an instance.
void add_row_cases(const Sizes &sizes, std::vector<Case> &cases);
void add_linear_cases(const Sizes &sizes, std::vector<Case> &cases);
void add_attention_cases(const Sizes &sizes, std::vector<Case> &cases);
void add_sampling_cases(const Sizes &sizes, std::vector<Case> &cases);

} // namespace llmserving

#endif
