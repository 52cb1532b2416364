// Head norm, rotation and cache write. Plain loops that each instruction set's unit compiles for itself; without
// contraction they give the same bits everywhere. Included inside the unit's namespace, hence no guard against ODR.
#ifndef LLMSERVING_KERNEL_NAMESPACE
#error "define LLMSERVING_KERNEL_NAMESPACE before including this file"
#endif

#include <cstring>

#include "attention/kernels.h"
#include "attention/kv_layout.h"

namespace llmserving {
namespace LLMSERVING_KERNEL_NAMESPACE {

static inline uint16_t to_bf16(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  uint32_t nan = (bits >> 16) | 0x40; // rounding could carry a NaN's payload into infinity
  return static_cast<uint16_t>((bits & 0x7fffffff) > 0x7f800000 ? nan : rounded);
}

// Cosine and sine of position * frequency, the product rounded to float as transformers has it. Reduced in double: at
// 131,072 radians the error of the reduction is below 1e-10. Taylor polynomials on [-pi/4, pi/4] to 1e-13.
static void rotation_angles(const float *frequencies, int count, int position, float magnitude, float *cosines,
                            float *sines) {
  constexpr double ROUND = 6755399441055744.0; // 1.5 * 2^52: adding it rounds to an integer
  float p = static_cast<float>(position);
  for (int i = 0; i < count; i++) {
    double x = static_cast<double>(p * frequencies[i]);
    double shifted = x * 0.63661977236758134308 + ROUND;
    double n = shifted - ROUND;
    double r = (x - n * 1.5707963267341256) - n * 6.0771005065061922e-11;
    int64_t quadrant;
    memcpy(&quadrant, &shifted, 8);
    double r2 = r * r;
    double s = r + r * r2 * (-1.0 / 6 + r2 * (1.0 / 120 + r2 * (-1.0 / 5040 + r2 * (1.0 / 362880
               + r2 * (-1.0 / 39916800 + r2 * (1.0 / 6227020800.0))))));
    double c = 1.0 + r2 * (-0.5 + r2 * (1.0 / 24 + r2 * (-1.0 / 720 + r2 * (1.0 / 40320 + r2 * (-1.0 / 3628800
               + r2 * (1.0 / 479001600.0 + r2 * (-1.0 / 87178291200.0)))))));
    double cosine = (quadrant & 1) != 0 ? s : c, sine = (quadrant & 1) != 0 ? c : s;
    cosine = ((quadrant + 1) & 2) != 0 ? -cosine : cosine;
    sine = (quadrant & 2) != 0 ? -sine : sine;
    cosines[i] = static_cast<float>(cosine) * magnitude;
    sines[i] = static_cast<float>(sine) * magnitude;
  }
}

// RMS over a head: eight lanes, then a tree.
static void normalize_head(float *x, int dim, const float *scale, float epsilon, float added) {
  float lanes[8] = {0, 0, 0, 0, 0, 0, 0, 0};
  for (int d = 0; d < dim; d += 8)
    for (int j = 0; j < 8; j++)
      lanes[j] += x[d + j] * x[d + j];
  float sum = ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
  float factor = 1.0f / __builtin_sqrtf(sum / static_cast<float>(dim) + epsilon);
  for (int d = 0; d < dim; d++)
    x[d] = x[d] * factor * (scale[d] + added);
}

static void rotate_head(float *x, const RopeParameters &rope, const float *cosines, const float *sines) {
  int half = rope.rotated / 2;
  if (rope.style == 1) {
    for (int i = 0; i < half; i++) {
      float a = x[i], b = x[i + half];
      x[i] = a * cosines[i] - b * sines[i];
      x[i + half] = b * cosines[i] + a * sines[i];
    }
  } else if (rope.style == 2) {
    for (int i = 0; i < half; i++) {
      float a = x[2 * i], b = x[2 * i + 1];
      x[2 * i] = a * cosines[i] - b * sines[i];
      x[2 * i + 1] = b * cosines[i] + a * sines[i];
    }
  }
}

// Codes of a token's key or value, rounded to nearest even. Returns the scale, which is not a number if any x is infinite
// or not a number; what is that small counts as zero.
static float quantize_head(const float *x, size_t dims, uint8_t *codes) {
  constexpr float ROUND = 12582912.0f; // 1.5 * 2^23: adding it rounds to an integer, whose low bits are then the sum's
  uint32_t most = 0;                   // of bits, where not a number exceeds all numbers
  for (size_t d = 0; d < dims; d++) {
    uint32_t bits;
    memcpy(&bits, x + d, 4);
    bits &= 0x7fffffff;
    most = bits > most ? bits : most;
  }
  float largest;
  memcpy(&largest, &most, 4);
  float inverse = largest > 1e-30f ? 127.0f / largest : 0.0f;
  for (size_t d = 0; d < dims; d++) {
    float shifted = x[d] * inverse + ROUND;
    uint32_t bits;
    memcpy(&bits, &shifted, 4);
    codes[d] = static_cast<uint8_t>(bits ^ 0x80);
  }
  return largest * (1.0f / 127.0f) + largest * 0.0f;
}

static void write_quantized_key(const CacheView &cache, uint8_t *keys, size_t key, const float *x) {
  uint8_t codes[MAX_DIM];
  size_t dims = static_cast<size_t>(cache.k_dim);
  float scale = quantize_head(x, dims, codes);
  uint8_t *target = keys + key_index(LLM_KV_INT8, cache.k_dim, key, 0);
  for (size_t d = 0; d < dims; d += 4)
    memcpy(target + d * KEY_TILE, codes + d, 4);
  memcpy(keys + kv_scale_offset(cache.k_dim, key), &scale, 4);
}

static void write_quantized_value(const CacheView &cache, uint8_t *values, size_t key, const float *x) {
  uint8_t codes[MAX_DIM];
  size_t dims = static_cast<size_t>(cache.v_dim);
  float scale = quantize_head(x, dims, codes);
  uint8_t *target = values + value_index(LLM_KV_INT8, cache.v_dim, key, 0);
  for (size_t d = 0; d < dims; d++)
    target[d * 4] = codes[d];
  memcpy(values + kv_scale_offset(cache.v_dim, key), &scale, 4);
}

static void write_key(const CacheView &cache, uint8_t *keys, size_t key, const float *x) {
  size_t dims = static_cast<size_t>(cache.k_dim);
  if (cache.kv_type == LLM_KV_INT8)
    return write_quantized_key(cache, keys, key, x);
  if (cache.kv_type == LLM_KV_F32) {
    float *target = reinterpret_cast<float *>(keys) + key_index(LLM_KV_F32, cache.k_dim, key, 0);
    for (size_t d = 0; d < dims; d++)
      target[d * KEY_TILE] = x[d];
    return;
  }
  uint16_t *target = reinterpret_cast<uint16_t *>(keys) + key_index(LLM_KV_BF16, cache.k_dim, key, 0);
  for (size_t d = 0; d < dims; d += 2) {
    target[d * KEY_TILE] = to_bf16(x[d]);
    target[d * KEY_TILE + 1] = to_bf16(x[d + 1]);
  }
}

static void write_value(const CacheView &cache, uint8_t *values, size_t key, const float *x) {
  size_t dims = static_cast<size_t>(cache.v_dim);
  if (cache.kv_type == LLM_KV_INT8)
    return write_quantized_value(cache, values, key, x);
  if (cache.kv_type == LLM_KV_F32) {
    memcpy(reinterpret_cast<float *>(values) + key * dims, x, dims * 4);
    return;
  }
  uint16_t *target = reinterpret_cast<uint16_t *>(values) + value_index(LLM_KV_BF16, cache.v_dim, key, 0);
  for (size_t d = 0; d < dims; d++)
    target[d * 2] = to_bf16(x[d]);
}

static int row_position(const StepRows &step, size_t row) {
  const llm_sequence &sequence = step.sequences[step.row_sequence[row]];
  return sequence.position + static_cast<int>(row) - sequence.first_row;
}

static void rotations(const float *frequencies, int count, float magnitude, const StepRows &step, size_t rows,
                      float *cosines, float *sines) {
  for (size_t row = 0; row < rows; row++) {
    size_t at = row * static_cast<size_t>(count);
    rotation_angles(frequencies, count, row_position(step, row), magnitude, cosines + at, sines + at);
  }
}

static void rope_queries(const CacheView &cache, const RopeParameters &rope, const float *x, const float *cosines,
                         const float *sines, float *q) {
  size_t k_dim = static_cast<size_t>(cache.k_dim);
  memcpy(q, x, static_cast<size_t>(rope.heads) * k_dim * 4);
  for (int h = 0; h < rope.heads; h++, q += k_dim) {
    if (rope.q_norm != nullptr)
      normalize_head(q, cache.k_dim, rope.q_norm, rope.norm_epsilon, rope.norm_added);
    rotate_head(q, rope, cosines, sines);
  }
}

static void rope_rows(const CacheView &cache, const RopeParameters &rope, const float *qkv, size_t qkv_stride,
                      float *q_out, const StepRows &step, const RopePart &part) {
  float head[MAX_DIM];
  size_t k_dim = static_cast<size_t>(cache.k_dim), v_dim = static_cast<size_t>(cache.v_dim);
  size_t q_width = static_cast<size_t>(rope.heads) * k_dim, k_width = static_cast<size_t>(cache.heads) * k_dim;
  size_t head_bytes = kv_head_bytes(cache.kv_type, cache.block_size, cache.k_dim, cache.v_dim);
  size_t values = kv_values_offset(cache.kv_type, cache.block_size, cache.k_dim);
  for (size_t row = part.first_row; row < part.last_row; row++) {
    size_t at = static_cast<size_t>(row_position(step, row)), angles = row * static_cast<size_t>(rope.rotated / 2);
    const float *cosines = rope.cosines + angles, *sines = rope.sines + angles, *x = qkv + (row - part.first_row) * qkv_stride;
    rope_queries(cache, rope, x, cosines, sines, q_out + (row - part.first_row) * q_width);
    size_t block_size = cache.block_size;
    size_t table_row = static_cast<size_t>(step.sequences[step.row_sequence[row]].table_row);
    int32_t id = cache.tables[table_row * cache.table_columns + at / block_size];
    uint8_t *block = cache.pool + static_cast<size_t>(id) * cache.block_bytes + cache.cache_offset;
    for (size_t h = static_cast<size_t>(part.first_head); h < static_cast<size_t>(part.last_head); h++) {
      memcpy(head, x + q_width + h * k_dim, k_dim * 4);
      if (rope.k_norm != nullptr)
        normalize_head(head, cache.k_dim, rope.k_norm, rope.norm_epsilon, rope.norm_added);
      rotate_head(head, rope, cosines, sines);
      write_key(cache, block + h * head_bytes, at % block_size, head);
      write_value(cache, block + h * head_bytes + values, at % block_size, x + q_width + k_width + h * v_dim);
    }
  }
}

} // namespace LLMSERVING_KERNEL_NAMESPACE
} // namespace llmserving
