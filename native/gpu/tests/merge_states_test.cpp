// Partial states and their merge: what must not change results, to the bit where that is promised.
#include "planned_attention.h"

using namespace llmserving_test;

namespace {

typedef std::vector<std::pair<int, int>> Lengths;

AttentionShape deterministic_shape(uint32_t lists, int dim) {
  AttentionShape shape;
  shape.deterministic = true;
  shape.lists = lists;
  shape.k_dim = shape.v_dim = dim;
  shape.sinks = true;
  return shape;
}

// Rows of one sequence of a run.
std::vector<uint16_t> rows_of(const AttentionFixture &fixture, const Attended &result, size_t sequence, int first, int count) {
  size_t width = static_cast<size_t>(fixture.shape.heads * fixture.shape.v_dim);
  auto from = result.out.begin() + static_cast<std::ptrdiff_t>(static_cast<size_t>(fixture.sequences[sequence].first_row + first) * width);
  return std::vector<uint16_t>(from, from + static_cast<std::ptrdiff_t>(static_cast<size_t>(count) * width));
}

// Where blocks lie in the pool.
void page_permutation() {
  for (uint32_t lists : {1u, 2u, 4u, 8u}) {
    AttentionShape shape;
    shape.lists = lists;
    Lengths lengths = {{0, 2}, {140, 2}, {300, 2}};
    AttentionFixture a(shape, lengths, 1), b(shape, lengths, 2);
    Attended first = a.attend(), second = b.attend();
    CHECK(a.tables != b.tables && first.out == second.out, "%s: blocks elsewhere, other bits", name_of(shape).c_str());
  }
}

// Tiles of all sizes, whole and in parts.
void one_result(DType kv, int dim, int keys) {
  std::vector<uint16_t> expected;
  uint32_t kernels = attention_lists(DType::BF16, kv, dim, BLOCK_SHARED_BYTES);
  for (uint32_t lists : {4u, 2u, 8u})
    for (int multiprocessors : {0, 100}) { // none: nothing is split
      if ((lists & kernels) == 0)
        continue;
      AttentionShape shape = deterministic_shape(lists, dim);
      shape.kv = kv;
      shape.multiprocessors = multiprocessors;
      AttentionFixture fixture(shape, {{keys, 3}}, 3);
      Attended result = fixture.attend();
      CHECK((result.counts.merges > 0) == (multiprocessors > 0), "%d merges", result.counts.merges);
      if (expected.empty()) {
        expected = result.out;
        fixture.check(result, "deterministic");
      }
      CHECK(result.out == expected, "%s, %d multiprocessors: other bits", name_of(shape).c_str(), multiprocessors);
    }
}

void alone_and_in_batch() {
  AttentionShape shape = deterministic_shape(14u, 64);
  AttentionFixture alone(shape, {{200, 40}}, 1), batch(shape, {{200, 40}, {0, 70}, {333, 1}}, 5);
  AttentionFixture last(shape, {{239, 1}}, 4);
  Attended a = alone.attend(), b = batch.attend(), c = last.attend();
  CHECK(rows_of(batch, b, 0, 0, 40) == a.out, "a batch changes bits");
  CHECK(rows_of(alone, a, 0, 39, 1) == c.out, "a step of its own changes a row's bits");
  alone.check(a, "alone");
  batch.check(b, "batch");
}

// Items as a scheduler makes them for sequences that share their first chunks.
std::vector<llm_attention_item> cascade_items(const AttentionFixture &fixture, int shared_chunks) {
  int count = static_cast<int>(fixture.sequences.size());
  std::vector<llm_attention_item> items = {{0, LLM_ATTENTION_PARTIAL, 0, shared_chunks, 0, count}};
  for (int i = 0; i < count; i++) {
    const llm_sequence &s = fixture.sequences[static_cast<size_t>(i)];
    int chunks = (s.position + s.rows + 127) / 128;
    items.push_back({0, LLM_ATTENTION_PARTIAL, shared_chunks, chunks - shared_chunks, i, 1});
  }
  return items;
}

void cascade() {
  for (bool deterministic : {false, true})
    for (int dim : {64, 128}) {
      AttentionShape shape = deterministic_shape(15u, dim);
      shape.deterministic = deterministic;
      Lengths lengths = {{256, 1}, {300, 1}, {400, 2}, {600, 1}, {259, 1}, {280, 1}};
      AttentionFixture fixture(shape, lengths, 1, 256);
      Attended flat = fixture.attend(), shared = fixture.attend(cascade_items(fixture, 2));
      fixture.check(flat, "flat");
      fixture.check(shared, "cascade");
      CHECK(shared.counts.merges == 7, "%d merges", shared.counts.merges);
      if (deterministic)
        CHECK(flat.out == shared.out, "%s: cascade changes bits", name_of(shape).c_str());
      // No room for the states: back to flat.
      fixture.shape.max_partials = 10;
      Attended small = fixture.attend(cascade_items(fixture, 2));
      CHECK(small.counts.partials <= 10, "%d states", small.counts.partials);
      fixture.check(small, "cascade without memory");
    }
}

// States merged directly: empty ones among them, whose values nobody wrote, and none but empty ones.
void empty_states(int dim) {
  const int heads = 3;
  const size_t width = static_cast<size_t>(dim);
  std::vector<float> stats, values;
  std::vector<double> expected(static_cast<size_t>(dim * heads), 0);
  Random random(9);
  std::vector<double> total(heads, 0), greatest(heads, -INFINITY);
  for (int state = 0; state < 4; state++)
    for (int head = 0; head < heads; head++) {
      bool empty = state == 0 || state == 2 || head == 2;
      stats.push_back(empty ? -INFINITY : random.uniform() * 5);
      stats.push_back(empty ? 0.0f : 2 + random.uniform());
      for (int d = 0; d < dim; d++)
        values.push_back(empty ? NAN : random.uniform());
      greatest[static_cast<size_t>(head)] = std::max<double>(greatest[static_cast<size_t>(head)], static_cast<double>(stats[stats.size() - 2]));
    }
  for (int state = 0; state < 4; state++)
    for (int head = 0; head < heads; head++) {
      size_t at = static_cast<size_t>(state * heads + head);
      if (stats[at * 2 + 1] == 0)
        continue;
      double weight = std::exp2(static_cast<double>(stats[at * 2]) - greatest[static_cast<size_t>(head)]);
      total[static_cast<size_t>(head)] += weight * static_cast<double>(stats[at * 2 + 1]);
      for (size_t d = 0; d < width; d++)
        expected[static_cast<size_t>(head) * width + d] += weight * static_cast<double>(values[at * width + d]);
    }
  Array<float> device_stats(stats), device_values(values);
  Array<AttentionMerge> merges(std::vector<AttentionMerge>{{0, 0, 4, 0}});
  Array<int32_t> count(std::vector<int32_t>{1}), indices(std::vector<int32_t>{0, 1, 2, 3});
  for (DType type : {DType::BF16, DType::F16}) {
    Array<uint16_t> out(static_cast<size_t>(heads * dim));
    MergeStatesParams p = {device_values.data(), device_stats.data(), merges.data(), count.data(), indices.data(), out.data(),
                           nullptr, heads, dim, 0.5f, 0};
    run(merge_states_launch(type, p, 2), p);
    std::vector<uint16_t> result = out.read();
    for (size_t i = 0; i < result.size(); i++) {
      double whole = total[i / width], wanted = whole > 0 ? 0.5 * expected[i] / whole : 0, actual = static_cast<double>(widen(type, result[i]));
      CHECK(std::fabs(actual - wanted) <= std::fabs(wanted) / 256 + 1e-6, "%zu: %g instead of %g", i, actual, wanted);
    }
  }
}

} // namespace

int main() {
  page_permutation();
  for (int dim : {64, 128, 256})
    one_result(DType::BF16, dim, 1290);
  for (DType kv : {DType::E4M3, DType::E5M2, DType::I8})
    one_result(kv, 256, 700);
  alone_and_in_batch();
  cascade();
  for (int dim : {40, 72, 200})
    empty_states(dim);
  return finish();
}
