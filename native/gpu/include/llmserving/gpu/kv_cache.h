// The paged cache of keys and values on the GPU, and the copies of its blocks.
//
// A block holds block_size tokens of all layers of a group; a block id means the same place in every layer.
//
//   pool   | block 0                        | block 1 | ...                          block_bytes each
//            | layer 0      | layer 1 | ...                                          kv_layer_bytes each
//              | head 0 | head 1 | ...                                               kv_head_bytes each, 16-byte aligned
//                | K [block_size][k_dim] | V [block_size][v_dim] | scales |
//
// Rows of K and V are contiguous, so that 16-byte loads of a warp cover whole rows. scales, for int8 alone:
// K f32[block_size], then V f32[block_size], one scale per token and head: value = scale * code. e4m3 and e5m2 have one
// scale per layer for K and one for V, in the attention's parameters.
// Offsets are 64-bit everywhere: a pool may have more than 2^32 elements.
#ifndef LLMSERVING_GPU_KV_CACHE_H
#define LLMSERVING_GPU_KV_CACHE_H

#include "llmserving/gpu/platform.h"

namespace llmserving {
namespace gpu {

// One layer's part of a block. k_dim and v_dim: multiples of 8, of 16 for 8-bit types.
struct KvLayout {
  DType type; // BF16, F16, E4M3, E5M2 or I8
  uint32_t block_size; // a power of two
  int32_t heads, k_dim, v_dim;
};

inline int64_t kv_element_bytes(DType type) {
  return type == DType::F32 ? 4 : type == DType::F16 || type == DType::BF16 ? 2 : 1;
}
inline int64_t kv_values_offset(const KvLayout &layout) { // from a head's K to its V
  return kv_element_bytes(layout.type) * layout.block_size * layout.k_dim;
}
inline int64_t kv_scales_offset(const KvLayout &layout) { // from a head's K to its scales
  return kv_values_offset(layout) + kv_element_bytes(layout.type) * layout.block_size * layout.v_dim;
}
inline int64_t kv_head_bytes(const KvLayout &layout) {
  int64_t scales = layout.type == DType::I8 ? 8 * static_cast<int64_t>(layout.block_size) : 0;
  return (kv_scales_offset(layout) + scales + 15) / 16 * 16;
}
inline int64_t kv_layer_bytes(const KvLayout &layout) { return layout.heads * kv_head_bytes(layout); }

// Which activation and cache types kernels have instances for: 0 bf16 and bf16, 1 f16 and f16, then bf16 activations with
// 2 e4m3, 3 e5m2, 4 int8. -1: none.
inline int32_t kv_instance(DType activation, DType kv) {
  if (activation == DType::F16)
    return kv == DType::F16 ? 1 : -1;
  if (activation != DType::BF16)
    return -1;
  return kv == DType::BF16 ? 0 : kv == DType::E4M3 ? 2 : kv == DType::E5M2 ? 3 : kv == DType::I8 ? 4 : -1;
}

// Where one layer's keys and values lie, paged or not. Byte strides, multiples of 16 and those of
// blocks and tokens below 2^32; token t of a sequence is token t & block_mask of
// the block tables[indptr + (t >> block_shift)], a negative id is no block: nothing is written, zeros are read.
// Contiguous ("ragged") keys and values are one block per sequence: block_shift 31, ids = the sequences' first tokens,
// block strides = token strides. Padded ones are ragged ones at ids i * padded length.
struct KvView {
  uint8_t *k, *v;             // block 0, head 0
  uint8_t *k_scales, *v_scales; // int8: of block 0, head 0; block and head strides are K's
  int64_t k_block, v_block;
  int64_t k_head, v_head;
  int64_t k_token, v_token;
  int32_t block_shift;
  uint32_t block_mask;
};

// The view of a layer whose part of block 0 is at `layer`.
inline KvView kv_view(const KvLayout &layout, void *layer, int64_t block_bytes) {
  KvView view = {};
  uint8_t *base = static_cast<uint8_t *>(layer);
  view.k = base;
  view.v = base + kv_values_offset(layout);
  view.k_scales = base + kv_scales_offset(layout);
  view.v_scales = view.k_scales + 4 * static_cast<int64_t>(layout.block_size);
  view.k_block = view.v_block = block_bytes;
  view.k_head = view.v_head = kv_head_bytes(layout);
  view.k_token = kv_element_bytes(layout.type) * layout.k_dim;
  view.v_token = kv_element_bytes(layout.type) * layout.v_dim;
  while ((1u << view.block_shift) < layout.block_size)
    view.block_shift++;
  view.block_mask = layout.block_size - 1;
  return view;
}

// The view of contiguous K [tokens][heads][k_dim] and V [tokens][heads][v_dim] of 16-bit or e4m3/e5m2 elements.
inline KvView kv_view_ragged(DType type, int32_t heads, int32_t k_dim, int32_t v_dim, void *k, void *v) {
  KvView view = {};
  view.k = static_cast<uint8_t *>(k);
  view.v = static_cast<uint8_t *>(v);
  view.k_head = kv_element_bytes(type) * k_dim;
  view.v_head = kv_element_bytes(type) * v_dim;
  view.k_block = view.k_token = heads * view.k_head;
  view.v_block = view.v_token = heads * view.v_head;
  view.block_shift = 31;
  view.block_mask = 0x7fffffffu;
  return view;
}

// ---- copies of blocks ----------------------------------------------------------------------------------------------

// One copy: the first `tokens` tokens of all layers of a group.
struct KvBlockCopy {
  int32_t source, target;
  int32_t tokens;
  int32_t reserved;
};

struct KvCopyParams {
  uint8_t *pool;             // [block][block_bytes]
  const KvBlockCopy *copies; // [count]; targets are distinct and no copy's source
  const int32_t *count;      // how many there are: the grid may be larger
  int64_t block_bytes;
  int64_t layer_bytes, head_bytes;
  int32_t layers, heads;
  int32_t k_token_bytes, v_token_bytes; // multiples of 16
  int32_t block_size;
  int32_t scales; // 1 = int8: there are scales to copy
};

// One block per (copy, layer, head): K's prefix, V's prefix, and the scales of both.
template <int THREADS> DEVICE void copy_kv_blocks(const KvCopyParams &p) {
  pdl_wait();
  if (static_cast<int32_t>(block_x()) >= *p.count)
    return;
  KvBlockCopy copy = p.copies[block_x()];
  int64_t within = block_y() / static_cast<uint32_t>(p.heads) * p.layer_bytes +
                   block_y() % static_cast<uint32_t>(p.heads) * p.head_bytes;
  const uint8_t *from = p.pool + copy.source * p.block_bytes + within;
  uint8_t *to = p.pool + copy.target * p.block_bytes + within;
  int64_t v = static_cast<int64_t>(p.block_size) * p.k_token_bytes, scales = v + static_cast<int64_t>(p.block_size) * p.v_token_bytes;
  int32_t k_bytes = copy.tokens * p.k_token_bytes, v_bytes = copy.tokens * p.v_token_bytes;
  for (int32_t i = static_cast<int32_t>(thread_x()) * 16; i < k_bytes; i += THREADS * 16)
    st16(to + i, ld16_stream(from + i));
  for (int32_t i = static_cast<int32_t>(thread_x()) * 16; i < v_bytes; i += THREADS * 16)
    st16(to + v + i, ld16_stream(from + v + i));
  if (p.scales == 0)
    return;
  for (int32_t t = static_cast<int32_t>(thread_x()); t < copy.tokens; t += THREADS) {
    st4(to + scales + t * 4, ld4(from + scales + t * 4));
    st4(to + scales + (p.block_size + t) * 4, ld4(from + scales + (p.block_size + t) * 4));
  }
}

inline KvCopyParams kv_copy_params(const KvLayout &layout, int32_t layers, void *pool, int64_t block_bytes) {
  KvCopyParams p = {};
  p.pool = static_cast<uint8_t *>(pool);
  p.block_bytes = block_bytes;
  p.layer_bytes = kv_layer_bytes(layout);
  p.head_bytes = kv_head_bytes(layout);
  p.layers = layers;
  p.heads = layout.heads;
  p.k_token_bytes = static_cast<int32_t>(kv_element_bytes(layout.type) * layout.k_dim);
  p.v_token_bytes = static_cast<int32_t>(kv_element_bytes(layout.type) * layout.v_dim);
  p.block_size = static_cast<int32_t>(layout.block_size);
  p.scales = layout.type == DType::I8 ? 1 : 0;
  return p;
}

// copies: at least as many as *p.count.
inline Launch copy_kv_blocks_launch(const KvCopyParams &p, uint32_t copies) {
  bool whole = p.k_token_bytes % 16 == 0 && p.v_token_bytes % 16 == 0;
  return {whole ? "copy_kv_blocks" : nullptr, copies, static_cast<uint32_t>(p.layers * p.heads), 1, 128, 0};
}

// ---- swap ----------------------------------------------------------------------------------------------------------

// Blocks of the pool from or to a contiguous staging buffer, as a whole.
struct KvSwapParams {
  uint8_t *pool;         // [block][block_bytes]
  uint8_t *staging;      // [count][block_bytes]
  const int32_t *blocks; // [count] ids; negative = skip
  const int32_t *count;
  int64_t block_bytes;   // a multiple of 16
  int32_t out;           // 1 = from pool to staging, 0 = back
  int32_t reserved;
};

// grid_y blocks share one cache block.
template <int THREADS> DEVICE void swap_kv_blocks(const KvSwapParams &p) {
  pdl_wait();
  if (static_cast<int32_t>(block_x()) >= *p.count || p.blocks[block_x()] < 0)
    return;
  uint8_t *pool = p.pool + p.blocks[block_x()] * p.block_bytes, *staging = p.staging + block_x() * p.block_bytes;
  const uint8_t *from = p.out != 0 ? pool : staging;
  uint8_t *to = p.out != 0 ? staging : pool;
  int64_t step = static_cast<int64_t>(grid_y()) * THREADS * 16;
  for (int64_t i = (static_cast<int64_t>(block_y()) * THREADS + thread_x()) * 16; i < p.block_bytes; i += step)
    st16_stream(to + i, ld16_stream(from + i));
}

inline Launch swap_kv_blocks_launch(int64_t block_bytes, uint32_t blocks) {
  int64_t share = (block_bytes + 16383) / 16384; // 16 KiB for each block of threads, within reason
  return {block_bytes % 16 == 0 ? "swap_kv_blocks" : nullptr, blocks, static_cast<uint32_t>(share > 64 ? 64 : share), 1,
          128, 0};
}

} // namespace gpu
} // namespace llmserving

#endif
