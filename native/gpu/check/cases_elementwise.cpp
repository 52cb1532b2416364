#include "check/cases.h"
#include "llmserving/gpu/activation.h"
#include "llmserving/gpu/elementwise.h"

namespace llmserving {

using namespace gpu;

namespace {

std::string rows_of(uint32_t rows, int32_t width) { return std::to_string(rows) + " rows of " + std::to_string(width); }

// Reads gate and up, writes their product and, quantized, a scale per row.
Case activation_case(DType type, DType output, uint32_t rows, int32_t width) {
  CaseBuilder b;
  uint64_t elements = rows * static_cast<uint64_t>(width);
  ActivationParams p = {};
  p.input = b.memory(2 * elements * bytes_of(type));
  p.output = b.memory(elements * bytes_of(output));
  p.scales = b.memory<float>(4 * rows);
  p.width = width;
  uint64_t moved = elements * (2 * bytes_of(type) + bytes_of(output)) + (output == type ? 0 : 4 * rows);
  return b.build(rows_of(rows, width), activation_launch(type, output, rows, width), p, static_cast<double>(moved));
}

Case add_case(DType type, DType stream, uint32_t rows, int32_t width) {
  CaseBuilder b;
  AddParams p = {};
  p.count = static_cast<int64_t>(rows) * width;
  uint64_t elements = static_cast<uint64_t>(p.count);
  p.a = b.memory(elements * bytes_of(stream));
  p.output = const_cast<void *>(p.a);
  p.b = b.memory(elements * bytes_of(type));
  return b.build(rows_of(rows, width), add_launch(type, stream, p.count), p,
                 static_cast<double>(elements * (2 * bytes_of(stream) + bytes_of(type))));
}

Case scale_cap_case(int32_t rows, int32_t vocabulary) {
  CaseBuilder b;
  ScaleCapParams p = {};
  p.count = static_cast<int64_t>(rows) * vocabulary;
  p.values = b.memory<float>(4 * static_cast<uint64_t>(p.count));
  p.scale = 1;
  p.cap = 30;
  return b.build(std::to_string(rows) + " rows of logits", scale_cap_launch(p.count), p, 8.0 * static_cast<double>(p.count));
}

} // namespace

void add_elementwise_cases(const Sizes &s, std::vector<Case> &cases) {
  for (DType type : {DType::BF16, DType::F16}) {
    cases.push_back(activation_case(type, type, rows_like_a_prompt(s, s.width), s.feed_forward));
    for (DType output : {DType::I8, DType::E4M3})
      for (int32_t width : {1024, 4096, 8192, 14336, 28672})
        cases.push_back(activation_case(type, output, rows_like_a_prompt(s, width), width));
    for (DType stream : {type, DType::F32})
      cases.push_back(add_case(type, stream, rows_like_a_prompt(s, s.width), s.width));
  }
  cases.push_back(scale_cap_case(s.batches.back(), s.vocabulary));
}

} // namespace llmserving
