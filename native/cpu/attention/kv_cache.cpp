#include <cstring>

#include "attention/attention.h"
#include "attention/kv_layout.h"

namespace llmserving {

size_t cache_block_bytes(uint32_t kv_type, uint32_t block_size, int heads, int k_dim, int v_dim) {
  return static_cast<size_t>(heads) * kv_head_bytes(kv_type, block_size, k_dim, v_dim);
}

namespace {

// One token's part of a tile's row: four int8 dimensions, two bf16 or one f32, or its scale.
constexpr size_t KEY_UNIT = 4;

void copy_keys(const uint8_t *from, uint8_t *to, size_t tile_bytes, size_t tokens) {
  size_t whole = tokens / KEY_TILE, rest = tokens % KEY_TILE;
  std::memcpy(to, from, whole * tile_bytes);
  for (size_t row = 0; rest > 0 && row < tile_bytes; row += KEY_TILE * KEY_UNIT)
    std::memcpy(to + whole * tile_bytes + row, from + whole * tile_bytes + row, rest * KEY_UNIT);
}

// Whole tiles, then groups of four keys, then the keys that a group has, and the last tile's scales.
void copy_quantized_values(const uint8_t *from, uint8_t *to, int v_dim, size_t tokens) {
  size_t tile_bytes = kv_tile_bytes(LLM_KV_INT8, v_dim), whole = tokens / KEY_TILE, rest = tokens % KEY_TILE;
  std::memcpy(to, from, whole * tile_bytes);
  if (rest == 0)
    return;
  from += whole * tile_bytes;
  to += whole * tile_bytes;
  size_t dims = static_cast<size_t>(v_dim), groups = rest / 4;
  std::memcpy(to, from, groups * dims * 4);
  for (size_t d = groups * dims; rest % 4 != 0 && d < (groups + 1) * dims; d++)
    std::memcpy(to + d * 4, from + d * 4, rest % 4);
  size_t scales = kv_scale_offset(v_dim, 0);
  std::memcpy(to + scales, from + scales, rest * sizeof(float));
}

void copy_values(uint32_t kv_type, const uint8_t *from, uint8_t *to, int v_dim, size_t tokens) {
  size_t dims = static_cast<size_t>(v_dim);
  if (kv_type == LLM_KV_INT8)
    return copy_quantized_values(from, to, v_dim, tokens);
  if (kv_type == LLM_KV_F32) {
    std::memcpy(to, from, tokens * dims * 4);
    return;
  }
  size_t pairs = tokens / 2;
  std::memcpy(to, from, pairs * dims * 4);
  for (size_t d = 0; tokens % 2 != 0 && d < dims; d++)
    std::memcpy(to + (pairs * dims + d) * 4, from + (pairs * dims + d) * 4, 2);
}

} // namespace

void copy_block(const CacheView &cache, int32_t source, int32_t target, int tokens) {
  size_t head_bytes = kv_head_bytes(cache.kv_type, cache.block_size, cache.k_dim, cache.v_dim);
  size_t values = kv_values_offset(cache.kv_type, cache.block_size, cache.k_dim);
  size_t tile_bytes = kv_tile_bytes(cache.kv_type, cache.k_dim);
  const uint8_t *from = cache.pool + static_cast<size_t>(source) * cache.block_bytes + cache.cache_offset;
  uint8_t *to = cache.pool + static_cast<size_t>(target) * cache.block_bytes + cache.cache_offset;
  size_t count = static_cast<size_t>(tokens);
  for (int head = 0; head < cache.heads; head++, from += head_bytes, to += head_bytes) {
    copy_keys(from, to, tile_bytes, count);
    copy_values(cache.kv_type, from + values, to + values, cache.v_dim, count);
  }
}

} // namespace llmserving
