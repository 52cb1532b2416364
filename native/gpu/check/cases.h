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

// Sizes that cases are made of: those of Llama-3-8B and, for experts, of Qwen3-30B-A3B; or tiny ones for the emulator.
struct Sizes {
  int32_t width, heads, kv_heads, head, feed_forward, vocabulary;
  int32_t experts, choices, expert_feed_forward;
  int32_t rank, adapters;        // of LoRA
  int32_t rows;                  // of a prompt
  std::vector<int32_t> batches;  // sequences of a decode step
  std::vector<int32_t> contexts; // tokens before it
  int32_t multiprocessors;       // of the device
};
Sizes model_sizes(int32_t multiprocessors);
Sizes tiny_sizes();

// Memory of a case: `contents`, over and over.
struct Region {
  uint64_t bytes;
  std::vector<uint8_t> contents;
};

enum class Unit { Fp32, Tensor16, Tensor8 };

// bytes: what the launch has to read and write at least, each byte once: its inputs, outputs and, where its parameters have
// one, the workspace that joins it to another launch. Held to what the emulator sees (tests/check_cases_test.cpp).
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
    regions_.push_back({bytes, {pattern}});
    return reinterpret_cast<T *>(STAND_IN | (regions_.size() - 1) << SHIFT);
  }
  template <class T> T *copy(const std::vector<T> &values, uint64_t times = 1) {
    T *address = memory<T>(values.size() * sizeof(T) * times);
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
      uint64_t region = (word ^ STAND_IN) >> SHIFT, offset = word & ((1ull << SHIFT) - 1);
      if (region < regions_.size() && offset <= regions_[region].bytes)
        c.relocations.push_back({0, static_cast<uint32_t>(region), at, offset});
    }
    return c;
  }

private:
  // Two sizes beside each other in the parameters make a large word, but none with a sign in its upper one.
  static constexpr uint64_t STAND_IN = 0xa5c3ull << 48;
  static constexpr int SHIFT = 40;

  std::vector<Region> regions_;
};

inline uint64_t bytes_of(gpu::DType type) {
  return type == gpu::DType::F32 ? 4 : type == gpu::DType::F16 || type == gpu::DType::BF16 ? 2 : 1;
}

// Rows of `width` that make up as much as a prompt's of the model's width.
inline uint32_t rows_like_a_prompt(const Sizes &s, int32_t width) {
  int64_t rows = static_cast<int64_t>(s.rows) * s.width / width;
  return static_cast<uint32_t>(rows < 2 ? 2 : rows);
}

// Kernels of one kind. add: appends its cases where there is an instance; those without have no kernel.
struct CaseFamily {
  const char *title;
  void (*add)(const Sizes &sizes, std::vector<Case> &cases);
};
const std::vector<CaseFamily> &case_families();

void add_norm_cases(const Sizes &sizes, std::vector<Case> &cases);
void add_elementwise_cases(const Sizes &sizes, std::vector<Case> &cases);
void add_quantize_cases(const Sizes &sizes, std::vector<Case> &cases);
void add_embedding_cases(const Sizes &sizes, std::vector<Case> &cases);
void add_linear_cases(const Sizes &sizes, std::vector<Case> &cases);
void add_eight_bit_cases(const Sizes &sizes, std::vector<Case> &cases);
void add_expert_cases(const Sizes &sizes, std::vector<Case> &cases);
void add_lora_cases(const Sizes &sizes, std::vector<Case> &cases);
void add_attention_cases(const Sizes &sizes, std::vector<Case> &cases);
void add_cache_cases(const Sizes &sizes, std::vector<Case> &cases);
void add_sampling_cases(const Sizes &sizes, std::vector<Case> &cases);
void add_token_cases(const Sizes &sizes, std::vector<Case> &cases);
void add_all_reduce_cases(const Sizes &sizes, std::vector<Case> &cases);

} // namespace llmserving

#endif
