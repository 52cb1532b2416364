#include "check/cases.h"
#include "llmserving/gpu/embedding.h"
#include "llmserving/gpu/penalties.h"
#include "llmserving/gpu/speculative.h"
#include "llmserving/gpu/table_cells.h"

namespace llmserving {

using namespace gpu;

namespace {

constexpr int32_t kDrafts = 5, kEntries = 64;

std::vector<int32_t> steps_of(int32_t count, int32_t step) {
  std::vector<int32_t> values;
  for (int32_t i = 0; i < count; i++)
    values.push_back(i * step);
  return values;
}

// Writes a count for each token of the vocabulary; reads the listed ids and counts.
Case set_counts_case(const Sizes &s, int32_t slots) {
  uint64_t stride = (static_cast<uint64_t>(s.vocabulary) + 7) / 8 * 8, count = static_cast<uint64_t>(slots);
  std::vector<int32_t> ids;
  for (int32_t i = 0; i < kEntries; i++)
    ids.push_back(static_cast<int32_t>(i * 7919ll % s.vocabulary));
  CaseBuilder b;
  SetCountsParams p = {};
  p.counts = b.memory<uint16_t>(2 * count * stride);
  p.slots = b.copy(steps_of(slots, 1));
  p.starts = b.copy(steps_of(slots + 1, kEntries));
  p.ids = b.copy(ids, count);
  p.values = b.memory<uint16_t>(2 * count * kEntries);
  p.counts_stride = static_cast<int64_t>(stride);
  p.vocabulary = s.vocabulary;
  uint64_t moved = count * (2 * stride + 6 * kEntries + 4) + 4 * (count + 1);
  return b.build(std::to_string(slots) + " slots of " + std::to_string(s.vocabulary) + " counts",
                 set_counts_launch(static_cast<uint32_t>(slots), p.counts_stride), p, static_cast<double>(moved));
}

// Reads each entry's slot, id and delta, reads and writes its count.
Case add_counts_case(const Sizes &s, int32_t slots) {
  uint64_t stride = (static_cast<uint64_t>(s.vocabulary) + 7) / 8 * 8, count = static_cast<uint64_t>(slots);
  CaseBuilder b;
  AddCountsParams p = {};
  p.counts = b.memory<uint16_t>(2 * count * stride);
  p.groups = b.copy(steps_of(slots + 1, 1));
  p.slots = b.copy(steps_of(slots, 1));
  p.ids = b.copy(std::vector<int32_t>(count, s.vocabulary / 2));
  p.deltas = b.copy(std::vector<int32_t>(count, 1));
  p.counts_stride = static_cast<int64_t>(stride);
  p.group_count = slots;
  p.vocabulary = s.vocabulary;
  return b.build(std::to_string(slots) + " slots, a token each", add_counts_launch(static_cast<uint32_t>(slots)), p,
                 16.0 * slots + 4.0 * (slots + 1));
}

// All drafts accepted. Reads drafts, samples and starts, writes as many tokens as samples and a count.
Case verify_case(int32_t sequences) {
  uint64_t count = static_cast<uint64_t>(sequences);
  CaseBuilder b;
  VerifyParams p = {};
  p.drafts = b.copy(std::vector<int32_t>{7}, count * kDrafts);
  p.starts = b.copy(steps_of(sequences + 1, kDrafts));
  p.samples = b.copy(std::vector<int32_t>{7}, count * (kDrafts + 1));
  p.emitted = b.memory<int32_t>(4 * count * (kDrafts + 1));
  p.emitted_counts = b.memory<int32_t>(4 * count);
  p.sequences = sequences;
  uint64_t words = count * (kDrafts + 2 * (kDrafts + 1) + 1) + count + 1;
  return b.build(std::to_string(sequences) + " chains of " + std::to_string(kDrafts),
                 verify_launch(static_cast<uint32_t>(sequences)), p, 4.0 * static_cast<double>(words));
}

// Every other token was sampled by the step before. Reads the tokens' descriptions and what was sampled, writes ids.
Case resolve_case(const Sizes &s) {
  std::vector<StepToken> tokens;
  for (int32_t i = 0; i < s.rows; i++)
    tokens.push_back({i, i % 2 == 0 ? i / 2 : -1, 3});
  uint64_t count = tokens.size();
  CaseBuilder b;
  ResolveTokensParams p = {};
  p.tokens = b.copy(tokens);
  p.ring_steps = 4;
  p.ring_jobs = s.rows;
  p.ring = b.copy(std::vector<int32_t>{7}, 4 * count);
  p.ids = b.memory<int32_t>(4 * count);
  p.count = s.rows;
  return b.build(std::to_string(s.rows) + " tokens", resolve_tokens_launch(static_cast<uint32_t>(s.rows)), p,
                 static_cast<double>(count) * (16 + 4 + 2));
}

// Reads a cell's place and block, writes the block.
Case cells_case(int32_t count) {
  std::vector<TableCell> cells;
  for (int32_t i = 0; i < count; i++)
    cells.push_back({i * 17, i});
  CaseBuilder b;
  SetCellsParams p = {};
  p.tables = b.memory<int32_t>(4 * 17 * cells.size());
  p.cells = b.copy(cells);
  p.count = count;
  return b.build(std::to_string(count) + " cells", set_cells_launch(static_cast<uint32_t>(count)), p, 12.0 * count);
}

} // namespace

void add_token_cases(const Sizes &s, std::vector<Case> &cases) {
  int32_t batch = s.batches.back();
  cases.push_back(set_counts_case(s, batch));
  cases.push_back(add_counts_case(s, batch));
  cases.push_back(verify_case(batch));
  cases.push_back(resolve_case(s));
  cases.push_back(cells_case(s.rows));
}

} // namespace llmserving
