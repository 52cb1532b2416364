// Raw file blocks of random values of a given size, in the types that whole-step tests use.
#ifndef LLMSERVING_TESTS_RANDOM_WEIGHTS_H
#define LLMSERVING_TESTS_RANDOM_WEIGHTS_H

#include <cstring>
#include <vector>

#include "llmserving/llmserving.h"
#include "tests/check.h"

namespace llmserving_test {

// f16 of a normal number that f16 can hold; rounds towards zero.
inline uint16_t half_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  uint32_t exponent = (bits >> 23 & 255) - 112;
  return static_cast<uint16_t>((bits >> 16 & 0x8000) | exponent << 10 | (bits >> 13 & 1023));
}

inline void append(std::vector<uint8_t> &target, const void *bytes, size_t count) {
  const uint8_t *p = static_cast<const uint8_t *>(bytes);
  target.insert(target.end(), p, p + count);
}

// 32 values in [-size, size]: a scale and, in Q4_1, a minimum, then random codes.
inline void append_block(uint32_t type, float size, Random &random, std::vector<uint8_t> &target) {
  float spread = size * (0.75f + 0.25f * random.uniform());
  bool four = type != LLM_TYPE_Q8_0;
  uint16_t scale = half_of(four ? spread / 7.5f : spread / 127), minimum = half_of(-spread);
  append(target, &scale, 2);
  if (type == LLM_TYPE_Q4_1)
    append(target, &minimum, 2);
  for (int i = 0; i < (four ? 4 : 8); i++) {
    uint32_t codes = random.next();
    append(target, &codes, 4);
  }
}

// F32, BF16, Q4_0, Q4_1 or Q8_0.
inline std::vector<uint8_t> random_blocks(uint32_t type, uint64_t count, float size, Random &random) {
  std::vector<uint8_t> result;
  result.reserve(count * 4);
  if (type != LLM_TYPE_F32 && type != LLM_TYPE_BF16) {
    for (uint64_t i = 0; i < count; i += 32)
      append_block(type, size, random, result);
    return result;
  }
  for (uint64_t i = 0; i < count; i++) {
    float value = size * random.uniform();
    uint32_t bits;
    memcpy(&bits, &value, 4);
    uint16_t upper = static_cast<uint16_t>(bits >> 16);
    if (type == LLM_TYPE_F32)
      append(result, &value, 4);
    else
      append(result, &upper, 2);
  }
  return result;
}

} // namespace llmserving_test

#endif
