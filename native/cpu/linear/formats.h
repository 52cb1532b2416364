// The packed layouts, as compile-time constants. Everything here has internal linkage, because translation units with
// different instruction sets include it.
//
//   matrix  = [rows / 32] units                      one worker computes a unit; the last one is padded with zeros
//   unit    = [columns / super] super blocks         one sequential stream of bytes
//   super   = { f16 d[2][16]; f16 dmin[2][16] }      K-quants only (super = 256 columns; else 32 and no header)
//             [super / 32] groups
//   group   = { planes[2 panels]; scales[2 panels] } 32 rows x 32 columns
//   planes of a panel (16 rows r, columns k = 4 s + j, "step" s = 0..7, byte position r * 4 + j of 64):
//     nibbles [4][64]   vector v: low nibble = step v, high nibble = step v + 4
//     pairs   [2][64]   vector h: bits 2t, 2t + 1 = step 4 h + t
//     bits    [64]      bit s = step s
//     bytes   [8][64]   vector s = step s
//   float matrices = [rows / 32][columns][32], BF16 = [rows / 32][columns / 2][32][2]
#ifndef LLMSERVING_LINEAR_FORMATS_H
#define LLMSERVING_LINEAR_FORMATS_H

#include <cstddef>
#include <cstdint>

#include "llmserving/llmserving.h"

namespace llmserving {
namespace {

constexpr size_t kPanelRows = 16;
constexpr size_t kUnitRows = 32;
constexpr size_t kGroup = 32;

enum class Planes { Pairs, PairsBits, Nibbles, NibblesBits, NibblesPairs, Bytes };

enum class Scales {
  Half,         // f16 d[16]
  HalfMin,      // f16 d[16], f16 min[16]
  Byte32Min,    // u8 scale[16], u8 min[16], one per 32 columns
  Byte16,       // i8 scale[2][16], one per 16 columns
  Nibble16Min   // u8 [2][16]: low nibble scale, high nibble min, one per 16 columns
};

struct Format {
  Planes planes;
  Scales scales;
  int zero;            // code that stands for 0
  bool codebook;       // codes index kCodebook
  size_t block;        // columns of a file block
  size_t block_bytes;  // bytes of a file block
};

constexpr Format kQ4_0{Planes::Nibbles, Scales::Half, 8, false, 32, 18};
constexpr Format kQ4_1{Planes::Nibbles, Scales::HalfMin, 0, false, 32, 20};
constexpr Format kQ5_0{Planes::NibblesBits, Scales::Half, 16, false, 32, 22};
constexpr Format kQ5_1{Planes::NibblesBits, Scales::HalfMin, 0, false, 32, 24};
constexpr Format kQ8_0{Planes::Bytes, Scales::Half, 128, false, 32, 34};
constexpr Format kIQ4_NL{Planes::Nibbles, Scales::Half, 128, true, 32, 18};
constexpr Format kQ2_K{Planes::Pairs, Scales::Nibble16Min, 0, false, 256, 84};
constexpr Format kQ3_K{Planes::PairsBits, Scales::Byte16, 4, false, 256, 110};
constexpr Format kQ4_K{Planes::Nibbles, Scales::Byte32Min, 0, false, 256, 144};
constexpr Format kQ5_K{Planes::NibblesBits, Scales::Byte32Min, 0, false, 256, 176};
constexpr Format kQ6_K{Planes::NibblesPairs, Scales::Byte16, 32, false, 256, 210};

// IQ4_NL's values, with 128 added.
constexpr uint8_t kCodebook[16] = {1, 24, 45, 63, 79, 93, 106, 118, 129, 141, 153, 166, 181, 197, 217, 241};

constexpr size_t plane_bytes(Planes planes) {
  switch (planes) {
  case Planes::Pairs:
    return 128;
  case Planes::PairsBits:
    return 192;
  case Planes::Nibbles:
    return 256;
  case Planes::NibblesBits:
    return 320;
  case Planes::NibblesPairs:
    return 384;
  case Planes::Bytes:
    break;
  }
  return 512;
}

constexpr size_t scale_bytes(Scales scales) { return scales == Scales::HalfMin ? 64 : 32; }
constexpr bool two_level(const Format &f) { return f.block == 256; }
constexpr bool has_min(const Format &f) {
  return f.scales == Scales::HalfMin || f.scales == Scales::Byte32Min || f.scales == Scales::Nibble16Min;
}
// Whether each half of a group has a scale of its own.
constexpr bool halves(const Format &f) { return f.scales == Scales::Byte16 || f.scales == Scales::Nibble16Min; }
// Whether codes exceed 7 bits as they enter a dot product.
constexpr bool wide(const Format &f) { return f.planes == Planes::Bytes || f.codebook; }

constexpr size_t group_bytes(const Format &f) { return 2 * (plane_bytes(f.planes) + scale_bytes(f.scales)); }
constexpr size_t header_bytes(const Format &f) { return two_level(f) ? (has_min(f) ? 128 : 64) : 0; }
constexpr size_t super_groups(const Format &f) { return f.block / kGroup; }
constexpr size_t super_bytes(const Format &f) { return header_bytes(f) + super_groups(f) * group_bytes(f); }
constexpr size_t unit_bytes(const Format &f, size_t columns) { return columns / f.block * super_bytes(f); }
// Offset of a group within its unit. Super blocks have one group or eight: no division by what only run time knows.
constexpr size_t group_offset(const Format &f, size_t group) {
  return two_level(f) ? group / 8 * super_bytes(f) + header_bytes(f) + group % 8 * group_bytes(f)
                      : group * group_bytes(f);
}

constexpr const Format *format_of(uint32_t type) {
  switch (type) {
  case LLM_TYPE_Q4_0:
    return &kQ4_0;
  case LLM_TYPE_Q4_1:
    return &kQ4_1;
  case LLM_TYPE_Q5_0:
    return &kQ5_0;
  case LLM_TYPE_Q5_1:
    return &kQ5_1;
  case LLM_TYPE_Q8_0:
    return &kQ8_0;
  case LLM_TYPE_Q2_K:
    return &kQ2_K;
  case LLM_TYPE_Q3_K:
    return &kQ3_K;
  case LLM_TYPE_Q4_K:
    return &kQ4_K;
  case LLM_TYPE_Q5_K:
    return &kQ5_K;
  case LLM_TYPE_Q6_K:
    return &kQ6_K;
  case LLM_TYPE_IQ4_NL:
    return &kIQ4_NL;
  default:
    return nullptr;
  }
}

constexpr bool is_float(uint32_t type) {
  return type == LLM_TYPE_F32 || type == LLM_TYPE_F16 || type == LLM_TYPE_BF16;
}

constexpr size_t float_unit_bytes(uint32_t type, size_t columns) {
  return type == LLM_TYPE_F32 ? kUnitRows * columns * 4
                              : kUnitRows * 2 * (type == LLM_TYPE_BF16 ? (columns + 1) / 2 * 2 : columns);
}

constexpr size_t unit_bytes_of(uint32_t type, size_t columns) {
  return is_float(type) ? float_unit_bytes(type, columns) : unit_bytes(*format_of(type), columns);
}

} // namespace
} // namespace llmserving

#endif
