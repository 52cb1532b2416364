#include "check/cases.h"
#include "llmserving/gpu/activation.h"
#include "llmserving/gpu/elementwise.h"
#include "llmserving/gpu/embedding.h"
#include "llmserving/gpu/norm.h"
#include "llmserving/gpu/quantize.h"

namespace llmserving {

using namespace gpu;

namespace {

uint64_t bytes_of(DType type) { return type == DType::F32 ? 4 : type == DType::F16 || type == DType::BF16 ? 2 : 1; }

std::string rows_of(uint32_t rows, int32_t width) { return std::to_string(rows) + " rows of " + std::to_string(width); }

Case norm_case(DType type, DType stream, DType output, uint32_t rows, int32_t width) {
  CaseBuilder b;
  uint64_t elements = static_cast<uint64_t>(rows) * static_cast<uint64_t>(width);
  NormParams p = {};
  p.stream = b.memory(elements * bytes_of(stream));
  p.sum = const_cast<void *>(p.stream);
  p.delta = b.memory(elements * bytes_of(type));
  p.weight = b.memory<float>(4 * static_cast<uint64_t>(width));
  p.output = b.memory(elements * bytes_of(output));
  p.scales = b.memory<float>(4 * rows);
  p.width = width;
  p.epsilon = 1e-5f;
  double per_element = 2.0 * static_cast<double>(bytes_of(stream)) + static_cast<double>(bytes_of(type) + bytes_of(output));
  return b.build(rows_of(rows, width), norm_launch(type, stream, output, rows, width), p,
                 static_cast<double>(elements) * per_element);
}

Case activation_case(DType type, DType output, uint32_t rows, int32_t width) {
  CaseBuilder b;
  uint64_t elements = static_cast<uint64_t>(rows) * static_cast<uint64_t>(width);
  ActivationParams p = {};
  p.input = b.memory(2 * elements * bytes_of(type));
  p.output = b.memory(elements * bytes_of(output));
  p.scales = b.memory<float>(4 * rows);
  p.width = width;
  return b.build(rows_of(rows, width), activation_launch(type, output, rows, width), p,
                 static_cast<double>(elements * (2 * bytes_of(type) + bytes_of(output))));
}

Case quantize_case(DType type, DType output, uint32_t rows, int32_t width) {
  CaseBuilder b;
  uint64_t elements = static_cast<uint64_t>(rows) * static_cast<uint64_t>(width);
  QuantizeParams p = {};
  p.input = b.memory(elements * bytes_of(type));
  p.output = b.memory(elements * bytes_of(output));
  p.scales = b.memory<float>(4 * rows);
  p.width = width;
  return b.build(rows_of(rows, width), quantize_rows_launch(type, output, rows, width), p,
                 static_cast<double>(elements * (bytes_of(type) + bytes_of(output))));
}

Case dequantize_case(DType input, DType type, uint32_t rows, int32_t width) {
  CaseBuilder b;
  uint64_t elements = static_cast<uint64_t>(rows) * static_cast<uint64_t>(width);
  DequantizeParams p = {};
  p.input = b.memory(elements * bytes_of(input));
  p.scales = b.memory<float>(4 * rows);
  p.output = b.memory(elements * bytes_of(type));
  p.width = width;
  return b.build(rows_of(rows, width), dequantize_rows_launch(input, type, rows, width), p,
                 static_cast<double>(elements * (bytes_of(type) + bytes_of(input))));
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

Case embedding_case(DType table, DType output, const Sizes &s) {
  CaseBuilder b;
  std::vector<int32_t> ids(static_cast<size_t>(s.rows));
  for (size_t i = 0; i < ids.size(); i++)
    ids[i] = static_cast<int32_t>(i * 7919 % static_cast<size_t>(s.vocabulary));
  uint64_t width = static_cast<uint64_t>(s.width), elements = static_cast<uint64_t>(s.rows) * width;
  EmbeddingParams p = {};
  p.ids = b.copy(ids);
  p.table = b.memory(static_cast<uint64_t>(s.vocabulary) * width * bytes_of(table));
  p.output = b.memory(elements * bytes_of(output));
  p.width = s.width;
  p.vocabulary_end = s.vocabulary;
  p.factor = 1;
  uint32_t rows = static_cast<uint32_t>(s.rows);
  return b.build(rows_of(rows, s.width), embedding_launch(table, output, rows, s.width), p,
                 static_cast<double>(elements * (bytes_of(table) + bytes_of(output))));
}

} // namespace

void add_row_cases(const Sizes &s, std::vector<Case> &cases) {
  uint32_t rows = static_cast<uint32_t>(s.rows);
  for (DType type : {DType::BF16, DType::F16}) {
    for (DType output : {type, DType::I8, DType::E4M3}) {
      for (DType stream : {type, DType::F32})
        for (int32_t width : {s.width / 4, s.width, 4 * s.width})
          cases.push_back(norm_case(type, stream, output, rows, width));
      cases.push_back(activation_case(type, output, rows, s.feed_forward));
      for (int32_t width : {s.width / 4, s.width, 4 * s.width, 8 * s.width})
        if (output != type)
          cases.push_back(quantize_case(type, output, rows, width));
      if (output != type)
        cases.push_back(dequantize_case(output, type, rows, s.width));
    }
    for (DType stream : {type, DType::F32}) {
      cases.push_back(add_case(type, stream, rows, s.width));
      cases.push_back(embedding_case(type, stream, s));
    }
  }
}

} // namespace llmserving
