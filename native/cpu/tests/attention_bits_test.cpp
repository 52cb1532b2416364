// A row's bits do not depend on how the work was cut: chunked prefill, batches, partial items, workers, reused scratch.
#include "tests/attention_fixture.h"

namespace llmserving_test {
namespace {

typedef std::vector<float> Row;

Row row_of(const Fixture &f, size_t row) {
  size_t width = static_cast<size_t>(f.shape.heads * f.shape.v_dim);
  return Row(f.out.begin() + static_cast<long>(row * width), f.out.begin() + static_cast<long>((row + 1) * width));
}

void check_equal(const Row &a, const Row &b, const Shape &s, const char *what, int position) {
  CHECK(memcmp(a.data(), b.data(), a.size() * 4) == 0,
        "%s: isa %d kv %u block %u heads %d/%d dim %d window %d cap %g position %d", what, s.isa, s.kv_type,
        s.block_size, s.heads, s.kv_heads, s.k_dim, s.window, s.soft_cap, position);
}

// Every position on its own: the bits that all others must have.
std::vector<Row> one_by_one(const Shape &s, uint32_t seed, int length) {
  Fixture f(s, seed);
  std::vector<Row> rows;
  for (int p = 0; p < length; p++) {
    f.run({sequence(0, p, 1)});
    rows.push_back(row_of(f, 0));
  }
  return rows;
}

void prefill_in_pieces(const Shape &s, uint32_t seed, const std::vector<Row> &expected, int piece, int workers) {
  Fixture f(s, seed);
  int length = static_cast<int>(expected.size());
  for (int p = 0; p < length; p += piece) {
    f.free_behind_window(0, p);
    int rows = std::min(piece, length - p);
    f.run({sequence(0, p, rows)}, workers);
    for (int t = 0; t < rows; t++)
      check_equal(row_of(f, static_cast<size_t>(t)), expected[static_cast<size_t>(p + t)], s, "prefill in pieces", p + t);
  }
}

// Two sequences of the same text share all blocks but the last, beside a third of another text.
struct SharedPrefix {
  Fixture f;
  int length, shared;
  std::vector<llm_sequence> sequences;

  SharedPrefix(const Shape &s, uint32_t seed, int tokens) : f(s, seed), length(tokens) {
    f.text[1] = 0;
    shared = (length - 5) / static_cast<int>(s.block_size) * static_cast<int>(s.block_size);
    std::vector<llm_sequence> prefix = {sequence(0, 0, shared), sequence(2, 0, length - 5)};
    f.write(prefix);
    for (int p = 0; p < shared; p += static_cast<int>(s.block_size))
      f.block(1, p) = f.block(0, p);
    sequences = {sequence(0, shared, length - shared), sequence(2, length - 5, 5), sequence(1, shared, length - shared)};
    f.write(sequences);
  }

  void check(const std::vector<Row> &expected, const char *what) {
    for (int t = 0; t < length - shared; t++) {
      const Row &row = expected[static_cast<size_t>(shared + t)];
      check_equal(row_of(f, static_cast<size_t>(t)), row, f.shape, what, shared + t);
      check_equal(row_of(f, static_cast<size_t>(sequences[2].first_row + t)), row, f.shape, what, shared + t);
    }
  }
};

void batches_and_partials(const Shape &s, uint32_t seed, const std::vector<Row> &expected) {
  int length = static_cast<int>(expected.size()), last = (length - 1) / LLM_ATTENTION_CHUNK;
  SharedPrefix all(s, seed, length);
  for (int workers = 1; workers <= 3; workers++) {
    all.f.attend(all.sequences, Fixture::flat_items(all.sequences), {0, 1, 2}, workers);
    all.check(expected, "flat batch");
    int common = all.shared / LLM_ATTENTION_CHUNK; // chunks whose blocks are equal
    std::vector<int32_t> members = {0, 2, 1};
    std::vector<llm_attention_item> items;
    for (int c = last; c >= common; c--) { // the tails, in descending order and piece by piece
      items.push_back({0, LLM_ATTENTION_PARTIAL, c, 1, 0, 1});
      items.push_back({0, LLM_ATTENTION_PARTIAL, c, 1, 1, 1});
    }
    if (common > 1)
      items.push_back({0, LLM_ATTENTION_PARTIAL, 1, common - 1, 0, 2});
    if (common > 0)
      items.push_back({0, LLM_ATTENTION_PARTIAL, 0, 1, 0, 2});
    items.push_back({1, LLM_ATTENTION_FLAT, 0, 1, 0, 1}); // another group's
    items.push_back({0, LLM_ATTENTION_FLAT, 0, last + 1, 2, 1});
    all.f.attend(all.sequences, items, members, workers);
    all.check(expected, "shared prefix");
  }
}

// Copies of a partial block go on as their source does, whatever the target held.
void copies(const Shape &s, uint32_t seed, const std::vector<Row> &expected) {
  int size = static_cast<int>(s.block_size);
  for (int tokens : {1, 2, 5, 15, 16, size - 1, size}) {
    int start = (static_cast<int>(expected.size()) / size - 1) * size;
    if (start < 0 || tokens > size)
      continue;
    Fixture f(s, seed);
    f.text[1] = 0;
    std::vector<llm_sequence> fill = {sequence(0, 0, start + size)};
    f.write(fill);
    for (int p = 0; p < start; p += size)
      f.block(1, p) = f.block(0, p);
    f.block(1, start) = f.free_blocks.back();
    f.free_blocks.pop_back();
    copy_block(f.view(), f.block(0, start), f.block(1, start), tokens);
    f.free_block(0, start);
    if (start + tokens < static_cast<int>(expected.size())) {
      f.run({sequence(1, start + tokens, 1)});
      check_equal(row_of(f, 0), expected[static_cast<size_t>(start + tokens)], s, "copied block", start + tokens);
    }
  }
}

void all_cuts(const Shape &s, uint32_t seed, int length) {
  std::vector<Row> expected = one_by_one(s, seed, length);
  for (int piece : {2, 3, 7, 16, 17, 100, 128, 129, length})
    for (int workers : {1, 3})
      prefill_in_pieces(s, seed, expected, piece, workers);
  batches_and_partials(s, seed, expected);
  if (s.window == 0)
    copies(s, seed, expected);
}

// A score that is not a number must reach the result, where the sampler notices it.
void not_a_number_shows(llm_isa isa, uint32_t kv_type) {
  Shape s;
  s.isa = isa;
  s.kv_type = kv_type;
  Fixture f(s, 3);
  std::vector<llm_sequence> fill = {sequence(0, 0, 40)};
  f.write(fill);
  std::vector<llm_sequence> next = {sequence(0, 40, 1)};
  f.write(next);
  f.q[70] = NAN;
  f.attend(next, Fixture::flat_items(next), {0}, 1);
  CHECK(f.result(0, 1)[0] != f.result(0, 1)[0], "isa %d", isa);
  CHECK(f.result(0, 0)[0] == f.result(0, 0)[0], "isa %d", isa);
}

} // namespace
} // namespace llmserving_test

int main() {
  using namespace llmserving_test;
  for (llm_isa isa : available_isas())
    for (uint32_t kv_type : {LLM_KV_F32, LLM_KV_BF16, LLM_KV_INT8}) {
      Shape plain;
      plain.isa = isa;
      plain.kv_type = kv_type;
      all_cuts(plain, 1, 300);
      Shape gemma = plain;
      gemma.heads = 4;
      gemma.block_size = 64;
      gemma.k_dim = gemma.v_dim = 256;
      gemma.window = 100;
      gemma.soft_cap = 3;
      gemma.scale = 0.2f;
      all_cuts(gemma, 2, 300);
      Shape odd = plain;
      odd.heads = 14;
      odd.kv_heads = 2;
      odd.block_size = 128;
      odd.k_dim = 24;
      odd.v_dim = 40;
      odd.scale = 1;
      all_cuts(odd, 3, 420);
      Shape narrow = plain;
      narrow.heads = narrow.kv_heads = 2;
      narrow.block_size = 32;
      narrow.window = 5;
      all_cuts(narrow, 4, 280);
      not_a_number_shows(isa, kv_type);
    }
  return finish();
}
