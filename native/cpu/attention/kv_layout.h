// Where a token's keys and values lie inside one cache's part of a block.
//
//   head 0: K | V, head 1: K | V, ...            (block size B, tiles of 16 keys)
//   f32   K [B/16][k_dim][16 keys]               V [B][v_dim]
//   bf16  K [B/16][k_dim/2][16 keys][2 dims]     V [B/2][v_dim][2 keys]
//   int8  K [B/16]{[k_dim/4][16 keys][4 dims], f32 scale[16 keys]}
//         V [B/16]{[4][v_dim][4 keys], f32 scale[16 keys]}
//
// So a step over K (four int8 dimensions, two bf16 or one f32) is 64 bytes for 16 keys, and a step over V (four int8 keys,
// two bf16 or one f32) is 4 * v_dim bytes: one kernel serves all types. An int8 code is round(x / scale) + 128 in [1, 255],
// scale = max |x| / 127 over the dimensions of one token's key or value in one head.
#ifndef LLMSERVING_ATTENTION_KV_LAYOUT_H
#define LLMSERVING_ATTENTION_KV_LAYOUT_H

#include <cstddef>
#include <cstdint>

#include "llmserving/llmserving.h"

namespace llmserving {

constexpr int KEY_TILE = 16;

// static: every translation unit keeps its own copy, compiled for its own instruction set.
static inline size_t kv_element_bytes(uint32_t kv_type) { return kv_type == LLM_KV_F32 ? 4 : kv_type == LLM_KV_INT8 ? 1 : 2; }

// Bytes of one token's key or value of `dim` dimensions in one head.
static inline size_t kv_vector_bytes(uint32_t kv_type, int dim) {
  return kv_element_bytes(kv_type) * static_cast<size_t>(dim) + (kv_type == LLM_KV_INT8 ? sizeof(float) : 0);
}

static inline size_t kv_head_bytes(uint32_t kv_type, uint32_t block_size, int k_dim, int v_dim) {
  return block_size * (kv_vector_bytes(kv_type, k_dim) + kv_vector_bytes(kv_type, v_dim));
}

static inline size_t kv_values_offset(uint32_t kv_type, uint32_t block_size, int k_dim) {
  return block_size * kv_vector_bytes(kv_type, k_dim);
}

// Bytes of the keys or values of 16 tokens in one head.
static inline size_t kv_tile_bytes(uint32_t kv_type, int dim) { return KEY_TILE * kv_vector_bytes(kv_type, dim); }

// Element (not byte) indices of dimension d of the key or value of token `key` of a block; of int8 that is bytes.
static inline size_t key_index(uint32_t kv_type, int k_dim, size_t key, size_t d) {
  size_t tile = key / KEY_TILE, lane = key % KEY_TILE, dims = static_cast<size_t>(k_dim);
  if (kv_type == LLM_KV_F32)
    return (tile * dims + d) * KEY_TILE + lane;
  if (kv_type == LLM_KV_INT8)
    return tile * kv_tile_bytes(kv_type, k_dim) + (d / 4 * KEY_TILE + lane) * 4 + d % 4;
  return ((tile * (dims / 2) + d / 2) * KEY_TILE + lane) * 2 + d % 2;
}

static inline size_t value_index(uint32_t kv_type, int v_dim, size_t key, size_t d) {
  size_t dims = static_cast<size_t>(v_dim);
  if (kv_type == LLM_KV_INT8)
    return key / KEY_TILE * kv_tile_bytes(kv_type, v_dim) + (key % KEY_TILE / 4 * dims + d) * 4 + key % 4;
  return kv_type == LLM_KV_F32 ? key * dims + d : ((key / 2) * dims + d) * 2 + key % 2;
}

// Byte offset of the scale of token `key`, of int8 keys or values.
static inline size_t kv_scale_offset(int dim, size_t key) {
  return key / KEY_TILE * kv_tile_bytes(LLM_KV_INT8, dim) + KEY_TILE * static_cast<size_t>(dim)
         + key % KEY_TILE * sizeof(float);
}

} // namespace llmserving

#endif
