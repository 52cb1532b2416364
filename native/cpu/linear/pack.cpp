// Folds file blocks into the packed layouts (formats.h), and reads single rows back.
#include <cstring>

#include "linear/blocks.h"
#include "linear/formats.h"
#include "linear/linear.h"

namespace llmserving {

namespace {

constexpr uint64_t kLayoutVersion = 1;

void put_nibbles(const uint8_t *code, size_t r, uint8_t *plane) {
  for (size_t i = 0; i < 16; i++) {
    plane[i / 4 * 64 + r * 4 + i % 4] = static_cast<uint8_t>((code[i] & 15) | (code[i + 16] & 15) << 4);
  }
}

void put_pairs(const uint8_t *code, int shift, size_t r, uint8_t *plane) {
  for (size_t h = 0; h < 2; h++) {
    for (size_t j = 0; j < 4; j++) {
      int byte = 0;
      for (size_t t = 0; t < 4; t++) {
        byte |= (code[16 * h + 4 * t + j] >> shift & 3) << (2 * t);
      }
      plane[h * 64 + r * 4 + j] = static_cast<uint8_t>(byte);
    }
  }
}

void put_bits(const uint8_t *code, int shift, size_t r, uint8_t *plane) {
  for (size_t j = 0; j < 4; j++) {
    int byte = 0;
    for (size_t s = 0; s < 8; s++) {
      byte |= (code[4 * s + j] >> shift & 1) << s;
    }
    plane[r * 4 + j] = static_cast<uint8_t>(byte);
  }
}

void put_planes(Planes planes, const uint8_t *code, size_t r, uint8_t *target) {
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
    for (size_t k = 0; k < 32; k++) {
      target[k / 4 * 64 + r * 4 + k % 4] = code[k];
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

void pack_quantized_row(uint32_t type, const Format &f, size_t columns, const uint8_t *row, size_t r, uint8_t *unit) {
  size_t panel = r / kPanelRows, lane = r % kPanelRows;
  for (size_t g = 0; g < columns / kGroup; g++) {
    BlockGroup group;
    read_group(type, row, g, &group);
    uint8_t *target = unit + group_offset(f, g);
    put_planes(f.planes, group.code, lane, target + panel * plane_bytes(f.planes));
    put_scales(f.scales, group, lane, target + 2 * plane_bytes(f.planes) + panel * scale_bytes(f.scales));
    if (two_level(f) && g % super_groups(f) == 0) {
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
  size_t bytes = unit_bytes_of(type, columns), stride = row_bytes(type, columns);
  size_t element = type == LLM_TYPE_F32 ? 4 : 2;
  for (size_t u = first; u < last; u++) {
    uint8_t *unit = static_cast<uint8_t *>(target) + u * bytes;
    memset(unit, 0, bytes);
    for (size_t r = 0; r < kUnitRows && u * kUnitRows + r < rows; r++) {
      const uint8_t *row = static_cast<const uint8_t *>(source) + (u * kUnitRows + r) * stride;
      if (!is_float(type)) {
        pack_quantized_row(type, *format_of(type), columns, row, r, unit);
        continue;
      }
      for (size_t k = 0; k < columns; k++) {
        memcpy(unit + float_offset(type, r, k), row + k * element, element);
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
