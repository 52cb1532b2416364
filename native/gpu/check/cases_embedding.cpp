#include "check/cases.h"
#include "llmserving/gpu/embedding_packed.h"

namespace llmserving {

using namespace gpu;

namespace {

// Different rows of a table, far apart.
std::vector<int32_t> scattered(int32_t count, int32_t below) {
  std::vector<int32_t> ids;
  for (int64_t i = 0; i < count; i++)
    ids.push_back(static_cast<int32_t>(i * 7919 % below));
  return ids;
}

std::string tokens_of(const Sizes &s) { return std::to_string(s.rows) + " tokens of " + std::to_string(s.width); }

EmbeddingParams parameters(const Sizes &s, DType output, uint64_t table_bytes, CaseBuilder &b) {
  EmbeddingParams p = {};
  p.ids = b.copy(scattered(s.rows, s.vocabulary));
  p.table = b.memory(table_bytes);
  p.output = b.memory(static_cast<uint64_t>(s.rows) * static_cast<uint64_t>(s.width) * bytes_of(output));
  p.width = s.width;
  p.vocabulary_end = s.vocabulary;
  p.factor = 1;
  return p;
}

// Reads an id and its row, writes a row.
Case embedding_case(DType table, DType output, const Sizes &s) {
  CaseBuilder b;
  uint64_t width = static_cast<uint64_t>(s.width), rows = static_cast<uint64_t>(s.rows);
  EmbeddingParams p = parameters(s, output, static_cast<uint64_t>(s.vocabulary) * width * bytes_of(table), b);
  return b.build(tokens_of(s), embedding_launch(table, output, static_cast<uint32_t>(rows), s.width), p,
                 static_cast<double>(rows * (width * (bytes_of(table) + bytes_of(output)) + 4)));
}

// Codes of a row and, per group, half of the scales (and minima) that two rows share.
Case packed_case(LinearFamily family, DType type, DType output, const Sizes &s) {
  CaseBuilder b;
  EmbeddingParams p = parameters(s, output, static_cast<uint64_t>(packed_bytes(family, s.vocabulary, s.width)), b);
  double row = static_cast<double>(panel_bytes(family, s.width)) / PANEL_ROWS;
  return b.build(tokens_of(s), embedding_packed_launch(family, type, output, static_cast<uint32_t>(s.rows), s.width), p,
                 s.rows * (row + s.width * static_cast<double>(bytes_of(output)) + 4) + 4);
}

Case gather_case(const Sizes &s, int32_t rows) {
  CaseBuilder b;
  uint64_t row = 2 * static_cast<uint64_t>(s.width);
  GatherRowsParams p = {};
  p.source = b.memory(static_cast<uint64_t>(s.rows) * row);
  p.indices = b.copy(scattered(rows, s.rows));
  p.target = b.memory(static_cast<uint64_t>(rows) * row);
  p.width_bytes = static_cast<int32_t>(row);
  return b.build(std::to_string(rows) + " rows of " + std::to_string(s.width),
                 gather_rows_launch(static_cast<uint32_t>(rows), p.width_bytes), p,
                 rows * (2.0 * static_cast<double>(row) + 4));
}

} // namespace

void add_embedding_cases(const Sizes &s, std::vector<Case> &cases) {
  for (DType type : {DType::BF16, DType::F16}) {
    for (DType output : {DType::BF16, DType::F16, DType::F32})
      cases.push_back(embedding_case(type, output, s));
    for (uint32_t family = 0; family < LINEAR_FAMILIES; family++)
      for (DType output : {type, DType::F32})
        cases.push_back(packed_case(static_cast<LinearFamily>(family), type, output, s));
  }
  cases.push_back(gather_case(s, s.batches.back()));
}

} // namespace llmserving
