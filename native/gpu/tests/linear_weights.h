// Random matrices in every file type, for tests.
#ifndef LLMSERVING_GPU_TESTS_LINEAR_WEIGHTS_H
#define LLMSERVING_GPU_TESTS_LINEAR_WEIGHTS_H

#include <cstdint>
#include <cstring>
#include <vector>

#include "linear/linear.h"
#include "llmserving/gpu/platform/types.h"
#include "llmserving/llmserving.h"
#include "tests/check.h"

struct FileType {
  uint32_t type;
  uint64_t block, block_bytes;
  int64_t halves[2]; // offsets of the block's f16 scales, -1 = none
};

constexpr FileType kFileTypes[] = {
    {LLM_TYPE_F32, 1, 4, {-1, -1}},         {LLM_TYPE_F16, 1, 2, {-1, -1}},       {LLM_TYPE_BF16, 1, 2, {-1, -1}},
    {LLM_TYPE_Q8_0, 32, 34, {0, -1}},       {LLM_TYPE_Q5_0, 32, 22, {0, -1}},     {LLM_TYPE_IQ4_NL, 32, 18, {0, -1}},
    {LLM_TYPE_Q5_1, 32, 24, {0, 2}},        {LLM_TYPE_Q5_K, 256, 176, {0, 2}},    {LLM_TYPE_Q6_K, 256, 210, {208, -1}},
    {LLM_TYPE_Q4_0, 32, 18, {0, -1}},       {LLM_TYPE_Q4_1, 32, 20, {0, 2}},      {LLM_TYPE_Q4_K, 256, 144, {0, 2}},
    {LLM_TYPE_Q2_K, 256, 84, {80, 82}},     {LLM_TYPE_Q3_K, 256, 110, {108, -1}},
};

inline void put_weight(uint32_t type, float value, uint8_t *target) {
  using namespace llmserving::gpu;
  if (type == LLM_TYPE_F32) {
    memcpy(target, &value, 4);
  } else {
    uint16_t bits = type == LLM_TYPE_F16 ? from_float<f16>(value).bits : from_float<bf16>(value).bits;
    memcpy(target, &bits, 2);
  }
}

// Blocks of random bytes with scales of about 0.01 * spread.
inline std::vector<uint8_t> random_blocks(const FileType &t, uint64_t rows, uint64_t columns, float spread,
                                          llmserving_test::Random &random) {
  uint64_t blocks = rows * columns / t.block;
  std::vector<uint8_t> bytes(blocks * t.block_bytes);
  for (uint64_t b = 0; b < blocks; b++) {
    uint8_t *block = bytes.data() + b * t.block_bytes;
    if (t.block == 1) {
      put_weight(t.type, 0.1f * spread * random.uniform(), block);
      continue;
    }
    for (uint64_t i = 0; i < t.block_bytes; i++)
      block[i] = static_cast<uint8_t>(random.next() >> 24);
    for (int64_t offset : t.halves)
      if (offset >= 0) {
        uint16_t bits = llmserving::gpu::from_float<llmserving::gpu::f16>(0.01f * spread * random.uniform()).bits;
        memcpy(block + offset, &bits, 2);
      }
  }
  return bytes;
}

#endif
