// The specification of linear() in scalar code, on raw file blocks: no packing, no tiles, one chain of fused
// multiply-adds per output.
#ifndef LLMSERVING_TESTS_LINEAR_TWIN_H
#define LLMSERVING_TESTS_LINEAR_TWIN_H

#include <cmath>
#include <cstring>
#include <vector>

#include "linear/blocks.h"
#include "linear/formats.h"
#include "linear/linear.h"
#include "tests/check.h"
#include "tests/isas.h"

namespace llmserving_test {

using namespace llmserving;

constexpr uint32_t kTypes[] = {LLM_TYPE_F32,  LLM_TYPE_F16,  LLM_TYPE_BF16, LLM_TYPE_Q4_0, LLM_TYPE_Q4_1,
                               LLM_TYPE_Q5_0, LLM_TYPE_Q5_1, LLM_TYPE_Q8_0, LLM_TYPE_Q2_K, LLM_TYPE_Q3_K,
                               LLM_TYPE_Q4_K, LLM_TYPE_Q5_K, LLM_TYPE_Q6_K, LLM_TYPE_IQ4_NL};

// A random matrix of file blocks.
struct Raw {
  uint32_t type;
  size_t rows;
  size_t columns;
  std::vector<uint8_t> bytes;

  static size_t block(uint32_t type) { return is_float(type) ? 1 : format_of(type)->block; }

  static size_t row_bytes(uint32_t type, size_t columns) {
    return is_float(type) ? columns * (type == LLM_TYPE_F32 ? 4 : 2)
                          : columns / format_of(type)->block * format_of(type)->block_bytes;
  }

  const uint8_t *row(size_t n) const { return bytes.data() + n * row_bytes(type, columns); }

  // highest: every code is the highest of its type.
  static Raw of(uint32_t type, size_t rows, size_t columns, Random &random, bool highest = false) {
    Raw raw{type, rows, columns, std::vector<uint8_t>(rows * row_bytes(type, columns))};
    if (is_float(type)) {
      raw.fill_floats(random);
      return raw;
    }
    for (uint8_t &byte : raw.bytes) {
      byte = highest ? 0xff : static_cast<uint8_t>(random.next());
    }
    size_t step = format_of(type)->block_bytes;
    for (size_t at = 0; at < raw.bytes.size(); at += step) {
      for (size_t offset : half_fields(type)) {
        // 2^-9 .. 2^-2, of either sign.
        uint16_t half = static_cast<uint16_t>((random.next() & 0x83ff) | (6 + random.next() % 8) << 10);
        memcpy(&raw.bytes[at + offset], &half, 2);
      }
    }
    return raw;
  }

private:
  static std::vector<size_t> half_fields(uint32_t type) {
    switch (type) {
    case LLM_TYPE_Q4_1:
    case LLM_TYPE_Q5_1:
    case LLM_TYPE_Q4_K:
    case LLM_TYPE_Q5_K:
      return {0, 2};
    case LLM_TYPE_Q2_K:
      return {80, 82};
    case LLM_TYPE_Q3_K:
      return {108};
    case LLM_TYPE_Q6_K:
      return {208};
    default:
      return {0};
    }
  }

  void fill_floats(Random &random) {
    size_t size = type == LLM_TYPE_F32 ? 4 : 2;
    for (size_t at = 0; at < bytes.size(); at += size) {
      float value = random.uniform();
      uint32_t bits;
      memcpy(&bits, &value, 4);
      if (type == LLM_TYPE_BF16) {
        bits >>= 16;
      } else if (type == LLM_TYPE_F16) {
        bits = (random.next() & 0x83ff) | (8 + random.next() % 7) << 10;
      }
      memcpy(&bytes[at], &bits, size);
    }
  }
};

// One row of x against the rows of a matrix.
class Twin {
public:
  struct Result {
    float value;
    float magnitude; // sum of |products|
  };

  Twin(const Raw &raw, ActivationKind kind, const float *x) : raw_(raw), kind_(kind), x_(x, x + raw.columns) {
    if (kind == ActivationKind::Int8) {
      quantize();
    } else if (kind == ActivationKind::Bf16) {
      for (float &value : x_) {
        value = round_to_bf16(value);
      }
    }
  }

  Result dot(size_t n) const { return kind_ == ActivationKind::Int8 ? dot_int8(n) : dot_float(n); }

private:
  void quantize() {
    for (size_t g = 0; g < x_.size(); g += 32) {
      float most = 0;
      for (size_t k = g; k < g + 32; k++) {
        most = std::fmax(most, std::fabs(x_[k]));
      }
      scale_.push_back(most / 127.0f);
      for (size_t k = g; k < g + 32; k++) {
        a_.push_back(static_cast<int>(std::nearbyint(x_[k] * (127.0f / most))));
      }
    }
  }

  static float round_to_bf16(float value) {
    float step = std::ldexp(1.0f, std::ilogb(value) - 7);
    return std::nearbyint(value / step) * step;
  }

  Result dot_float(size_t n) const {
    std::vector<float> w(x_.size());
    dequantize(raw_.type, raw_.row(n), w.size(), w.data());
    Result r{0, 0};
    for (size_t k = 0; k < w.size(); k++) {
      r.value = std::fma(w[k], x_[k], r.value);
      r.magnitude += std::fabs(w[k] * x_[k]);
    }
    return r;
  }

  Result dot_int8(size_t n) const {
    const Format &f = *format_of(raw_.type);
    float y = 0;
    for (size_t g = 0; g < scale_.size(); g++) {
      BlockGroup b;
      read_group(raw_.type, raw_.row(n), g, &b);
      int product[2] = {0, 0}, sum[2] = {0, 0};
      for (size_t k = 0; k < 32; k++) {
        int a = a_[g * 32 + k];
        product[k / 16] += a * ((f.codebook ? kCodebook[b.code[k]] : b.code[k]) - f.zero);
        sum[k / 16] += a;
      }
      y = halves(f) ? split(f, b, product, sum, scale_[g], y) : whole(f, b, product, sum, scale_[g], y);
    }
    return {y, 0};
  }

  static float whole(const Format &f, const BlockGroup &b, const int *product, const int *sum, float as, float y) {
    float scale = half_to_float(b.d) * static_cast<float>(b.scale[0]);
    y = std::fma(static_cast<float>(product[0] + product[1]) * scale, as, y);
    if (has_min(f)) {
      float min = half_to_float(b.dmin) * static_cast<float>(b.min[0]);
      y = std::fma(two_level(f) ? -min : min, as * static_cast<float>(sum[0] + sum[1]), y);
    }
    return y;
  }

  static float split(const Format &f, const BlockGroup &b, const int *product, const int *sum, float as, float y) {
    float d = half_to_float(b.d), dmin = half_to_float(b.dmin);
    float t = static_cast<float>(product[0]) * (d * static_cast<float>(b.scale[0]));
    t = std::fma(static_cast<float>(product[1]), d * static_cast<float>(b.scale[1]), t);
    for (int h = 0; h < 2 && has_min(f); h++) {
      t = std::fma(-(dmin * static_cast<float>(b.min[h])), static_cast<float>(sum[h]), t);
    }
    return std::fma(t, as, y);
  }

  const Raw &raw_;
  ActivationKind kind_;
  std::vector<float> x_;
  std::vector<int> a_;
  std::vector<float> scale_;
};

} // namespace llmserving_test

#endif
