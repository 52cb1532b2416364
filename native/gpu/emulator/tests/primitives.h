// Parameters of the kernels that try the platform's primitives.
#ifndef LLMSERVING_GPU_EMULATOR_TESTS_PRIMITIVES_H
#define LLMSERVING_GPU_EMULATOR_TESTS_PRIMITIVES_H

#include <cstdint>

namespace llmserving {
namespace gputest {

struct TransposeParams {
  const float *input; // [blocks, 32, 32]
  float *output;      // [blocks, 32, 32]
};

struct ProductParams {
  const uint16_t *a;  // [16, 16]
  const uint16_t *b;  // [16, 8]
  const float *c;     // [16, 8]
  float *d;           // [16, 8]
};

struct IntProductParams {
  const int8_t *a;  // [16, 32]
  const int8_t *b;  // [8, 32]: of each column its k
  int32_t *d;       // [16, 8], read and written
};

struct CollectiveParams {
  const uint32_t *input; // [32]
  uint32_t *output;      // [8, 32]: xor 5, up 3, down 4, from lane 7, votes for odd, any, all, sum
};

struct WordParams {
  const uint32_t *a, *b, *c; // [32]
  uint32_t *output;          // [8, 32]: byte_perm, lop3 of three tables, dp4a, hfma2 of f16 and bf16, pack2 of unpack2
};

struct CodesParams {
  const uint32_t *words;      // [32]: bytes 0 and 2
  uint32_t *expected, *output; // [32]: pairs of bf16, by hfma2 and by AMD's hfma2_exact
};

} // namespace gputest
} // namespace llmserving

#endif
