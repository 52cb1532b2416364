// Prefill attention against a reference in double: types, dimensions, tiles, groups, blocks, and what changes scores.
#include "planned_attention.h"

using namespace llmserving_test;

namespace {

typedef std::vector<std::pair<int, int>> Lengths;

const DType kCaches[] = {DType::BF16, DType::F16, DType::E4M3, DType::E5M2, DType::I8};
const AttentionList kTiles[] = {ATTENTION_TILE_16, ATTENTION_TILE_64, ATTENTION_TILE_128};

Attended check(const AttentionShape &shape, const Lengths &lengths, const char *what = "prefill") {
  AttentionFixture fixture(shape, lengths);
  Attended result = fixture.attend();
  fixture.check(result, what);
  for (int list = ATTENTION_TILE_16; list <= ATTENTION_TILE_128; list++)
    if (result.counts.tiles[list] > 0) {
      const Traffic &traffic = result.lists[list];
      CHECK(traffic.ldmatrix_wavefronts == traffic.ldmatrix_ideal, "%s: ldmatrix conflicts", name_of(shape).c_str());
      CHECK(traffic.bank_conflicts() <= 1.05, "%s: bank conflicts %g", name_of(shape).c_str(), traffic.bank_conflicts());
    }
  return result;
}

AttentionShape tile_shape(DType kv, int dim, AttentionList list) {
  AttentionShape shape;
  shape.activation = kv == DType::F16 ? DType::F16 : DType::BF16;
  shape.kv = kv;
  shape.lists = 1u << list;
  shape.k_dim = shape.v_dim = dim;
  shape.heads = 2;
  return shape;
}

bool exists(DType kv, int dim, AttentionList list) {
  return (attention_lists(kv == DType::F16 ? DType::F16 : DType::BF16, kv, dim, BLOCK_SHARED_BYTES) >> list & 1) != 0;
}

// Whatever the cache and the head's dimensions, there is a decode kernel and a tile that fit into a block's shared memory.
void block_shared() {
  for (int dim = 16; dim <= 256; dim += 16)
    for (DType kv : kCaches) {
      int tiles = 0;
      for (AttentionList list : kTiles)
        if (exists(kv, dim, list)) {
          AttentionParams p = {};
          p.k_dim = p.v_dim = dim;
          uint32_t bytes = prefill_attention_launch(tile_shape(kv, dim, list).activation, kv, attention_list_rows(list), p, 1).smem;
          CHECK(bytes > 0 && bytes <= static_cast<uint32_t>(BLOCK_SHARED_BYTES), "%s, %d dimensions: %u bytes", name_of(kv), dim, bytes);
          tiles++;
        }
      CHECK(tiles > 0 && exists(kv, dim, ATTENTION_DECODE), "%s, %d dimensions: %d tiles", name_of(kv), dim, tiles);
    }
}

void types_and_dimensions() {
  for (int dim : {16, 80, 96, 256})
    for (DType kv : kCaches)
      for (AttentionList list : kTiles)
        if (exists(kv, dim, list))
          check(tile_shape(kv, dim, list), {{0, 1}, {120, 17}});
  AttentionShape shape = tile_shape(DType::BF16, 128, ATTENTION_TILE_64);
  shape.v_dim = 64;
  check(shape, {{30, 5}});
}

// Every instance at a length where what a block asks for once no longer counts.
void lengths() {
  for (int dim : {64, 128, 256})
    for (DType kv : kCaches)
      for (AttentionList list : kTiles)
        if (exists(kv, dim, list)) {
          AttentionShape shape = tile_shape(kv, dim, list);
          shape.multiprocessors = 0; // nothing is split
          shape.block_size = 128;
          check(shape, {{(kv == DType::BF16 ? 4000 : kv == DType::E4M3 ? 2000 : 1500) * (dim == 64 ? 2 : 1), 1}});
        }
}

void rows_and_groups() {
  const int heads[][2] = {{1, 1}, {4, 2}, {8, 1}, {3, 1}, {6, 1}};
  uint32_t block_size = 16;
  for (const int *pair : heads)
    for (AttentionList list : {ATTENTION_TILE_16, ATTENTION_TILE_64, ATTENTION_TILE_128}) {
      AttentionShape shape = tile_shape(DType::BF16, 64, list);
      shape.heads = pair[0];
      shape.kv_heads = pair[1];
      shape.block_size = block_size;
      check(shape, {{0, 1}, {-1, 1}, {0, 15}, {3, 16}, {270, 17}, {static_cast<int>(block_size) - 1, 1}});
      block_size = block_size == 128 ? 16 : block_size * 2;
    }
  check(tile_shape(DType::BF16, 64, ATTENTION_TILE_64), {{0, 65}});
  check(tile_shape(DType::BF16, 64, ATTENTION_TILE_128), {{100, 65}});
}

void scores() {
  for (AttentionList list : {ATTENTION_TILE_16, ATTENTION_TILE_64})
    for (int variant = 0; variant < 5; variant++) {
      AttentionShape shape = tile_shape(variant == 4 && list == ATTENTION_TILE_64 ? DType::I8 : DType::BF16, 64, list);
      shape.heads = 4;
      shape.window = variant == 0 ? 20 : variant == 4 ? 150 : 0;
      shape.soft_cap = variant == 1 || variant == 4 ? 2.0f : 0.0f;
      shape.alibi = variant == 2 || variant == 4;
      shape.sinks = variant == 3 || variant == 4;
      check(shape, {{0, 7}, {290, 3}});
    }
}

// The loader of pages is that of contiguous keys and values too.
void storage() {
  for (AttentionList list : {ATTENTION_DECODE, ATTENTION_TILE_16, ATTENTION_TILE_64}) {
    AttentionShape shape = tile_shape(list == ATTENTION_TILE_16 ? DType::E4M3 : DType::BF16, 64, list);
    shape.heads = 4;
    shape.kv_heads = 2;
    Lengths lengths = {{0, 3}, {129, 2}, {20, 3}};
    Attended paged = check(shape, lengths);
    for (Storage storage : {Storage::Ragged, Storage::Padded}) {
      shape.storage = storage;
      CHECK(check(shape, lengths, "contiguous").out == paged.out, "%s: other bits than paged", name_of(shape).c_str());
    }
  }
}

} // namespace

int main() {
  block_shared();
  types_and_dimensions();
  if (BLOCK_SHARED_BYTES == 64 << 10)
    return finish(); // the kernels are the same, but for those that there are not
  lengths();
  rows_and_groups();
  scores();
  storage();
  return finish();
}
