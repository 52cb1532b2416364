// Where a token's keys and values lie inside one cache's part of a block.
//
//   head 0: K | V, head 1: K | V, ...            (block size B, tiles of 16 keys)
//   bf16  K [B/16][k_dim/2][16 keys][2 dims]     V [B/2][v_dim][2 keys]
//   f32   K [B/16][k_dim][16 keys]               V [B][v_dim]
//
// So a step over K (two bf16 dimensions or one f32) is 64 bytes for 16 keys, and a step over V (two bf16 keys or one
// f32) is 4 * v_dim bytes: one kernel serves both types.
#ifndef LLMSERVING_ATTENTION_KV_LAYOUT_H
#define LLMSERVING_ATTENTION_KV_LAYOUT_H

#include <cstddef>
#include <cstdint>

#include "llmserving/llmserving.h"

namespace llmserving {

constexpr int KEY_TILE = 16;

// static: every translation unit keeps its own copy, compiled for its own instruction set.
static inline size_t kv_element_bytes(uint32_t kv_type) { return kv_type == LLM_KV_F32 ? 4 : 2; }

static inline size_t kv_head_bytes(uint32_t kv_type, uint32_t block_size, int k_dim, int v_dim) {
  return kv_element_bytes(kv_type) * block_size * static_cast<size_t>(k_dim + v_dim);
}

static inline size_t kv_values_offset(uint32_t kv_type, uint32_t block_size, int k_dim) {
  return kv_element_bytes(kv_type) * block_size * static_cast<size_t>(k_dim);
}

// Element (not byte) indices of dimension d of the key or value of token `key` of a block.
static inline size_t key_index(uint32_t kv_type, int k_dim, size_t key, size_t d) {
  size_t tile = key / KEY_TILE, lane = key % KEY_TILE, dims = static_cast<size_t>(k_dim);
  if (kv_type == LLM_KV_F32)
    return (tile * dims + d) * KEY_TILE + lane;
  return ((tile * (dims / 2) + d / 2) * KEY_TILE + lane) * 2 + d % 2;
}

static inline size_t value_index(uint32_t kv_type, int v_dim, size_t key, size_t d) {
  size_t dims = static_cast<size_t>(v_dim);
  return kv_type == LLM_KV_F32 ? key * dims + d : ((key / 2) * dims + d) * 2 + key % 2;
}

} // namespace llmserving

#endif
