// Folds file blocks into the packed layouts (formats.h), and reads single rows back.
#include <algorithm>
#include <cstring>

#include "linear/blocks.h"
#include "linear/formats.h"
#include "linear/linear.h"

namespace llmserving {

namespace {

constexpr uint64_t kLayoutVersion = 1;

// Columns lie four to a 32-bit word, in groups of words as in planes. No shift below lets a bit of one byte stay in
// another.
using Word = uint32_t;

void put_word(uint8_t *plane, size_t r, Word word) { memcpy(plane + 4 * r, &word, 4); }

void put_nibbles(const Word *code, size_t r, uint8_t *plane) {
  for (size_t v = 0; v < 4; v++) {
    put_word(plane + 64 * v, r, (code[v] & 0x0f0f0f0f) | (code[v + 4] & 0x0f0f0f0f) << 4);
  }
}

void put_pairs(const Word *code, int shift, size_t r, uint8_t *plane) {
  for (size_t h = 0; h < 2; h++) {
    Word word = 0;
    for (size_t t = 0; t < 4; t++) {
      word |= (code[4 * h + t] >> shift & 0x03030303) << (2 * t);
    }
    put_word(plane + 64 * h, r, word);
  }
}

void put_bits(const Word *code, int shift, size_t r, uint8_t *plane) {
  Word word = 0;
  for (size_t s = 0; s < 8; s++) {
    word |= (code[s] >> shift & 0x01010101) << s;
  }
  put_word(plane, r, word);
}

void put_planes(Planes planes, const Word *code, size_t r, uint8_t *target) {
  switch (planes) {
  case Planes::Pairs:
    put_pairs(code, 0, r, target);
    break;
  case Planes::PairsBits:
    put_pairs(code, 0, r, target);
    put_bits(code, 2, r, target + 128);
    break;
  case Planes::Nibbles:
    put_nibbles(code, r, target);
    break;
  case Planes::NibblesBits:
    put_nibbles(code, r, target);
    put_bits(code, 4, r, target + 256);
    break;
  case Planes::NibblesPairs:
    put_nibbles(code, r, target);
    put_pairs(code, 4, r, target + 256);
    break;
  case Planes::Bytes:
    for (size_t s = 0; s < 8; s++) {
      put_word(target + 64 * s, r, code[s]);
    }
    break;
  }
}

void put_scales(Scales scales, const BlockGroup &g, size_t r, uint8_t *target) {
  switch (scales) {
  case Scales::Half:
  case Scales::HalfMin:
    memcpy(target + 2 * r, &g.d, 2);
    if (scales == Scales::HalfMin) {
      memcpy(target + 32 + 2 * r, &g.dmin, 2);
    }
    break;
  case Scales::Byte32Min:
    target[r] = static_cast<uint8_t>(g.scale[0]);
    target[16 + r] = g.min[0];
    break;
  case Scales::Byte16:
    target[r] = static_cast<uint8_t>(g.scale[0]);
    target[16 + r] = static_cast<uint8_t>(g.scale[1]);
    break;
  case Scales::Nibble16Min:
    target[r] = static_cast<uint8_t>(g.scale[0] | g.min[0] << 4);
    target[16 + r] = static_cast<uint8_t>(g.scale[1] | g.min[1] << 4);
    break;
  }
}

// Columns [first, last) of a row, whole super blocks.
void pack_quantized(uint32_t type, const Format &f, const uint8_t *row, size_t r, size_t first, size_t last,
                    uint8_t *unit) {
  size_t panel = r / kPanelRows, lane = r % kPanelRows;
  for (size_t g = first / kGroup; g < last / kGroup; g++) {
    BlockGroup group;
    read_group(type, row, g, &group);
    Word code[8];
    memcpy(code, group.code, sizeof(code));
    uint8_t *target = unit + group_offset(f, g);
    put_planes(f.planes, code, lane, target + panel * plane_bytes(f.planes));
    put_scales(f.scales, group, lane, target + 2 * plane_bytes(f.planes) + panel * scale_bytes(f.scales));
    if (two_level(f) && g % 8 == 0) {
      memcpy(target - header_bytes(f) + 2 * r, &group.d, 2);
      if (has_min(f)) {
        memcpy(target - header_bytes(f) + 64 + 2 * r, &group.dmin, 2);
      }
    }
  }
}

size_t float_offset(uint32_t type, size_t r, size_t k) {
  return type == LLM_TYPE_BF16 ? (k / 2 * kUnitRows + r) * 4 + k % 2 * 2
                               : (k * kUnitRows + r) * (type == LLM_TYPE_F32 ? 4 : 2);
}

void pack_floats(uint32_t type, const uint8_t *row, size_t r, size_t first, size_t last, uint8_t *unit) {
  size_t element = type == LLM_TYPE_F32 ? 4 : 2, k = first;
  if (type == LLM_TYPE_BF16) {
    for (; k + 1 < last; k += 2) {
      memcpy(unit + float_offset(type, r, k), row + 2 * k, 4);
    }
  }
  for (; k < last; k++) {
    memcpy(unit + float_offset(type, r, k), row + k * element, element);
  }
}

size_t row_bytes(uint32_t type, size_t columns) {
  if (is_float(type)) {
    return columns * (type == LLM_TYPE_F32 ? 4 : 2);
  }
  const Format *f = format_of(type);
  return columns / f->block * f->block_bytes;
}

// The group of one row, read back from its planes: the inverse of put_planes.
int get_code(Planes planes, const uint8_t *p, size_t r, size_t k) {
  size_t s = k / 4, at = r * 4 + k % 4;
  int nibble = 0, pair = 0;
  if (planes == Planes::Nibbles || planes == Planes::NibblesBits || planes == Planes::NibblesPairs) {
    nibble = p[s % 4 * 64 + at] >> (s / 4 * 4) & 15;
    p += 256;
  }
  if (planes == Planes::Pairs || planes == Planes::PairsBits || planes == Planes::NibblesPairs) {
    pair = p[s / 4 * 64 + at] >> (s % 4 * 2) & 3;
    p += 128;
  }
  switch (planes) {
  case Planes::Pairs:
    return pair;
  case Planes::PairsBits:
    return pair | (p[at] >> s & 1) << 2;
  case Planes::NibblesBits:
    return nibble | (p[at] >> s & 1) << 4;
  case Planes::NibblesPairs:
    return nibble | pair << 4;
  case Planes::Bytes:
    return p[s * 64 + at];
  default:
    return nibble;
  }
}

struct HalfScale {
  float scale;
  float min; // to be added
};

HalfScale get_scale(const Format &f, const uint8_t *scales, const uint8_t *header, size_t r, size_t lane, size_t h) {
  uint16_t half;
  if (!two_level(f)) {
    memcpy(&half, scales + 2 * lane, 2);
    HalfScale result{half_to_float(half), 0};
    if (has_min(f)) {
      memcpy(&half, scales + 32 + 2 * lane, 2);
      result.min = half_to_float(half);
    }
    return result;
  }
  memcpy(&half, header + 2 * r, 2);
  float d = half_to_float(half);
  if (f.scales == Scales::Byte16) {
    return {d * static_cast<float>(static_cast<int8_t>(scales[16 * h + lane])), 0};
  }
  memcpy(&half, header + 64 + 2 * r, 2);
  float dmin = half_to_float(half);
  if (f.scales == Scales::Byte32Min) {
    return {d * static_cast<float>(scales[lane]), -(dmin * static_cast<float>(scales[16 + lane]))};
  }
  uint8_t both = scales[16 * h + lane];
  return {d * static_cast<float>(both & 15), -(dmin * static_cast<float>(both >> 4))};
}

} // namespace

size_t linear_units(const Matrix &w) { return (w.rows + kUnitRows - 1) / kUnitRows; }

size_t linear_row(const Matrix &w, size_t unit) {
  size_t row = unit * kUnitRows;
  return row < w.rows ? row : w.rows;
}

size_t packed_bytes(llm_isa, uint32_t type, size_t rows, size_t columns) {
  const Format *f = format_of(type);
  if (!is_float(type) && (f == nullptr || columns % f->block != 0)) {
    return 0;
  }
  return (rows + kUnitRows - 1) / kUnitRows * unit_bytes_of(type, columns);
}

uint64_t packed_layout(llm_isa, uint32_t type) { return kLayoutVersion << 32 | type; }

void pack_units(llm_isa, uint32_t type, size_t rows, size_t columns, const void *source, void *target, size_t first,
                size_t last) {
  constexpr size_t block = 256; // columns, whose part of a unit the first-level cache holds until all rows have written
  size_t bytes = unit_bytes_of(type, columns), stride = row_bytes(type, columns);
  for (size_t u = first; u < last; u++) {
    uint8_t *unit = static_cast<uint8_t *>(target) + u * bytes;
    size_t there = std::min(kUnitRows, rows - u * kUnitRows);
    if (there < kUnitRows || columns % 2 != 0) {
      memset(unit, 0, bytes);
    }
    for (size_t k = 0; k < columns; k += block) {
      size_t end = std::min(k + block, columns);
      for (size_t r = 0; r < there; r++) {
        const uint8_t *row = static_cast<const uint8_t *>(source) + (u * kUnitRows + r) * stride;
        if (is_float(type)) {
          pack_floats(type, row, r, k, end, unit);
        } else {
          pack_quantized(type, *format_of(type), row, r, k, end, unit);
        }
      }
    }
  }
}

void unpack_row(llm_isa, const Matrix &w, size_t row, float *target) {
  const uint8_t *unit =
      static_cast<const uint8_t *>(w.data) + row / kUnitRows * unit_bytes_of(w.type, w.columns);
  size_t r = row % kUnitRows, panel = r / kPanelRows, lane = r % kPanelRows;
  if (is_float(w.type)) {
    for (size_t k = 0; k < w.columns; k++) {
      dequantize(w.type, unit + float_offset(w.type, r, k), 1, target + k);
    }
    return;
  }
  const Format &f = *format_of(w.type);
  for (size_t g = 0; g < w.columns / kGroup; g++) {
    const uint8_t *group = unit + group_offset(f, g);
    const uint8_t *planes = group + panel * plane_bytes(f.planes);
    const uint8_t *scales = group + 2 * plane_bytes(f.planes) + panel * scale_bytes(f.scales);
    const uint8_t *header = unit + g / super_groups(f) * super_bytes(f);
    for (size_t h = 0; h < 2; h++) {
      HalfScale s = get_scale(f, scales, header, r, lane, h);
      for (size_t k = 16 * h; k < 16 * h + 16; k++) {
        int code = get_code(f.planes, planes, lane, k);
        float value = s.scale * static_cast<float>((f.codebook ? kCodebook[code] : code) - f.zero);
        target[g * kGroup + k] = has_min(f) ? value + s.min : value;
      }
    }
  }
}

} // namespace llmserving
