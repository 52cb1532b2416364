#include <algorithm>

#include "check/cases.h"
#include "llmserving/gpu/gemm_grouped.h"
#include "llmserving/gpu/gemm_grouped_packed.h"
#include "llmserving/gpu/moe_align.h"
#include "llmserving/gpu/moe_combine.h"

namespace llmserving {

using namespace gpu;

namespace {

// Which experts a step's tokens go to, all of them about equally often, and the pairs in the order of their experts.
struct Routes {
  int32_t tokens, choices, experts, tile;
  std::vector<int32_t> expert_of;     // [tokens * choices]
  std::vector<int32_t> slots;         // [blocks * tile]: pairs, -1: none
  std::vector<int32_t> block_experts; // [blocks]
  int32_t active = 0;                 // experts with a pair

  Routes(const Sizes &s, int32_t token_count, int32_t slots_to_a_block)
      : tokens(token_count), choices(s.choices), experts(s.experts), tile(slots_to_a_block) {
    for (int32_t pair = 0; pair < pairs(); pair++)
      expert_of.push_back((pair / choices * 5 + pair % choices) % experts);
    for (int32_t expert = 0; expert < experts; expert++)
      lay_out(expert);
  }
  int32_t pairs() const { return tokens * choices; }
  int32_t blocks() const { return static_cast<int32_t>(block_experts.size()); }
  // What a product reads of them: a slot's pair, a block's expert, the number of blocks.
  double bytes() const { return 4.0 * static_cast<double>(slots.size() + block_experts.size() + 1); }

private:
  void lay_out(int32_t expert) {
    size_t first = slots.size();
    for (int32_t pair = 0; pair < pairs(); pair++)
      if (expert_of[static_cast<size_t>(pair)] == expert)
        slots.push_back(pair);
    if (slots.size() == first)
      return;
    active++;
    while ((slots.size() - first) % static_cast<size_t>(tile) != 0)
      slots.push_back(-1);
    block_experts.resize(slots.size() / static_cast<size_t>(tile), expert);
  }
};

std::string shape_of(const Routes &r) {
  return std::to_string(r.tokens) + " tokens, " + std::to_string(r.choices) + " of " + std::to_string(r.experts) + " experts";
}

// Reads a logit per expert, writes the chosen ones' numbers and weights.
Case route_case(DType logits, const Sizes &s, int32_t tokens) {
  CaseBuilder b;
  Routes r(s, tokens, 16);
  uint64_t count = static_cast<uint64_t>(tokens) * static_cast<uint64_t>(s.experts);
  uint64_t pairs = static_cast<uint64_t>(r.pairs());
  MoeRouteParams p = {};
  p.logits = b.memory(count * bytes_of(logits));
  p.experts = b.memory<int32_t>(4 * pairs);
  p.weights = b.memory<float>(4 * pairs);
  p.tokens = tokens;
  p.count = s.experts;
  p.top_k = s.choices;
  p.renormalize = 1;
  p.scale = 1;
  return b.build(shape_of(r), moe_route_launch(logits, tokens, s.experts, s.choices), p,
                 static_cast<double>(count * bytes_of(logits) + 8 * pairs));
}

// Where each expert's pairs of each chunk begin, as the scan leaves it for the scatter.
std::vector<int32_t> chunk_begins(const Routes &r) {
  std::vector<int32_t> next(static_cast<size_t>(r.experts)), begins;
  for (int32_t block = r.blocks() - 1; block >= 0; block--)
    next[static_cast<size_t>(r.block_experts[static_cast<size_t>(block)])] = block * r.tile;
  for (int32_t pair = 0; pair < r.pairs(); pair++) {
    if (pair % MOE_ALIGN_CHUNK == 0)
      begins.insert(begins.end(), next.begin(), next.end());
    next[static_cast<size_t>(r.expert_of[static_cast<size_t>(pair)])]++;
  }
  return begins;
}

// Small: reads pairs, writes all slots, each block's expert and the number of blocks. Count reads pairs and writes counts;
// scan reads and writes these; scatter reads them and pairs, and writes pairs to slots. The scan's counts are all 0, because
// it puts slots in their place, and launches follow each other on the same memory.
Case align_case(MoeAlignStep step, const Sizes &s, int32_t tokens) {
  CaseBuilder b;
  Routes r(s, tokens, 16);
  double pairs = r.pairs(), slots = static_cast<double>(r.slots.size()), blocks = r.blocks();
  double counts = static_cast<double>(moe_align_chunks(r.pairs())) * r.experts;
  MoeAlignParams p = {};
  p.experts = b.copy(r.expert_of);
  p.slots = b.memory<int32_t>(4 * r.slots.size());
  p.block_experts = b.memory<int32_t>(4 * r.block_experts.size());
  p.blocks = b.memory<int32_t>(4);
  p.counts = b.copy(step == MoeAlignStep::Scatter ? chunk_begins(r) : std::vector<int32_t>(static_cast<size_t>(counts)));
  p.pairs = r.pairs();
  p.count = r.experts;
  p.tile = r.tile;
  p.chunks = moe_align_chunks(r.pairs());
  double moved = step == MoeAlignStep::Small   ? pairs + slots + blocks + 1
                 : step == MoeAlignStep::Count ? pairs + counts
                 : step == MoeAlignStep::Scan  ? 2 * counts + 1
                                               : counts + 2 * pairs;
  return b.build(shape_of(r), moe_align_launch(step, p.pairs), p, 4 * moved);
}

// Reads a row for each of a token's choices with its weight and number, writes their sum.
Case combine_case(DType type, const Sizes &s, int32_t tokens) {
  CaseBuilder b;
  Routes r(s, tokens, 16);
  uint64_t row = 2 * static_cast<uint64_t>(s.width), pairs = static_cast<uint64_t>(r.pairs());
  MoeCombineParams p = {};
  p.pairs = b.memory(pairs * row);
  p.weights = b.memory<float>(4 * pairs);
  p.experts = b.copy(r.expert_of);
  p.out = b.memory(static_cast<uint64_t>(tokens) * row);
  p.tokens = tokens;
  p.top_k = s.choices;
  p.count = s.experts;
  p.width = s.width;
  return b.build(shape_of(r), moe_combine_launch(type, tokens, s.width), p,
                 static_cast<double>(pairs * (row + 8) + static_cast<uint64_t>(tokens) * row));
}

// Reads the active experts' weights and a row per token, writes a row per pair. gate and up: n = 2 · feed-forward.
struct Product {
  double moved, operations;
  int32_t n, k;
  Product(const Sizes &s, const Routes &r, double weight_bytes) : n(2 * s.expert_feed_forward), k(s.width / 2) {
    double rows = r.pairs(), outputs = n, inputs = k;
    moved = r.active * weight_bytes + 2 * (r.tokens * inputs + rows * outputs) + r.bytes();
    operations = 2 * rows * outputs * inputs;
  }
};

template <class Params> Params grouped_parameters(const Routes &r, const Product &product, uint64_t experts_bytes, CaseBuilder &b) {
  Params p = {};
  p.x = b.memory(2 * static_cast<uint64_t>(r.tokens) * static_cast<uint64_t>(product.k));
  p.w = b.memory(experts_bytes);
  p.y = b.memory(2 * static_cast<uint64_t>(r.pairs()) * static_cast<uint64_t>(product.n));
  p.slots = b.copy(r.slots);
  p.block_experts = b.copy(r.block_experts);
  p.blocks = b.copy(std::vector<int32_t>{r.blocks()});
  p.n = product.n;
  p.k = product.k;
  p.share = r.choices;
  return p;
}

Case grouped_case(DType type, int32_t tile, const Sizes &s, int32_t tokens) {
  CaseBuilder b;
  Routes r(s, tokens, tile);
  uint64_t expert = 4 * static_cast<uint64_t>(s.expert_feed_forward) * static_cast<uint64_t>(s.width / 2);
  Product product(s, r, static_cast<double>(expert));
  auto p = grouped_parameters<GemmGroupedParams>(r, product, static_cast<uint64_t>(s.experts) * expert, b);
  return b.build("gate and up, " + shape_of(r), gemm_grouped_launch(type, tile, r.blocks(), product.n), p, product.moved,
                 product.operations, Unit::Tensor16);
}

Case packed_case(LinearFamily family, DType type, int32_t tile, const Sizes &s, int32_t tokens) {
  CaseBuilder b;
  Routes r(s, tokens, tile);
  int64_t expert = packed_bytes(family, 2 * s.expert_feed_forward, s.width / 2);
  // Of the header the factor alone.
  Product product(s, r, static_cast<double>(expert - PACKED_HEADER_BYTES + 4));
  auto p = grouped_parameters<GemmGroupedPackedParams>(r, product, static_cast<uint64_t>(s.experts * expert), b);
  p.w_stride = expert;
  return b.build("gate and up, " + shape_of(r), gemm_grouped_packed_launch(family, type, tile, r.blocks(), product.n), p,
                 product.moved, product.operations, Unit::Tensor16);
}

} // namespace

void add_expert_cases(const Sizes &s, std::vector<Case> &cases) {
  int32_t small = s.batches.back() / 4 > 4 ? s.batches.back() / 4 : 4, medium = s.rows / 4 + 4, large = s.rows;
  for (DType logits : {DType::F32, DType::F16, DType::BF16})
    cases.push_back(route_case(logits, s, large));
  cases.push_back(align_case(MoeAlignStep::Small, s, small));
  for (MoeAlignStep step : {MoeAlignStep::Count, MoeAlignStep::Scan, MoeAlignStep::Scatter})
    cases.push_back(align_case(step, s, MOE_ALIGN_CHUNK));
  for (DType type : {DType::BF16, DType::F16}) {
    cases.push_back(combine_case(type, s, large));
    for (int32_t tile : {16, 64, 128})
      cases.push_back(grouped_case(type, tile, s, tile == 16 ? small : tile == 64 ? medium : large));
    for (LinearFamily family : {LinearFamily::Int8, LinearFamily::Int8Group16, LinearFamily::Int4, LinearFamily::Int4Min})
      for (int32_t tile : {32, 128})
        cases.push_back(packed_case(family, type, tile, s, tile == 32 ? small : large));
  }
}

} // namespace llmserving
