// Decode attention against a reference in double: types, dimensions, groups, blocks, and what changes scores.
#include "planned_attention.h"

using namespace llmserving_test;

namespace {

// Sequences of one row each, or of the rows given, that see 0, 1, … keys.
std::vector<std::pair<int, int>> contexts(std::initializer_list<int> keys) {
  std::vector<std::pair<int, int>> lengths;
  for (int count : keys)
    lengths.push_back({count - 1, 1});
  return lengths;
}

void check(const AttentionShape &shape, const std::vector<std::pair<int, int>> &lengths) {
  AttentionFixture fixture(shape, lengths);
  Attended result = fixture.attend();
  CHECK(result.counts.tiles[ATTENTION_DECODE] > 0, "no decode tiles");
  fixture.check(result, "decode");
  const Traffic &traffic = result.lists[ATTENTION_DECODE];
  if (shape.k_dim * kv_element_bytes(shape.kv) % 32 == 0)
    CHECK(traffic.load_efficiency() >= 0.8, "%s: loads use %g of what they touch", name_of(shape).c_str(), traffic.load_efficiency());
}

AttentionShape decode_shape(DType activation, DType kv, int dim) {
  AttentionShape shape;
  shape.activation = activation;
  shape.kv = kv;
  shape.lists = 1u << ATTENTION_DECODE;
  shape.k_dim = shape.v_dim = dim;
  shape.kv_heads = 2;
  return shape;
}

void types_and_dimensions() {
  for (int dim : {16, 32, 64, 80, 96, 128, 256})
    for (DType kv : {DType::BF16, DType::F16, DType::E4M3, DType::E5M2, DType::I8})
      check(decode_shape(kv == DType::F16 ? DType::F16 : DType::BF16, kv, dim), contexts({0, 1, 16, 17, 150}));
  AttentionShape shape = decode_shape(DType::BF16, DType::BF16, 64);
  shape.k_dim = 96;
  check(shape, contexts({33, 129}));
}

void groups_and_blocks() {
  const int heads[][2] = {{1, 1}, {4, 2}, {8, 1}, {3, 1}, {12, 2}, {4, 1}};
  uint32_t block_size = 16;
  for (const int *pair : heads) {
    AttentionShape shape = decode_shape(DType::BF16, DType::BF16, 64);
    shape.heads = pair[0];
    shape.kv_heads = pair[1];
    shape.block_size = block_size;
    int block = static_cast<int>(block_size);
    check(shape, contexts({0, 1, block - 1, block, block + 1, 127, 128, 129, 300}));
    block_size = block_size == 128 ? 16 : block_size * 2;
  }
}

void scores() {
  for (int variant = 0; variant < 6; variant++) {
    AttentionShape shape = decode_shape(DType::BF16, variant == 5 ? DType::I8 : DType::BF16, 64);
    shape.window = variant == 0 ? 20 : variant == 5 ? 130 : 0;
    shape.soft_cap = variant == 1 || variant == 5 ? 2.0f : 0.0f;
    shape.alibi = variant == 2 || variant == 5;
    shape.sinks = variant == 3 || variant == 5;
    // Several rows of a sequence are packed as far as they fit.
    check(shape, variant == 4 ? std::vector<std::pair<int, int>>{{0, 3}, {140, 7}} : contexts({0, 1, 21, 150, 290}));
  }
}

// Long rows in parts are the whole to within rounding.
void split() {
  AttentionShape shape = decode_shape(DType::BF16, DType::BF16, 128);
  shape.sinks = true;
  shape.multiprocessors = 64;
  AttentionFixture fixture(shape, contexts({900, 40, 513}));
  Attended result = fixture.attend();
  CHECK(result.counts.merges == 2 && result.counts.partials >= 5, "%d rows in %d parts", result.counts.merges, result.counts.partials);
  fixture.check(result, "split");
}

// Every instance at a length where what a block asks for once no longer counts.
void lengths() {
  for (int dim : {64, 128, 256})
    for (DType kv : {DType::BF16, DType::F16, DType::E4M3, DType::E5M2, DType::I8}) {
      AttentionShape shape = decode_shape(kv == DType::F16 ? DType::F16 : DType::BF16, kv, dim);
      shape.heads = shape.kv_heads;
      check(shape, contexts({1500}));
    }
}

// Each byte of the cache is asked for once, whatever the group.
void traffic() {
  AttentionShape shape = decode_shape(DType::BF16, DType::BF16, 128);
  shape.heads = 8;
  AttentionFixture fixture(shape, contexts({512, 512}));
  Attended result = fixture.attend();
  const Traffic &t = result.lists[ATTENTION_DECODE];
  double cache = 2.0 * 512 * 2 * 2 * 128 * 2;
  CHECK(static_cast<double>(t.unique_load_bytes) <= 1.02 * cache + 8192, "%g of the cache's bytes", static_cast<double>(t.unique_load_bytes) / cache);
  CHECK(static_cast<double>(t.load_bytes) <= 1.10 * cache, "%g of the cache's bytes asked for", static_cast<double>(t.load_bytes) / cache);
  CHECK(t.bank_conflicts() <= 1.05, "bank conflicts %g", t.bank_conflicts());
}

} // namespace

int main() {
  types_and_dimensions();
  groups_and_blocks();
  scores();
  split();
  lengths();
  traffic();
  return finish();
}
