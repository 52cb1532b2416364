#include "check/cases.h"
#include "llmserving/gpu/linear.h"

namespace llmserving {

using namespace gpu;

namespace {

struct Matrix {
  const char *name;
  int32_t n, k;
};

// What decides a launch.
LinearParams sizes(int32_t m, const Matrix &matrix) {
  LinearParams p = {};
  p.m = m, p.k = matrix.k;
  p.parts[0].n = matrix.n;
  return p;
}

// Reads weights (of their header the factor alone) and rows, writes rows.
Case linear_case(LinearFamily family, int32_t m, const Matrix &matrix, const Launch &launch) {
  CaseBuilder b;
  LinearParams p = sizes(m, matrix);
  uint64_t weights = static_cast<uint64_t>(packed_bytes(family, matrix.n, matrix.k));
  p.x = b.memory(2 * static_cast<uint64_t>(m) * static_cast<uint64_t>(matrix.k));
  p.parts[0].w = b.memory(weights);
  p.y = b.memory(2 * static_cast<uint64_t>(m) * static_cast<uint64_t>(matrix.n));
  p.x_stride = matrix.k;
  p.y_stride = matrix.n;
  p.scale = 1;
  double rows = m, n = matrix.n, k = matrix.k;
  std::string shape = std::string(matrix.name) + ", " + std::to_string(m) + " rows";
  return b.build(shape, launch, p,
                 static_cast<double>(weights - PACKED_HEADER_BYTES + 4) + 2 * rows * (k + n), 2 * rows * n * k, Unit::Tensor16);
}

Case unpack_case(LinearFamily family, DType type, const Matrix &matrix) {
  CaseBuilder b;
  LinearUnpackParams p = {};
  uint64_t weights = static_cast<uint64_t>(packed_bytes(family, matrix.n, matrix.k));
  uint64_t elements = static_cast<uint64_t>(matrix.n) * static_cast<uint64_t>(matrix.k);
  p.w = b.memory(weights);
  p.y = b.memory(2 * elements);
  p.y_stride = matrix.k;
  p.n = matrix.n, p.k = matrix.k;
  return b.build(matrix.name, linear_unpack_launch(family, type, matrix.n, matrix.k), p,
                 static_cast<double>(weights - PACKED_HEADER_BYTES + 4 + 2 * elements));
}

// The kernels of few and of many rows, by name: which of them a layer takes depends on its size.
void add_each_kernel(LinearFamily f, DType type, const Matrix &matrix, int32_t many, std::vector<Case> &cases) {
  for (int32_t m : {1, 8, 16})
    cases.push_back(linear_case(f, m, matrix, linear_small_launch(f, type, sizes(m, matrix))));
  cases.push_back(linear_case(f, 64, matrix, linear_gemm_launch(f, type, sizes(64, matrix), GEMM_FEW_TOKENS)));
  cases.push_back(linear_case(f, many, matrix, linear_gemm_launch(f, type, sizes(many, matrix), GEMM_TOKENS)));
}

} // namespace

void add_linear_cases(const Sizes &s, std::vector<Case> &cases) {
  Matrix matrices[] = {{"qkv", (s.heads + 2 * s.kv_heads) * s.head, s.width},
                       {"output", s.width, s.heads * s.head},
                       {"down", s.width, s.feed_forward},
                       {"head", s.vocabulary, s.width}};
  Matrix gate_and_up = {"gate and up", 2 * s.feed_forward, s.width};
  for (uint32_t family = 0; family < LINEAR_FAMILIES; family++)
    for (DType type : {DType::BF16, DType::F16}) {
      LinearFamily f = static_cast<LinearFamily>(family);
      add_each_kernel(f, type, gate_and_up, s.rows, cases);
      cases.push_back(unpack_case(f, type, matrices[2]));
      if (type != DType::BF16 || (f != LinearFamily::Float && f != LinearFamily::Int8 && f != LinearFamily::Int4))
        continue;
      for (const Matrix &matrix : matrices)
        for (int32_t m : {1, 8, 16, 64, s.rows})
          if (matrix.n != s.vocabulary || m <= 64)
            cases.push_back(linear_case(f, m, matrix, linear_launch(f, type, sizes(m, matrix))));
    }
}

} // namespace llmserving
