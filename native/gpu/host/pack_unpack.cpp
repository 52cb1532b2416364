// Reads packed matrices back, one weight at a time, from the layout's description alone.
#include <cstring>

#include "pack.h"
#include "llmserving/gpu/platform/types.h"

namespace llmserving {
namespace gpu {

namespace {

uint16_t load16(const uint8_t *p) {
  uint16_t value;
  memcpy(&value, p, 2);
  return value;
}

// Where column k of a chunk is: step, lane quarter t, and which of the four columns.
struct Place {
  uint32_t step, t, j;
};
Place place_of(LinearFamily f, uint32_t k) {
  if (group_columns(f) == 16)
    return {k / 16, k % 16 / 4, k % 4};
  return {k / 32 * 2 + k % 8 / 4, k % 32 / 8, k % 4};
}

float code_value(LinearFamily f, DType activations, const uint8_t *codes, uint32_t row, uint32_t k) {
  Place p = place_of(f, k);
  uint32_t lane = 4 * (row % 8) + p.t, reg = row / 8 + 2 * (p.j / 2), high = p.j % 2;
  if (f == LinearFamily::Float) {
    uint16_t bits = load16(codes + 512 * p.step + 16 * lane + 4 * reg + 2 * high);
    return activations == DType::F16 ? to_float(f16{bits}) : to_float(bf16{bits});
  }
  bool pairs = group_columns(f) == 32; // of steps
  uint32_t group = pairs ? p.step / 2 : p.step, within = pairs ? p.step % 2 : 0, steps = pairs ? 2 : 1;
  if (code_bits(f) == 8) {
    const uint8_t *words = codes + (32 * group + lane) * 8 * steps;
    return static_cast<int8_t>(words[8 * within + 4 * (reg / 2) + reg % 2 + 2 * high]);
  }
  uint32_t nibble = reg + 4 * high;
  uint8_t byte = codes[(32 * group + lane) * 4 * steps + 4 * within + nibble / 2];
  return static_cast<float>((byte >> nibble % 2 * 4 & 15) - code_zero(f));
}

float weight(LinearFamily f, DType activations, const uint8_t *chunk, uint32_t row, uint32_t k) {
  float code = code_value(f, activations, chunk, row, k);
  if (group_columns(f) == 0)
    return code;
  uint32_t entry = has_minimum(f) ? 8 : 4, group = k / static_cast<uint32_t>(group_columns(f));
  const uint8_t *scales = chunk + code_bytes(f) + row % 8 * static_cast<uint32_t>(lane_scale_bytes(f)) + entry * group;
  float d = to_float(f16{load16(scales + row / 8 * 2)});
  float m = has_minimum(f) ? to_float(f16{load16(scales + 4 + row / 8 * 2)}) : 0;
  return d * code + m;
}

} // namespace

void unpack(LinearFamily family, DType activations, uint64_t rows, uint64_t columns, const void *packed, float *target) {
  const uint8_t *bytes = static_cast<const uint8_t *>(packed);
  float factor;
  memcpy(&factor, bytes, 4);
  uint64_t panel = static_cast<uint64_t>(panel_bytes(family, static_cast<int64_t>(columns)));
  for (uint64_t row = 0; row < rows; row++)
    for (uint64_t k = 0; k < columns; k++) {
      const uint8_t *chunk = bytes + PACKED_HEADER_BYTES + row / PANEL_ROWS * panel +
                             k / CHUNK_COLUMNS * static_cast<uint64_t>(chunk_bytes(family));
      target[row * columns + k] =
          factor * weight(family, activations, chunk, static_cast<uint32_t>(row % PANEL_ROWS), k % CHUNK_COLUMNS);
    }
}

} // namespace gpu
} // namespace llmserving
