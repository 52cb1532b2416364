// What tests of matrix products with packed weights share: weights, activations, a launch of one matrix, and sums in double
// precision over the weights that the packed matrix stands for.
#ifndef LLMSERVING_GPU_TESTS_LINEAR_FIXTURE_H
#define LLMSERVING_GPU_TESTS_LINEAR_FIXTURE_H

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "harness.h"
#include "linear_weights.h"
#include "llmserving/gpu/linear.h"
#include "pack.h"
#include "tests/check.h"

namespace llmserving {
namespace gputest {

using namespace gpu;
using llmserving_test::Random;

constexpr DType kActivationTypes[] = {DType::BF16, DType::F16};

inline uint16_t to_bits(DType type, float value) {
  return type == DType::F16 ? from_float<f16>(value).bits : from_float<bf16>(value).bits;
}
inline float to_value(DType type, uint16_t bits) { return type == DType::F16 ? to_float(f16{bits}) : to_float(bf16{bits}); }

inline const FileType &file_type(uint32_t type) {
  return *std::find_if(std::begin(kFileTypes), std::end(kFileTypes), [&](const FileType &t) { return t.type == type; });
}

inline LinearFamily family_of(uint32_t file, DType activations) {
  PackedFormat format;
  CHECK(packed_format(file, activations, &format), "type %u", file);
  return format.family;
}

// A packed matrix, with its weights.
struct Weights {
  LinearFamily family;
  int32_t n, k;
  std::vector<float> values; // [n][k]
  std::vector<uint8_t> packed;

  Weights(uint32_t type, DType activations, int32_t rows, int32_t columns, Random &random) : n(rows), k(columns) {
    uint64_t r = static_cast<uint64_t>(rows), c = static_cast<uint64_t>(columns);
    family = family_of(type, activations);
    std::vector<uint8_t> source = random_blocks(file_type(type), r, c, 1, random);
    packed.resize(static_cast<size_t>(gpu::packed_bytes(family, n, k)));
    CHECK(pack(type, activations, r, c, source.data(), packed.data()), "type %u", type);
    values.resize(r * c);
    unpack(family, activations, r, c, packed.data(), values.data());
  }
};

struct Tokens {
  int32_t m, k, stride;
  std::vector<uint16_t> bits;

  Tokens(DType type, int32_t tokens, int32_t columns, Random &random, int32_t padding = 8)
      : m(tokens), k(columns), stride(columns + padding) {
    bits.resize(static_cast<size_t>(m) * static_cast<size_t>(stride));
    for (uint16_t &b : bits)
      b = to_bits(type, random.activation());
    // What lies beyond a row must not count, not even as 0 * NaN.
    for (int32_t token = 0; token < m; token++)
      for (int32_t i = k; i < stride; i++)
        bits[static_cast<size_t>(token * stride + i)] = 0x7fff;
  }
};

struct Options {
  bool bias = false, f32_out = false;
  float scale = 1, cap = 0;
  int32_t offset = 0, extra = 0; // column of the first output, and columns after the last one
  const std::vector<int32_t> *rows = nullptr;
};

inline vectors::Element element_of_output(bool f32) { return f32 ? vectors::Element::F32 : vectors::Element::Bits16; }

// Outputs [m][n] as f32, checked for writes outside their columns.
inline std::vector<float> compute(const Launch &launch, DType type, const Weights &w, const Tokens &x, const Options &o,
                           const std::vector<float> &bias, Traffic *traffic = nullptr) {
  int32_t m = o.rows == nullptr ? x.m : static_cast<int32_t>(o.rows->size()), stride = o.offset + w.n + o.extra;
  Array<uint16_t> tokens(x.bits);
  Array<uint8_t> weights(w.packed);
  Array<float> added(bias);
  Array<int32_t> rows(o.rows == nullptr ? std::vector<int32_t>{0} : *o.rows);
  std::vector<uint8_t> before(static_cast<size_t>(m) * static_cast<size_t>(stride) * (o.f32_out ? 4 : 2), 0x5a);
  Memory y(before.data(), before.size(), element_of_output(o.f32_out));
  LinearParams p = {};
  p.x = tokens.data();
  p.rows = o.rows == nullptr ? nullptr : rows.data();
  p.y = y.data();
  p.x_stride = x.stride;
  p.y_stride = stride;
  p.m = m;
  p.k = w.k;
  p.f32_out = o.f32_out;
  p.scale = o.scale;
  p.cap = o.cap;
  p.parts[0] = {weights.data(), o.bias ? added.data() : nullptr, o.offset, w.n};
  CHECK(launch.kernel != nullptr, "no instance");
  Traffic t = gputest::run(launch, p);
  if (traffic != nullptr)
    *traffic = t;
  std::vector<uint8_t> bytes(y.bytes());
  y.read(bytes.data());
  std::vector<float> outputs;
  for (int32_t token = 0; token < m; token++)
    for (int32_t i = 0; i < stride; i++) {
      size_t at = static_cast<size_t>(token * stride + i);
      bool inside = i >= o.offset && i < o.offset + w.n;
      uint32_t bits = 0;
      memcpy(&bits, bytes.data() + at * (o.f32_out ? 4 : 2), o.f32_out ? 4 : 2);
      CHECK(inside || bits == (o.f32_out ? 0x5a5a5a5au : 0x5a5au), "%s wrote column %d of token %d", launch.kernel, i, token);
      if (inside)
        outputs.push_back(o.f32_out ? float_of_bits(bits) : to_value(type, static_cast<uint16_t>(bits)));
    }
  return outputs;
}

// Tolerance: k 2^-22 sum |w x| for sums in f32 and the rounding of codes' products, then the output's own rounding.
inline void compare(const char *kernel, DType type, const Weights &w, const Tokens &x, const Options &o,
             const std::vector<float> &bias, const std::vector<float> &actual) {
  int32_t m = o.rows == nullptr ? x.m : static_cast<int32_t>(o.rows->size());
  for (int32_t token = 0; token < m; token++)
    for (int32_t i = 0; i < w.n; i++) {
      double sum = o.bias ? bias[static_cast<size_t>(i)] : 0, magnitude = std::fabs(sum);
      int32_t row = o.rows == nullptr ? token : (*o.rows)[static_cast<size_t>(token)];
      for (int32_t k = 0; k < w.k; k++) {
        double product = static_cast<double>(w.values[static_cast<size_t>(i * w.k + k)]) *
                         to_value(type, x.bits[static_cast<size_t>(row * x.stride + k)]);
        sum += product;
        magnitude += std::fabs(product);
      }
      sum *= o.scale;
      double error = std::ldexp(w.k * magnitude * o.scale, -22);
      if (o.cap != 0) {
        sum = o.cap * std::tanh(sum / o.cap);
        error += o.cap * std::ldexp(1, -20);
      }
      if (!o.f32_out)
        error += std::fabs(sum) * std::ldexp(1, type == DType::F16 ? -11 : -8) + std::ldexp(1, -25);
      float got = actual[static_cast<size_t>(token * w.n + i)];
      CHECK(std::fabs(got - sum) <= error, "%s m %d n %d k %d: token %d row %d: %g, not %g (%g)", kernel, m, w.n, w.k, token,
            i, got, sum, error);
    }
}

// One file type per family, with what k must be a multiple of.
struct Case {
  uint32_t type;
  int32_t k[3];
};
constexpr Case kCases[] = {{LLM_TYPE_BF16, {8, 72, 320}},  {LLM_TYPE_Q8_0, {32, 96, 320}}, {LLM_TYPE_Q5_1, {32, 96, 320}},
                           {LLM_TYPE_Q6_K, {256, 256, 512}}, {LLM_TYPE_Q4_0, {64, 96, 320}}, {LLM_TYPE_Q4_1, {32, 96, 320}},
                           {LLM_TYPE_Q2_K, {256, 256, 512}}};

// What decides a launch.
inline LinearParams sizes(int32_t m, int32_t n, int32_t k) {
  LinearParams p = {};
  p.m = m;
  p.k = k;
  p.parts[0].n = n;
  return p;
}

} // namespace gputest
} // namespace llmserving

#endif
