#include "check/cases.h"
#include "llmserving/gpu/lora_bgmv.h"
#include "llmserving/gpu/lora_sgmv.h"

namespace llmserving {

using namespace gpu;

namespace {

// Rows of one linear layer, width to width, and the adapters that they share out among them.
struct Layer {
  const Sizes &s;
  DType type;
  int32_t rows;

  uint64_t width() const { return static_cast<uint64_t>(s.width); }
  uint64_t rank() const { return static_cast<uint64_t>(s.rank); }
  uint64_t row_count() const { return static_cast<uint64_t>(rows); }
  uint64_t row_bytes() const { return 2 * width(); }       // of x or y
  uint64_t factor_bytes() const { return 2 * rank() * width(); } // A or B of one adapter
  uint64_t adapters() const { return static_cast<uint64_t>(s.adapters); }
  // One of A or B of all adapters, and their descriptions.
  uint64_t factors() const { return adapters() * (factor_bytes() + sizeof(LoraAdapter)); }
  std::string shape() const {
    return std::to_string(rows) + " rows of " + std::to_string(s.width) + ", rank " + std::to_string(s.rank) + ", " +
           std::to_string(s.adapters) + " adapters";
  }

  template <class Params> Params parameters(CaseBuilder &b) const {
    std::vector<LoraAdapter> table;
    for (int64_t i = 0; i < s.adapters; i++)
      table.push_back({2 * i * s.rank * s.width, (2 * i + 1) * s.rank * s.width, s.rank, 1, {0, 0}});
    Params p = {};
    p.x = b.memory(row_count() * row_bytes());
    p.y = b.memory(row_count() * row_bytes());
    p.pool = b.memory(2 * adapters() * factor_bytes());
    p.adapters = b.copy(table);
    p.x_stride = p.y_stride = s.width;
    p.rows = rows;
    p.in = p.out = s.width;
    p.max_rank = s.rank;
    return p;
  }
};

// Shrink reads rows, adapters' A and each row's adapter, and writes a float per rank; expand reads these and B, reads and
// writes y.
void add_bgmv(const Layer &layer, std::vector<Case> &cases) {
  std::vector<int32_t> indices;
  for (int32_t row = 0; row < layer.rows; row++)
    indices.push_back(row % layer.s.adapters);
  CaseBuilder b;
  auto p = layer.parameters<LoraBgmvParams>(b);
  p.indices = b.copy(indices);
  p.shrunk = b.memory<float>(4 * layer.row_count() * layer.rank());
  uint64_t common = layer.factors() + layer.row_count() * (4 * layer.rank() + 4);
  cases.push_back(b.build(layer.shape(), lora_bgmv_shrink_launch(layer.type, layer.rows, layer.s.rank), p,
                          static_cast<double>(common + layer.row_count() * layer.row_bytes())));
  cases.push_back(b.build(layer.shape(), lora_bgmv_expand_launch(layer.type, layer.rows, layer.s.width), p,
                          static_cast<double>(common + 2 * layer.row_count() * layer.row_bytes())));
}

// Shrink reads rows and A, and writes a part of each rank's float per split; merge turns the parts into 16-bit values;
// expand reads these and B, reads and writes y. A segment to an adapter.
void add_sgmv(const Layer &layer, std::vector<Case> &cases) {
  int32_t segments = layer.s.adapters, longest = layer.rows / segments;
  std::vector<int32_t> indptr, indices;
  for (int32_t segment = 0; segment <= segments; segment++)
    indptr.push_back(segment * longest);
  for (int32_t segment = 0; segment < segments; segment++)
    indices.push_back(segment);
  CaseBuilder b;
  auto p = layer.parameters<LoraSgmvParams>(b);
  p.segments = segments;
  p.splits = lora_sgmv_splits(layer.rows, layer.s.width, layer.s.multiprocessors);
  uint64_t values = layer.row_count() * layer.rank(), parts = 4 * static_cast<uint64_t>(p.splits) * values;
  uint64_t list = 4 * (indptr.size() + indices.size());
  p.indptr = b.copy(indptr);
  p.indices = b.copy(indices);
  p.parts = b.memory<float>(parts);
  p.shrunk = b.memory(2 * values);
  double operations = 2.0 * static_cast<double>(values * layer.width());
  cases.push_back(b.build(layer.shape(), lora_sgmv_shrink_launch(layer.type, segments, longest, layer.s.rank, p.splits), p,
                          static_cast<double>(layer.factors() + layer.row_count() * layer.row_bytes() + parts + list),
                          operations, Unit::Tensor16));
  cases.push_back(b.build(layer.shape(), lora_sgmv_merge_launch(layer.type, segments, longest, layer.s.rank), p,
                          static_cast<double>(parts + 2 * values + list + layer.adapters() * sizeof(LoraAdapter))));
  cases.push_back(b.build(layer.shape(), lora_sgmv_expand_launch(layer.type, segments, longest, layer.s.width), p,
                          static_cast<double>(layer.factors() + 2 * values + 2 * layer.row_count() * layer.row_bytes() + list),
                          operations, Unit::Tensor16));
}

} // namespace

void add_lora_cases(const Sizes &s, std::vector<Case> &cases) {
  for (DType type : {DType::BF16, DType::F16}) {
    for (int32_t batch : s.batches)
      if (batch > 1)
        add_bgmv({s, type, batch < s.adapters ? s.adapters : batch}, cases);
    add_sgmv({s, type, s.rows}, cases);
  }
}

} // namespace llmserving
