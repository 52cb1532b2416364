// The scalar twin of every type on raw file blocks: the specification that all kernels are held to.
#include <cstring>

#include "linear/blocks.h"
#include "linear/formats.h"
#include "linear/linear.h"

namespace llmserving {

namespace {

void dequantize_group(const Format &f, const BlockGroup &g, float *target) {
  float d = half_to_float(g.d);
  float dmin = half_to_float(g.dmin);
  for (int k = 0; k < 32; k++) {
    int h = k / 16;
    int code = (f.codebook ? kCodebook[g.code[k]] : g.code[k]) - f.zero;
    float scale = two_level(f) ? d * static_cast<float>(g.scale[h]) : d;
    float value = scale * static_cast<float>(code);
    if (has_min(f)) {
      value = two_level(f) ? value - dmin * static_cast<float>(g.min[h]) : value + dmin;
    }
    target[k] = value;
  }
}

void dequantize_bf16(const uint8_t *source, size_t count, float *target) {
  for (size_t i = 0; i < count; i++) {
    uint32_t bits = static_cast<uint32_t>(source[2 * i]) << 16 | static_cast<uint32_t>(source[2 * i + 1]) << 24;
    memcpy(target + i, &bits, 4);
  }
}

void dequantize_f16(const uint8_t *source, size_t count, float *target) {
  for (size_t i = 0; i < count; i++) {
    target[i] = half_to_float(static_cast<uint16_t>(source[2 * i] | source[2 * i + 1] << 8));
  }
}

} // namespace

bool dequantize(uint32_t type, const void *source, size_t count, float *target) {
  const uint8_t *bytes = static_cast<const uint8_t *>(source);
  switch (type) {
  case LLM_TYPE_F32:
    memcpy(target, bytes, count * 4);
    return true;
  case LLM_TYPE_F16:
    dequantize_f16(bytes, count, target);
    return true;
  case LLM_TYPE_BF16:
    dequantize_bf16(bytes, count, target);
    return true;
  default:
    break;
  }
  const Format *f = format_of(type);
  if (f == nullptr || count % f->block != 0) {
    return false;
  }
  for (size_t g = 0; g < count / kGroup; g++) {
    BlockGroup group;
    read_group(type, bytes, g, &group);
    dequantize_group(*f, group, target + g * kGroup);
  }
  return true;
}

} // namespace llmserving
