#include "check/cases.h"
#include "llmserving/gpu/quantize.h"

namespace llmserving {

using namespace gpu;

namespace {

std::string rows_of(uint32_t rows, int32_t width) { return std::to_string(rows) + " rows of " + std::to_string(width); }

enum class Scales { PerRow, Static, PerGroup };

// Reads values and, where it is given, their scale; writes codes and the scales that it finds.
Case quantize_case(Scales scales, DType type, DType output, uint32_t rows, int32_t width) {
  CaseBuilder b;
  uint64_t elements = rows * static_cast<uint64_t>(width);
  uint64_t count = scales == Scales::PerRow ? rows : scales == Scales::Static ? 1 : elements / 32;
  QuantizeParams p = {};
  p.input = b.memory(elements * bytes_of(type));
  p.output = b.memory(elements * bytes_of(output));
  p.scales = b.memory<float>(4 * count);
  p.static_scale = p.scales;
  p.width = width;
  Launch launch = scales == Scales::PerRow   ? quantize_rows_launch(type, output, rows, width)
                  : scales == Scales::Static ? quantize_static_launch(type, output, rows, width)
                                             : quantize_groups_launch(type, rows, width);
  return b.build(rows_of(rows, width), launch, p,
                 static_cast<double>(elements * (bytes_of(type) + bytes_of(output)) + 4 * count));
}

Case dequantize_case(DType input, DType type, uint32_t rows, int32_t width) {
  CaseBuilder b;
  uint64_t elements = rows * static_cast<uint64_t>(width);
  DequantizeParams p = {};
  p.input = b.memory(elements * bytes_of(input));
  p.scales = b.memory<float>(4 * rows);
  p.output = b.memory(elements * bytes_of(type));
  p.width = width;
  return b.build(rows_of(rows, width), dequantize_rows_launch(input, type, rows, width), p,
                 static_cast<double>(elements * (bytes_of(type) + bytes_of(input)) + 4 * rows));
}

} // namespace

void add_quantize_cases(const Sizes &s, std::vector<Case> &cases) {
  uint32_t rows = rows_like_a_prompt(s, s.width);
  for (DType type : {DType::BF16, DType::F16}) {
    for (DType output : {DType::I8, DType::E4M3}) {
      for (int32_t width : {1024, 4096, 8192, 16384, 32768})
        cases.push_back(quantize_case(Scales::PerRow, type, output, rows_like_a_prompt(s, width), width));
      cases.push_back(quantize_case(Scales::Static, type, output, rows, s.width));
      cases.push_back(dequantize_case(output, type, rows, s.width));
    }
    cases.push_back(quantize_case(Scales::PerGroup, type, DType::I8, rows, s.width));
  }
}

} // namespace llmserving
