#include "pack.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "linear/blocks.h"
#include "linear/formats.h"
#include "linear/linear.h"
#include "llmserving/gpu/platform/types.h"

namespace llmserving {
namespace gpu {

namespace {

constexpr uint32_t kSteps = CHUNK_COLUMNS / 16;
constexpr uint32_t kMaxGroups = CHUNK_COLUMNS / 16;
constexpr uint64_t kLayoutVersion = 1;
constexpr int kLargestExponent = 15; // scaled values stay below 2^15; f16 ends at 65504

// One chunk of a panel before its codes are put in the order of fragments. code: bits of a float weight, or a code.
struct Chunk {
  uint16_t code[PANEL_ROWS][CHUNK_COLUMNS];
  uint16_t d[PANEL_ROWS][kMaxGroups], m[PANEL_ROWS][kMaxGroups]; // f16
};

bool family_of(uint32_t type, LinearFamily *family) {
  switch (type) {
  case LLM_TYPE_F32:
  case LLM_TYPE_F16:
  case LLM_TYPE_BF16:
    *family = LinearFamily::Float;
    return true;
  case LLM_TYPE_Q8_0:
  case LLM_TYPE_Q5_0:
  case LLM_TYPE_IQ4_NL:
    *family = LinearFamily::Int8;
    return true;
  case LLM_TYPE_Q5_1:
  case LLM_TYPE_Q5_K:
    *family = LinearFamily::Int8Min;
    return true;
  case LLM_TYPE_Q6_K:
    *family = LinearFamily::Int8Group16;
    return true;
  case LLM_TYPE_Q4_0:
    *family = LinearFamily::Int4;
    return true;
  case LLM_TYPE_Q4_1:
  case LLM_TYPE_Q4_K:
    *family = LinearFamily::Int4Min;
    return true;
  case LLM_TYPE_Q2_K:
  case LLM_TYPE_Q3_K:
    *family = LinearFamily::Int4Group16Min;
    return true;
  default:
    return false;
  }
}

uint64_t row_bytes(uint32_t type, uint64_t columns) {
  if (is_float(type))
    return columns * (type == LLM_TYPE_F32 ? 4 : 2);
  const Format &f = *format_of(type);
  return columns / f.block * f.block_bytes;
}

bool fits(uint32_t type, DType activations, uint64_t columns) {
  PackedFormat format;
  return packed_format(type, activations, &format) && (is_float(type) || columns % format_of(type)->block == 0);
}

uint16_t half_bits(float value) { return from_float<f16>(value).bits; }
uint16_t weight_bits(DType type, float value) { return type == DType::F16 ? half_bits(value) : from_float<bf16>(value).bits; }

// Scale and minimum of one half of a group, as the file means them: weight = d * (code - zero) + m.
float group_d(const Format &f, const BlockGroup &g, int half) {
  float d = half_to_float(g.d);
  return two_level(f) ? d * static_cast<float>(g.scale[half]) : d;
}
float group_m(const Format &f, const BlockGroup &g, int half) {
  float dmin = half_to_float(g.dmin);
  return !has_min(f) ? 0 : two_level(f) ? -dmin * static_cast<float>(g.min[half]) : dmin;
}

// 32 columns of a row, from column 32 * group of the chunk on.
void read_codes(LinearFamily family, uint32_t type, const BlockGroup &g, float factor, uint32_t row, uint32_t group,
                Chunk *chunk) {
  const Format &f = *format_of(type);
  int zero = has_minimum(family) || code_bits(family) == 4 ? 0 : f.zero;
  for (uint32_t k = 0; k < 32; k++) {
    int code = (f.codebook ? kCodebook[g.code[k]] : g.code[k]) - zero;
    chunk->code[row][32 * group + k] = static_cast<uint16_t>(code);
  }
  uint32_t per_group = 32 / static_cast<uint32_t>(group_columns(family));
  for (uint32_t h = 0; h < per_group; h++) {
    uint16_t d = half_bits(group_d(f, g, static_cast<int>(h)) / factor);
    float m = has_min(f) ? group_m(f, g, static_cast<int>(h)) / factor : -static_cast<float>(f.zero) * to_float(f16{d});
    chunk->d[row][per_group * group + h] = d;
    chunk->m[row][per_group * group + h] = half_bits(m);
  }
}

void read_floats(uint32_t type, DType activations, const uint8_t *row, uint64_t column, uint64_t count, float factor,
                 uint16_t *target) {
  float values[CHUNK_COLUMNS];
  dequantize(type, row + column * (type == LLM_TYPE_F32 ? 4 : 2), count, values);
  for (uint64_t k = 0; k < count; k++)
    target[k] = weight_bits(activations, values[k] / factor);
}

// Lane 4 g + t, register i of step s: the row and the first of two columns.
struct Pair {
  uint32_t row, column;
};
Pair pair_of(LinearFamily f, uint32_t step, uint32_t lane, uint32_t i) {
  uint32_t first = static_cast<uint32_t>(fragment_column(f, static_cast<int32_t>(step), static_cast<int32_t>(lane % 4)));
  return {lane / 4 + 8 * (i & 1), first + 2 * (i >> 1)};
}

// Puts a register's two codes into the chunk's codes, which are zero before.
void put_pair(LinearFamily f, uint8_t *codes, uint32_t step, uint32_t lane, uint32_t i, uint16_t low, uint16_t high) {
  uint32_t steps = static_cast<uint32_t>(group_steps(f)), bytes = static_cast<uint32_t>(lane_code_bytes(f));
  uint8_t *p = codes + (step / steps * 32 + lane) * bytes + step % steps * (bytes / steps);
  if (f == LinearFamily::Float) {
    memcpy(p + 4 * i, &low, 2);
    memcpy(p + 4 * i + 2, &high, 2);
  } else if (code_bits(f) == 8) {
    p += 4 * (i / 2) + i % 2;
    p[0] = static_cast<uint8_t>(low);
    p[2] = static_cast<uint8_t>(high);
  } else {
    p[i / 2] |= static_cast<uint8_t>(low << i % 2 * 4);
    p[2 + i / 2] |= static_cast<uint8_t>(high << i % 2 * 4);
  }
}

void write_chunk(LinearFamily f, const Chunk &chunk, uint8_t *target) {
  memset(target, 0, static_cast<size_t>(chunk_bytes(f)));
  for (uint32_t s = 0; s < kSteps; s++)
    for (uint32_t lane = 0; lane < 32; lane++)
      for (uint32_t i = 0; i < 4; i++) {
        Pair p = pair_of(f, s, lane, i);
        put_pair(f, target, s, lane, i, chunk.code[p.row][p.column], chunk.code[p.row][p.column + 1]);
      }
  if (group_columns(f) == 0)
    return;
  uint8_t *p = target + code_bytes(f);
  for (uint32_t g = 0; g < 8; g++)
    for (int32_t q = 0; q < CHUNK_COLUMNS / group_columns(f); q++) {
      uint16_t entry[4] = {chunk.d[g][q], chunk.d[g + 8][q], chunk.m[g][q], chunk.m[g + 8][q]};
      uint32_t bytes = has_minimum(f) ? 8 : 4;
      memcpy(p, entry, bytes);
      p += bytes;
    }
}

float power_below(float largest) {
  if (largest == 0)
    return 1;
  int exponent;
  frexpf(largest, &exponent); // largest < 2^exponent
  return ldexpf(1, exponent - kLargestExponent);
}

float largest_scale(const Format &f, uint32_t type, uint64_t rows, uint64_t columns, const uint8_t *source) {
  float largest = 0;
  for (uint64_t row = 0; row < rows; row++, source += row_bytes(type, columns))
    for (uint64_t group = 0; group < columns / 32; group++) {
      BlockGroup g;
      read_group(type, source, group, &g);
      for (int half = 0; half < 2; half++) {
        float d = fabsf(group_d(f, g, half)), m = has_min(f) ? fabsf(group_m(f, g, half)) : d * static_cast<float>(f.zero);
        float both = std::max(d, m);
        largest = std::isfinite(both) ? std::max(largest, both) : largest;
      }
    }
  return largest;
}

float largest_weight(uint32_t type, uint64_t count, const uint8_t *source) {
  float largest = 0;
  for (uint64_t i = 0; i < count; i++) {
    float value;
    dequantize(type, source + i * row_bytes(type, 1), 1, &value);
    largest = std::isfinite(value) ? std::max(largest, fabsf(value)) : largest;
  }
  return largest;
}

struct Source {
  uint32_t type;
  DType activations;
  LinearFamily family;
  uint64_t rows, columns;
  const uint8_t *data;
  float factor;
};

void read_chunk(const Source &s, uint64_t panel, uint64_t column, Chunk *chunk) {
  memset(chunk, 0, sizeof *chunk);
  uint64_t rows = std::min<uint64_t>(PANEL_ROWS, s.rows - panel * PANEL_ROWS);
  uint64_t columns = std::min<uint64_t>(CHUNK_COLUMNS, s.columns - column);
  for (uint32_t row = 0; row < rows; row++) {
    const uint8_t *data = s.data + (panel * PANEL_ROWS + row) * row_bytes(s.type, s.columns);
    if (s.family == LinearFamily::Float) {
      read_floats(s.type, s.activations, data, column, columns, s.factor, chunk->code[row]);
      continue;
    }
    for (uint32_t group = 0; group < columns / 32; group++) {
      BlockGroup g;
      read_group(s.type, data, column / 32 + group, &g);
      read_codes(s.family, s.type, g, s.factor, row, group, chunk);
    }
  }
}

} // namespace

bool packed_format(uint32_t type, DType activations, PackedFormat *format) {
  if ((activations != DType::BF16 && activations != DType::F16) || !family_of(type, &format->family))
    return false;
  uint64_t number = static_cast<uint64_t>(format->family) << 8;
  if (format->family == LinearFamily::Float)
    number |= static_cast<uint64_t>(activations);
  format->layout = 0x4750550000000000u | kLayoutVersion << 16 | number; // "GPU"
  return true;
}

float pack_factor(uint32_t type, DType activations, uint64_t rows, uint64_t columns, const void *source) {
  const uint8_t *data = static_cast<const uint8_t *>(source);
  if (is_float(type)) // the range of f16 is narrower than that of what it stands in for
    return activations == DType::F16 && type != LLM_TYPE_F16 ? power_below(largest_weight(type, rows * columns, data)) : 1;
  const Format *f = format_of(type);
  return f != nullptr && two_level(*f) ? power_below(largest_scale(*f, type, rows, columns, data)) : 1;
}

bool pack_panels(uint32_t type, DType activations, uint64_t rows, uint64_t columns, const void *source, float factor,
                 uint64_t first, uint64_t count, void *target) {
  PackedFormat format;
  if (!packed_format(type, activations, &format) || !fits(type, activations, columns))
    return false;
  uint8_t *bytes = static_cast<uint8_t *>(target);
  if (first == 0) {
    PackedHeader header{};
    header.factor = factor;
    memcpy(bytes, &header, sizeof header);
  }
  Source s{type, activations, format.family, rows, columns, static_cast<const uint8_t *>(source), factor};
  uint64_t chunks = static_cast<uint64_t>(chunks_of(static_cast<int64_t>(columns)));
  uint64_t size = static_cast<uint64_t>(chunk_bytes(format.family));
  for (uint64_t panel = first; panel < first + count; panel++)
    for (uint64_t c = 0; c < chunks; c++) {
      Chunk chunk;
      read_chunk(s, panel, c * CHUNK_COLUMNS, &chunk);
      write_chunk(format.family, chunk, bytes + PACKED_HEADER_BYTES + (panel * chunks + c) * size);
    }
  return true;
}

bool pack(uint32_t type, DType activations, uint64_t rows, uint64_t columns, const void *source, void *target) {
  if (!fits(type, activations, columns))
    return false;
  float factor = pack_factor(type, activations, rows, columns, source);
  return pack_panels(type, activations, rows, columns, source, factor, 0,
                     static_cast<uint64_t>(panels_of(static_cast<int64_t>(rows))), target);
}

} // namespace gpu
} // namespace llmserving
