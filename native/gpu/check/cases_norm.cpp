#include "check/cases.h"
#include "llmserving/gpu/norm.h"

namespace llmserving {

using namespace gpu;

namespace {

// Reads the stream and what is added, writes their sum and the result; reads the weights, writes a scale per row.
Case norm_case(DType type, DType stream, DType output, uint32_t rows, int32_t width) {
  CaseBuilder b;
  uint64_t columns = static_cast<uint64_t>(width), elements = rows * columns;
  NormParams p = {};
  p.stream = b.memory(elements * bytes_of(stream));
  p.sum = const_cast<void *>(p.stream);
  p.delta = b.memory(elements * bytes_of(type));
  p.weight = b.memory<float>(4 * columns);
  p.output = b.memory(elements * bytes_of(output));
  p.scales = b.memory<float>(4 * rows);
  p.width = width;
  p.epsilon = 1e-5f;
  uint64_t scales = output == type ? 0 : 4 * rows;
  uint64_t moved = elements * (2 * bytes_of(stream) + bytes_of(type) + bytes_of(output)) + 4 * columns + scales;
  return b.build(std::to_string(rows) + " rows of " + std::to_string(width), norm_launch(type, stream, output, rows, width),
                 p, static_cast<double>(moved));
}

} // namespace

void add_norm_cases(const Sizes &s, std::vector<Case> &cases) {
  for (DType type : {DType::BF16, DType::F16})
    for (DType stream : {type, DType::F32})
      for (DType output : {type, DType::I8, DType::E4M3})
        for (int32_t width : {1024, 4096, 8192, 16384})
          cases.push_back(norm_case(type, stream, output, rows_like_a_prompt(s, width), width));
}

} // namespace llmserving
