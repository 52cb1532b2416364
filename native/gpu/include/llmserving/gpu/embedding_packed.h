// Rows of a packed matrix (weight_layout.h) by token: embeddings that share the head's weights, or are quantized.
//
// A thread takes eight neighbouring columns: what one lane of a fragment holds of two steps, or two lanes of one step.
// The row's half of each load belongs to the row eight further; loads of neighbouring threads are whole sectors.
#ifndef LLMSERVING_GPU_EMBEDDING_PACKED_H
#define LLMSERVING_GPU_EMBEDDING_PACKED_H

#include "llmserving/gpu/embedding.h"
#include "llmserving/gpu/linear.h"

namespace llmserving {
namespace gpu {

// Columns `column` .. + 7 of a chunk, in row g + 8 * half of its panel.
struct PackedPlace {
  int32_t column, g, half;
};

// Codes of 16 bits: words half and half + 2 of the lane in both steps.
template <class T> DEVICE_INLINE void float_codes(const uint8_t *codes, const PackedPlace &at, float x[8]) {
  int32_t step = at.column / 32 * 2, lane = 4 * at.g + at.column % 32 / 8;
  UNROLL
  for (int e = 0; e < 2; e++) {
    u128 v = ld16(codes + ((step + e) * 32 + lane) * 16);
    unpack2<T>(at.half != 0 ? v.y : v.x, x[4 * e], x[4 * e + 1]);
    unpack2<T>(at.half != 0 ? v.w : v.z, x[4 * e + 2], x[4 * e + 3]);
  }
}

// Where the codes of the eight columns start: in groups of 16 those of two lanes, else one lane's.
template <LinearFamily F> DEVICE_INLINE int32_t code_offset(const PackedPlace &at) {
  int32_t columns = group_columns(F); // of a step, or of two
  int32_t lane = 4 * at.g + (columns == 16 ? at.column % 16 / 4 : at.column % 32 / 8);
  return (at.column / columns * 32 + lane) * lane_code_bytes(F);
}

// Bytes half and half + 2 of four words.
DEVICE_INLINE void byte_codes(u128 v, int32_t half, float x[8]) {
  const uint32_t words[4] = {v.x, v.y, v.z, v.w};
  UNROLL
  for (int i = 0; i < 8; i++)
    x[i] = static_cast<float>(static_cast<int8_t>(words[i / 2] >> (8 * half + 16 * (i % 2))));
}

// Nibbles half, half + 4, half + 2 and half + 6 of two words.
DEVICE_INLINE void nibble_codes(u64 v, int32_t half, int32_t zero, float x[8]) {
  const uint32_t words[2] = {v.x, v.y};
  UNROLL
  for (int i = 0; i < 8; i++) {
    uint32_t code = words[i / 4] >> (4 * half + 16 * (i % 2) + 8 * (i / 2 % 2)) & 15u;
    x[i] = static_cast<float>(static_cast<int32_t>(code) - zero);
  }
}

// Eight weights of a row, but for the matrix's factor.
template <LinearFamily F, class T>
DEVICE_INLINE void packed_weights(const uint8_t *chunk, const PackedPlace &at, float x[8]) {
  if constexpr (F == LinearFamily::Float) {
    float_codes<T>(chunk, at, x);
  } else {
    const uint8_t *codes = chunk + code_offset<F>(at);
    if (code_bits(F) == 8)
      byte_codes(ld16(codes), at.half, x);
    else
      nibble_codes(ld8(codes), at.half, code_zero(F), x);
    const uint8_t *scales =
        chunk + code_bytes(F) + at.g * lane_scale_bytes(F) + at.column / group_columns(F) * (has_minimum(F) ? 8 : 4);
    float d[2], m[2] = {0, 0};
    unpack2<f16>(ld4(scales), d[0], d[1]);
    if (has_minimum(F))
      unpack2<f16>(ld4(scales + 4), m[0], m[1]);
    UNROLL
    for (int i = 0; i < 8; i++)
      x[i] = fma(at.half != 0 ? d[1] : d[0], x[i], at.half != 0 ? m[1] : m[0]);
  }
}

// output[t] = factor * table[ids[t]], table packed; T: what the Float family holds. Width: a multiple of 8.
template <LinearFamily F, class T, class R> DEVICE_INLINE void embedding_packed(const EmbeddingParams &p) {
  pdl_wait();
  pdl_launch();
  int32_t first = static_cast<int32_t>(block_y() * EMBEDDING_THREADS + thread_x()) * 8, id = p.ids[block_x()];
  float x[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  if (first < p.width && id >= p.vocabulary_first && id < p.vocabulary_end) {
    const uint8_t *table = static_cast<const uint8_t *>(p.table);
    int32_t row = id - p.vocabulary_first;
    PackedPlace at = {first % CHUNK_COLUMNS, row % 8, row % PANEL_ROWS / 8};
    packed_weights<F, T>(table + PACKED_HEADER_BYTES + row / PANEL_ROWS * panel_bytes(F, p.width) +
                             static_cast<int64_t>(first / CHUNK_COLUMNS) * chunk_bytes(F),
                         at, x);
    float factor = reinterpret_cast<const PackedHeader *>(table)->factor * p.factor;
    UNROLL
    for (int j = 0; j < 8; j++)
      x[j] *= factor;
  }
  store_row8(static_cast<R *>(p.output) + static_cast<int64_t>(block_x()) * p.width, first, p.width, x);
}

// activations: BF16 or F16. output: the same or F32. width: a multiple of 8.
inline Launch embedding_packed_launch(LinearFamily family, DType activations, DType output, uint32_t tokens,
                                      int32_t width) {
  static const char *const PLAIN[LINEAR_FAMILIES][2] = LINEAR_NAMES("embedding_packed", "");
  static const char *const WIDE[LINEAR_FAMILIES][2] = LINEAR_NAMES("embedding_packed", "_f32");
  bool known = width > 0 && width % 8 == 0 && (output == activations || output == DType::F32);
  if (!known)
    return {};
  return {linear_instance(output == DType::F32 ? WIDE : PLAIN, family, activations),
          tokens,
          embedding_blocks(width),
          1,
          EMBEDDING_THREADS,
          0};
}

} // namespace gpu
} // namespace llmserving

#endif
