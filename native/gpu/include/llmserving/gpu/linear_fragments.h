// One chunk of a matrix product out of shared memory: packed weights become fragments of mma.m16n8k16 in registers.
//
// Integer codes are turned into bf16 or f16 exactly: an integer below 128 (1024) put into the mantissa of 128 (1024)
// makes the sum of both, from which one fused operation takes what is too much. Scales act in f32 on a group's sums.
#ifndef LLMSERVING_GPU_LINEAR_FRAGMENTS_H
#define LLMSERVING_GPU_LINEAR_FRAGMENTS_H

#include "llmserving/gpu/linear.h"

namespace llmserving {
namespace gpu {

// Pairs of constants of a type. carrier: a power of two whose last place is 1; less: what Int8 and Int4 codes have too
// much in it.
template <class T> struct CodeBits;
template <> struct CodeBits<bf16> {
  static constexpr uint32_t one = 0x3f803f80u, carrier = 0x43004300u; // 128
  static constexpr uint32_t less_nibble = 0xc3000000u | 0xc300u, less_centred = 0xc308c308u; // -128, -136
};
template <> struct CodeBits<f16> {
  static constexpr uint32_t one = 0x3c003c00u, carrier = 0x64006400u; // 1024
  static constexpr uint32_t less_nibble = 0xe400e400u, less_centred = 0xe408e408u; // -1024, -1032
};

constexpr int AND_OR = 0xea, AND_XOR = 0x6a; // lop3 tables of (a & b) | c and (a & b) ^ c

// Bytes 0 and 2 of a word, two's complement.
template <class T> DEVICE_INLINE uint32_t pair_of_bytes(uint32_t word);
template <> DEVICE_INLINE uint32_t pair_of_bytes<bf16>(uint32_t word) {
  // 128 + low seven bits, less 128, or 256 where the eighth is set.
  uint32_t low = lop3<AND_OR>(word, 0x007f007fu, 0x43004300u), less = lop3<AND_OR>(word, 0x00800080u, 0xc300c300u);
  return hfma2_exact<bf16>(low, CodeBits<bf16>::one, less);
}
template <> DEVICE_INLINE uint32_t pair_of_bytes<f16>(uint32_t word) {
  // 1024 + 128 + code: two's complement with the eighth bit flipped counts from -128.
  return hfma2_exact<f16>(lop3<AND_XOR>(word, 0x00ff00ffu, 0x64806480u), CodeBits<f16>::one, 0xe480e480u); // -1152
}

// Nibbles 0 and 4 of a word.
template <class T, bool CENTRED> DEVICE_INLINE uint32_t pair_of_nibbles(uint32_t word) {
  return hfma2_exact<T>(lop3<AND_OR>(word, 0x000f000fu, CodeBits<T>::carrier), CodeBits<T>::one,
                  CENTRED ? CodeBits<T>::less_centred : CodeBits<T>::less_nibble);
}

DEVICE_INLINE uint32_t word_of(u128 v, int i) { return i == 0 ? v.x : i == 1 ? v.y : i == 2 ? v.z : v.w; }

// BYTES (4, 8 or 16) of shared memory as words.
template <int BYTES> DEVICE_INLINE u128 load_words(const uint8_t *p) {
  if (BYTES == 16)
    return ld16(p);
  u64 v = BYTES == 8 ? ld8(p) : u64{ld4(p), 0};
  return {v.x, v.y, 0, 0};
}

// The lane's operand A of the steps that lie together in group `group` of a chunk's codes.
template <LinearFamily F, class T>
DEVICE_INLINE void load_fragments(const uint8_t *codes, int group, uint32_t (&a)[group_steps(F)][4]) {
  constexpr int BYTES = lane_code_bytes(F);
  u128 v = load_words<BYTES>(codes + group * 32 * BYTES + BYTES * lane_id());
  UNROLL
  for (int s = 0; s < group_steps(F); s++) {
    if (F == LinearFamily::Float) {
      UNROLL
      for (int i = 0; i < 4; i++)
        a[s][i] = word_of(v, i);
    } else if (code_bits(F) == 8) {
      UNROLL
      for (int i = 0; i < 2; i++) {
        a[s][2 * i] = pair_of_bytes<T>(word_of(v, 2 * s + i));
        a[s][2 * i + 1] = pair_of_bytes<T>(word_of(v, 2 * s + i) >> 8);
      }
    } else {
      UNROLL
      for (int i = 0; i < 4; i++)
        a[s][i] = pair_of_nibbles<T, !has_minimum(F)>(word_of(v, s) >> 4 * i);
    }
  }
}

// Where 16-byte piece `piece` of a token's 128 bytes lies in shared memory. Rows of a quarter warp fall on different
// banks both when a lane reads 16 bytes of one of two rows and when it reads 8 bytes of one of four.
DEVICE_INLINE uint32_t token_offset(uint32_t row, uint32_t piece) {
  return row * STAGE_TOKEN_BYTES + (piece ^ ((row & 1) << 2 | (row & 2))) * 16;
}

// Operand B of the two steps of a half of a chunk, tokens row .. row + 7: b[2 * (step % 2) + r].
template <LinearFamily F> DEVICE_INLINE void load_tokens(const uint8_t *x, uint32_t row, int half, uint32_t b[4]) {
  uint32_t g = lane_id() / 4, t = lane_id() % 4;
  if (group_columns(F) == 16) {
    UNROLL
    for (int s = 0; s < 2; s++) {
      u64 v = ld8(x + token_offset(row + g, static_cast<uint32_t>(4 * half + 2 * s) + t / 2) + t % 2 * 8);
      b[2 * s] = v.x;
      b[2 * s + 1] = v.y;
    }
  } else {
    u128 v = ld16(x + token_offset(row + g, static_cast<uint32_t>(4 * half) + t));
    UNROLL
    for (int i = 0; i < 4; i++)
      b[i] = word_of(v, i);
  }
}

// d and m of rows g and g + 8 for one group.
struct GroupScales {
  float d[2], m[2];
};
template <LinearFamily F> DEVICE_INLINE GroupScales load_scales(const uint8_t *scales, int group) {
  const uint8_t *p = scales + lane_id() / 4 * lane_scale_bytes(F) + group * (has_minimum(F) ? 8 : 4);
  GroupScales s = {};
  if (F == LinearFamily::Float)
    return s;
  if (has_minimum(F)) {
    u64 v = ld8(p);
    unpack2<f16>(v.x, s.d[0], s.d[1]);
    unpack2<f16>(v.y, s.m[0], s.m[1]);
  } else {
    unpack2<f16>(ld4(p), s.d[0], s.d[1]);
  }
  return s;
}

// sum += d * part + m * token_sums, for the four results of a lane.
template <bool MINIMUM>
DEVICE_INLINE void add_scaled(const GroupScales &s, const float part[4], const float token_sums[2], float sum[4]) {
  UNROLL
  for (int i = 0; i < 4; i++) {
    sum[i] = fma(s.d[i / 2], part[i], sum[i]);
    if (MINIMUM)
      sum[i] = fma(s.m[i / 2], token_sums[i % 2], sum[i]);
    compute_now(sum[i]);
  }
}

// Sums of each token's columns in STEPS steps, in the order of results: products with a matrix of ones.
template <class T, int TILES, int STEPS>
DEVICE_INLINE void sum_tokens(const uint32_t (&b)[TILES][4], int first, float (&sums)[TILES][2]) {
  const uint32_t ones[4] = {CodeBits<T>::one, CodeBits<T>::one, CodeBits<T>::one, CodeBits<T>::one};
  float c[TILES][4] = {};
  UNROLL
  for (int s = first; s < first + STEPS; s++)
    UNROLL
    for (int q = 0; q < TILES; q++)
      mma_16816<T>(c[q], ones, b[q] + 2 * s);
  UNROLL
  for (int q = 0; q < TILES; q++) {
    sums[q][0] = c[q][0];
    sums[q][1] = c[q][1];
  }
}

// Adds the products of one half of a chunk, 32 columns, to sum[panel][tile of 8 tokens]. weights: the chunks of PANELS
// panels, one after the other. x: the staged tokens, whose first 8 * TILES from row `row` on count.
template <LinearFamily F, class T, int PANELS, int TILES>
DEVICE_INLINE void multiply_half(const uint8_t *weights, const uint8_t *x, uint32_t row, int half,
                                 float (&sum)[PANELS][TILES][4]) {
  constexpr int STEPS = group_steps(F);
  uint32_t b[TILES][4];
  UNROLL
  for (int q = 0; q < TILES; q++)
    load_tokens<F>(x, row + 8 * static_cast<uint32_t>(q), half, b[q]);
  UNROLL
  for (int first = 0; first < 2; first += STEPS) {
    float token_sums[TILES][2] = {};
    if (has_minimum(F))
      sum_tokens<T, TILES, STEPS>(b, first, token_sums);
    UNROLL
    for (int p = 0; p < PANELS; p++) {
      const uint8_t *chunk = weights + p * chunk_bytes(F);
      int group = (2 * half + first) / STEPS;
      uint32_t a[STEPS][4];
      load_fragments<F, T>(chunk, group, a);
      float part[TILES][4] = {};
      UNROLL
      for (int s = 0; s < STEPS; s++)
        UNROLL
        for (int q = 0; q < TILES; q++) // one tile after the other: consecutive products do not wait for each other
          mma_16816<T>(F == LinearFamily::Float ? sum[p][q] : part[q], a[s], b[q] + 2 * (first + s));
      if (F == LinearFamily::Float)
        continue;
      GroupScales scales = load_scales<F>(chunk + code_bytes(F), group);
      UNROLL
      for (int q = 0; q < TILES; q++)
        add_scaled<has_minimum(F)>(scales, part[q], token_sums[q], sum[p][q]);
    }
  }
}

} // namespace gpu
} // namespace llmserving

#endif
