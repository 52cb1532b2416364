// Raw file blocks of the quantized types, read 32 columns at a time.
#ifndef LLMSERVING_LINEAR_BLOCKS_H
#define LLMSERVING_LINEAR_BLOCKS_H

#include <cstddef>
#include <cstdint>

namespace llmserving {

float half_to_float(uint16_t half);

// 32 columns of one row. The value of column k is, with h = k / 16,
//   two-level types: d * scale[h] * (code[k] - zero) - dmin * min[h]
//   others:          d * (code[k] - zero) + dmin               (codes of IQ4_NL go through its table first)
struct BlockGroup {
  uint8_t code[32];
  uint16_t d;    // f16
  uint16_t dmin; // f16
  int8_t scale[2];
  uint8_t min[2];
};

// Reads group `group` (columns group * 32 ..) of a row that starts at `row`. False for a type that is not quantized.
bool read_group(uint32_t type, const void *row, size_t group, BlockGroup *target);

} // namespace llmserving

#endif
