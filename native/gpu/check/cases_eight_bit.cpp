#include "check/cases.h"
#include "llmserving/gpu/gemm_fp8.h"
#include "llmserving/gpu/gemm_w8a8.h"

namespace llmserving {

using namespace gpu;

namespace {

struct Shape {
  const char *name;
  int32_t m, n, k;

  double rows() const { return m; }
  double outputs() const { return n; }
  double inputs() const { return k; }
  double operations() const { return 2 * rows() * outputs() * inputs(); }
  std::string text() const { return std::string(name) + ", " + std::to_string(m) + " rows"; }
};

uint64_t product(int32_t a, int32_t b) { return static_cast<uint64_t>(a) * static_cast<uint64_t>(b); }

GemmW8A8Params w8a8_parameters(const Shape &s, int32_t splits, CaseBuilder &b) {
  GemmW8A8Params p = {};
  p.x = b.memory<int8_t>(product(s.m, s.k));
  p.w = b.memory<int8_t>(product(s.n, s.k));
  p.x_scale = b.memory<float>(4 * static_cast<uint64_t>(s.m));
  p.w_scale = b.memory<float>(4 * static_cast<uint64_t>(s.n));
  p.y = b.memory(2 * product(s.m, s.n));
  p.sums = b.memory<int32_t>(4 * static_cast<uint64_t>(splits) * product(s.m, s.n));
  p.y_stride = s.n;
  p.m = s.m, p.n = s.n, p.k = s.k;
  p.splits = splits;
  return p;
}

// Reads weights, rows and a scale for each row and output, writes rows.
Case w8a8_case(DType type, const Shape &s) {
  CaseBuilder b;
  GemmW8A8Params p = w8a8_parameters(s, 1, b);
  double moved = s.inputs() * (s.outputs() + s.rows()) + 4 * (s.rows() + s.outputs()) + 2 * s.rows() * s.outputs();
  return b.build(s.text(), gemm_w8a8_launch(type, s.m, s.n), p, moved, s.operations(), Unit::Tensor8);
}

// Reads weights and rows, writes each part's sums.
Case w8a8_sums_case(const Shape &s, int32_t splits) {
  CaseBuilder b;
  GemmW8A8Params p = w8a8_parameters(s, splits, b);
  double moved = s.inputs() * (s.outputs() + s.rows()) + 4.0 * splits * s.rows() * s.outputs();
  return b.build(s.text() + ", " + std::to_string(splits) + " parts", gemm_w8a8_sums_launch(s.m, s.n, splits), p, moved,
                 s.operations(), Unit::Tensor8);
}

// Reads the parts' sums and the scales, writes rows.
Case w8a8_scale_case(DType type, const Shape &s, int32_t splits) {
  CaseBuilder b;
  GemmW8A8Params p = w8a8_parameters(s, splits, b);
  double moved = (4.0 * splits + 2) * s.rows() * s.outputs() + 4 * (s.rows() + s.outputs());
  return b.build(s.text() + ", " + std::to_string(splits) + " parts", gemm_w8a8_scale_launch(type, s.m, s.n), p, moved);
}

// Reads weights with a scale per output and 16-bit rows, writes rows.
Case fp8_case(DType type, DType weights, const Shape &s) {
  CaseBuilder b;
  GemmFp8Params p = {};
  p.x = b.memory(2 * product(s.m, s.k));
  p.w = b.memory(product(s.n, s.k));
  p.w_scale = b.memory<float>(4 * static_cast<uint64_t>(s.n));
  p.y = b.memory(2 * product(s.m, s.n));
  p.x_stride = s.k;
  p.y_stride = s.n;
  p.m = s.m, p.n = s.n, p.k = s.k;
  double moved = s.inputs() * (s.outputs() + 2 * s.rows()) + 4 * s.outputs() + 2 * s.rows() * s.outputs();
  return b.build(s.text(), gemm_fp8_launch(type, weights, s.m, s.n), p, moved, s.operations(), Unit::Tensor16);
}

} // namespace

void add_eight_bit_cases(const Sizes &s, std::vector<Case> &cases) {
  Shape shapes[] = {{"qkv", 0, (s.heads + 2 * s.kv_heads) * s.head, s.width},
                    {"gate and up", 0, 2 * s.feed_forward, s.width},
                    {"down", 0, s.width, s.feed_forward}};
  for (DType type : {DType::BF16, DType::F16})
    for (Shape shape : shapes) {
      for (int32_t m : {1, 16, 64, s.rows < 256 ? 256 : s.rows}) {
        shape.m = m;
        cases.push_back(w8a8_case(type, shape));
      }
      shape.m = 16;
      int32_t splits = std::max(2, gemm_w8a8_splits(shape.m, shape.n, shape.k, s.multiprocessors));
      if (type == DType::BF16)
        cases.push_back(w8a8_sums_case(shape, splits));
      cases.push_back(w8a8_scale_case(type, shape, splits));
      for (DType weights : {DType::E4M3, DType::E5M2})
        for (int32_t m : {1, 16, 64}) {
          shape.m = m;
          cases.push_back(fp8_case(type, weights, shape));
        }
    }
}

} // namespace llmserving
