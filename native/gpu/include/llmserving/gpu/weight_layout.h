// How weight matrices lie in device memory: in the order in which lanes need them as operand A of mma.m16n8k16, so that
// weights pass from memory to tensor cores without being rearranged, by one contiguous load per warp and group of columns.
//
//   matrix = header (128 bytes); [ceil(n / 16)] panels of 16 rows
//   header = f32 factor: true weight = factor * what the panels hold; then zeros
//   panel  = [ceil(k / 64)] chunks of 64 columns, one sequential stream; rows and columns that are not there are zero
//   chunk  = codes; scales
//
// Fragments. Lane 4 g + t of step s (16 columns) holds rows g and g + 8. Because the order of columns within a product is
// free, a lane's columns are those that make its activations contiguous:
//   groups of 32 and float weights: columns 32 (s / 2) + 8 t + 4 (s % 2) + {0, 1, 2, 3}, so that 16 bytes of activations
//                                   serve two steps
//   groups of 16:                   columns 16 s + 4 t + {0, 1, 2, 3}, so that no step mixes groups
// a[0]: row g, columns {0, 1}; a[1]: row g + 8, {0, 1}; a[2]: row g, {2, 3}; a[3]: row g + 8, {2, 3}.
//
// Codes = [4 steps, or groups of two steps][32 lanes] words, little-endian; e = the step within the group
//   Float  4 words of each step:  word i = a[i]
//   Int8   2 words of each step:  word 2 e + i: bytes 0, 2 = a[2 i], bytes 1, 3 = a[2 i + 1]; two's complement
//   Int4   1 word of each step:   word e: nibbles j, j + 4 = a[j]; value = nibble - zero, zero 8 without minimum, else 0
// Scales, f16; `pair` = values of rows g (low half) and g + 8:
//   [8 g][2 groups of 32 columns, or 4 of 16] { pair of d; with minimum: pair of m }
// A weight is d * code + m. Where the file has scales in two levels, d and m are their products rounded to f16; the
// factor, a power of two, keeps them in the range of f16's normal numbers as far as one matrix's scales span it.
// Otherwise codes and scales are the file's, to the bit.
#ifndef LLMSERVING_GPU_WEIGHT_LAYOUT_H
#define LLMSERVING_GPU_WEIGHT_LAYOUT_H

#include "llmserving/gpu/platform/types.h"

namespace llmserving {
namespace gpu {

enum class LinearFamily : uint32_t {
  Float,         // the activations' type
  Int8,          // 8-bit codes, groups of 32
  Int8Min,       // … with minimum
  Int8Group16,   // 8-bit codes, groups of 16
  Int4,          // 4-bit codes, groups of 32
  Int4Min,       // … with minimum
  Int4Group16Min // 4-bit codes, groups of 16, with minimum
};
constexpr uint32_t LINEAR_FAMILIES = 7;

constexpr int32_t PANEL_ROWS = 16;
constexpr int32_t CHUNK_COLUMNS = 64;
constexpr int32_t PACKED_HEADER_BYTES = 128;

struct PackedHeader {
  float factor;
  uint32_t zeros[PACKED_HEADER_BYTES / 4 - 1];
};

LLM_HOST_DEVICE constexpr int32_t code_bits(LinearFamily f) {
  return f == LinearFamily::Float ? 16 : f == LinearFamily::Int4 || f >= LinearFamily::Int4Min ? 4 : 8;
}
LLM_HOST_DEVICE constexpr bool has_minimum(LinearFamily f) {
  return f == LinearFamily::Int8Min || f == LinearFamily::Int4Min || f == LinearFamily::Int4Group16Min;
}
// Columns that share a scale; 0: no scales.
LLM_HOST_DEVICE constexpr int32_t group_columns(LinearFamily f) {
  return f == LinearFamily::Float                                                     ? 0
         : f == LinearFamily::Int8Group16 || f == LinearFamily::Int4Group16Min ? 16
                                                                                      : 32;
}
// What a code of a family without minimum counts from.
LLM_HOST_DEVICE constexpr int32_t code_zero(LinearFamily f) { return f == LinearFamily::Int4 ? 8 : 0; }

// The first of the four consecutive columns of a chunk that lane 4 g + t holds in step s.
LLM_HOST_DEVICE constexpr int32_t fragment_column(LinearFamily f, int32_t step, int32_t t) {
  return group_columns(f) == 16 ? 16 * step + 4 * t : 32 * (step / 2) + 8 * t + 4 * (step % 2);
}

// Steps of 16 columns whose codes lie together, and the bytes of them that one lane holds.
LLM_HOST_DEVICE constexpr int32_t group_steps(LinearFamily f) { return group_columns(f) == 32 ? 2 : 1; }
LLM_HOST_DEVICE constexpr int32_t lane_code_bytes(LinearFamily f) { return group_steps(f) * code_bits(f); }

// Bytes of a chunk's codes, of its scales for one g (rows g and g + 8), and of the chunk.
LLM_HOST_DEVICE constexpr int32_t code_bytes(LinearFamily f) { return 128 * code_bits(f); }
LLM_HOST_DEVICE constexpr int32_t lane_scale_bytes(LinearFamily f) {
  return group_columns(f) == 0 ? 0 : CHUNK_COLUMNS / group_columns(f) * (has_minimum(f) ? 8 : 4);
}
LLM_HOST_DEVICE constexpr int32_t chunk_bytes(LinearFamily f) { return code_bytes(f) + 8 * lane_scale_bytes(f); }

LLM_HOST_DEVICE constexpr int64_t panels_of(int64_t n) { return (n + PANEL_ROWS - 1) / PANEL_ROWS; }
LLM_HOST_DEVICE constexpr int64_t chunks_of(int64_t k) { return (k + CHUNK_COLUMNS - 1) / CHUNK_COLUMNS; }
LLM_HOST_DEVICE constexpr int64_t panel_bytes(LinearFamily f, int64_t k) { return chunks_of(k) * chunk_bytes(f); }
// Bytes of a packed matrix [n][k].
LLM_HOST_DEVICE constexpr int64_t packed_bytes(LinearFamily f, int64_t n, int64_t k) {
  return PACKED_HEADER_BYTES + panels_of(n) * panel_bytes(f, k);
}

} // namespace gpu
} // namespace llmserving

#endif
