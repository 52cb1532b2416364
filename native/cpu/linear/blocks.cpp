#include "linear/blocks.h"

#include <cstring>

#include "linear/formats.h"

namespace llmserving {

float half_to_float(uint16_t half) {
  uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  uint32_t exponent = half >> 10 & 31;
  uint32_t fraction = half & 1023;
  uint32_t bits;
  if (exponent == 31) {
    bits = sign | 0x7f800000 | fraction << 13;
  } else if (exponent != 0) {
    bits = sign | (exponent + 112) << 23 | fraction << 13;
  } else {
    float value = static_cast<float>(fraction) * 5.9604644775390625e-8f; // 2^-24, exact
    memcpy(&bits, &value, 4);
    bits |= sign;
  }
  float result;
  memcpy(&result, &bits, 4);
  return result;
}

namespace {

uint16_t load16(const uint8_t *p) { return static_cast<uint16_t>(p[0] | p[1] << 8); }

uint32_t load32(const uint8_t *p) {
  return static_cast<uint32_t>(p[0]) | static_cast<uint32_t>(p[1]) << 8 | static_cast<uint32_t>(p[2]) << 16 |
         static_cast<uint32_t>(p[3]) << 24;
}

// Eight bytes at a time: bits `mask` of each, from bit `shift` on. Masks take out what a shift moves between bytes.
uint64_t take8(const uint8_t *bytes, size_t i, size_t shift, uint64_t mask) {
  uint64_t eight;
  memcpy(&eight, bytes + 8 * i, 8);
  return eight >> shift & mask * 0x0101010101010101u;
}

void put8(uint8_t *code, size_t i, uint64_t eight) { memcpy(code + 8 * i, &eight, 8); }

// Byte i of `nibbles` holds columns i (low) and i + 16 (high).
void nibble_codes(const uint8_t *nibbles, uint8_t *code) {
  for (int i = 0; i < 16; i++) {
    code[i] = nibbles[i] & 15;
    code[i + 16] = nibbles[i] >> 4;
  }
}

// Bit k of `bits` is column k's fifth bit.
void fifth_bits(uint32_t bits, uint8_t *code) {
  for (size_t i = 0; i < 4; i++) { // byte j: bit j alone, then 1 if it is set
    uint64_t each = (bits >> (8 * i) & 0xff) * 0x0101010101010101u & 0x8040201008040201u;
    each = (each + 0x7f7f7f7f7f7f7f7fu) >> 7 & 0x0101010101010101u;
    put8(code, i, take8(code, i, 0, 0xff) | each << 4);
  }
}

void read_simple(uint32_t type, const uint8_t *b, BlockGroup *t) {
  bool minimum = type == LLM_TYPE_Q4_1 || type == LLM_TYPE_Q5_1;
  bool fifth = type == LLM_TYPE_Q5_0 || type == LLM_TYPE_Q5_1;
  t->d = load16(b);
  t->dmin = minimum ? load16(b + 2) : 0;
  t->scale[0] = t->scale[1] = 1;
  t->min[0] = t->min[1] = 1;
  const uint8_t *p = b + (minimum ? 4 : 2);
  if (type == LLM_TYPE_Q8_0) {
    for (int i = 0; i < 32; i++) {
      t->code[i] = p[i] ^ 0x80;
    }
    return;
  }
  nibble_codes(fifth ? p + 4 : p, t->code);
  if (fifth) {
    fifth_bits(load32(p), t->code);
  }
}

// 8 six-bit scales and 8 six-bit minima in 12 bytes.
void scale_and_min(const uint8_t *p, size_t j, int8_t *scale, uint8_t *min) {
  if (j < 4) {
    *scale = p[j] & 63;
    *min = p[j + 4] & 63;
  } else {
    *scale = static_cast<int8_t>((p[j + 4] & 15) | p[j - 4] >> 6 << 4);
    *min = static_cast<uint8_t>(p[j + 4] >> 4 | p[j] >> 6 << 4);
  }
}

void read_q2_k(const uint8_t *b, size_t g, BlockGroup *t) {
  t->d = load16(b + 80);
  t->dmin = load16(b + 82);
  for (size_t h = 0; h < 2; h++) {
    t->scale[h] = b[2 * g + h] & 15;
    t->min[h] = b[2 * g + h] >> 4;
  }
  const uint8_t *q = b + 16 + g / 4 * 32;
  for (size_t i = 0; i < 4; i++) {
    put8(t->code, i, take8(q, i, g % 4 * 2, 3));
  }
}

void read_q3_k(const uint8_t *b, size_t g, BlockGroup *t) {
  const uint8_t *scales = b + 96;
  t->d = load16(b + 108);
  t->dmin = 0;
  for (size_t h = 0; h < 2; h++) {
    size_t s = 2 * g + h;
    int low = s < 8 ? scales[s] & 15 : scales[s - 8] >> 4;
    int high = scales[8 + s % 4] >> (s / 4 * 2) & 3;
    t->scale[h] = static_cast<int8_t>((low | high << 4) - 32);
    t->min[h] = 0;
  }
  const uint8_t *q = b + 32 + g / 4 * 32;
  for (size_t i = 0; i < 4; i++) {
    put8(t->code, i, take8(q, i, g % 4 * 2, 3) | take8(b, i, g, 1) << 2);
  }
}

void read_q45_k(bool fifth, const uint8_t *b, size_t g, BlockGroup *t) {
  t->d = load16(b);
  t->dmin = load16(b + 2);
  scale_and_min(b + 4, g, &t->scale[0], &t->min[0]);
  t->scale[1] = t->scale[0];
  t->min[1] = t->min[0];
  const uint8_t *high = b + 16;
  const uint8_t *q = b + (fifth ? 48 : 16) + g / 2 * 32;
  for (size_t i = 0; i < 4; i++) {
    uint64_t nibbles = take8(q, i, g % 2 * 4, 15);
    put8(t->code, i, fifth ? nibbles | take8(high, i, g, 1) << 4 : nibbles);
  }
}

void read_q6_k(const uint8_t *b, size_t g, BlockGroup *t) {
  t->d = load16(b + 208);
  t->dmin = 0;
  for (size_t h = 0; h < 2; h++) {
    t->scale[h] = static_cast<int8_t>(b[192 + 2 * g + h]);
    t->min[h] = 0;
  }
  const uint8_t *low = b + g / 4 * 64 + g % 2 * 32;
  const uint8_t *high = b + 128 + g / 4 * 32;
  for (size_t i = 0; i < 4; i++) {
    put8(t->code, i, take8(low, i, g % 4 / 2 * 4, 15) | take8(high, i, g % 4 * 2, 3) << 4);
  }
}

} // namespace

bool read_group(uint32_t type, const void *row, size_t group, BlockGroup *target) {
  const Format *f = format_of(type);
  if (f == nullptr) {
    return false;
  }
  const uint8_t *block = static_cast<const uint8_t *>(row) + (two_level(*f) ? group / 8 : group) * f->block_bytes;
  size_t g = group % 8; // of a super block
  switch (type) {
  case LLM_TYPE_Q2_K:
    read_q2_k(block, g, target);
    break;
  case LLM_TYPE_Q3_K:
    read_q3_k(block, g, target);
    break;
  case LLM_TYPE_Q4_K:
  case LLM_TYPE_Q5_K:
    read_q45_k(type == LLM_TYPE_Q5_K, block, g, target);
    break;
  case LLM_TYPE_Q6_K:
    read_q6_k(block, g, target);
    break;
  default:
    read_simple(type, block, target);
  }
  return true;
}

} // namespace llmserving
