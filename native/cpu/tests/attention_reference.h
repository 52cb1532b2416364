// Softmax in double over a fixture's sequences, and random shapes to hold attention to it.
#ifndef LLMSERVING_TESTS_ATTENTION_REFERENCE_H
#define LLMSERVING_TESTS_ATTENTION_REFERENCE_H

#include "attention/kv_layout.h"
#include "tests/attention_fixture.h"

namespace llmserving_test {

constexpr uint32_t KV_TYPES[] = {LLM_KV_F32, LLM_KV_BF16, LLM_KV_INT8};

// A query's element as attention over the type takes it, but for int8's 16-bit integers.
inline double rounded(float x, uint32_t kv_type) {
  if (kv_type != LLM_KV_BF16)
    return x;
  uint32_t bits;
  memcpy(&bits, &x, 4);
  bits = (bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000u;
  memcpy(&x, &bits, 4);
  return x;
}

// A key's or value's element as the cache of f holds it.
inline float cached(const CacheView &cache, const uint8_t *base, size_t index, size_t scale) {
  if (cache.kv_type == LLM_KV_INT8) {
    float unit;
    memcpy(&unit, base + scale, 4);
    return static_cast<float>(base[index] - 128) * unit;
  }
  if (cache.kv_type == LLM_KV_F32)
    return reinterpret_cast<const float *>(base)[index];
  uint32_t bits = static_cast<uint32_t>(reinterpret_cast<const uint16_t *>(base)[index]) << 16;
  float x;
  memcpy(&x, &bits, 4);
  return x;
}

inline float cached_key(const CacheView &cache, const uint8_t *head, size_t key, size_t d) {
  return cached(cache, head, key_index(cache.kv_type, cache.k_dim, key, d), kv_scale_offset(cache.k_dim, key));
}

inline float cached_value(const CacheView &cache, const uint8_t *head, size_t key, size_t d) {
  return cached(cache, head + kv_values_offset(cache.kv_type, cache.block_size, cache.k_dim),
                value_index(cache.kv_type, cache.v_dim, key, d), kv_scale_offset(cache.v_dim, key));
}

// Everything a table row's reference needs, position by position: as it was written, or as the cache holds it.
struct History {
  std::vector<std::vector<float>> tokens;

  History(Fixture &f, int table_row, int length, bool from_cache) {
    for (int p = 0; p < length; p++) {
      tokens.emplace_back(f.qkv_width());
      f.token(table_row, p, tokens.back().data());
      if (from_cache && f.block(table_row, p) >= 0)
        read(f, f.block(table_row, p), static_cast<size_t>(p) % f.shape.block_size, tokens.back().data());
    }
  }

  static void read(Fixture &f, int32_t block, size_t key, float *qkv) {
    CacheView cache = f.view();
    const uint8_t *head = cache.pool + static_cast<size_t>(block) * f.block_bytes + cache.cache_offset;
    float *k = qkv + f.shape.heads * f.shape.k_dim, *v = k + cache.heads * cache.k_dim;
    for (int h = 0; h < cache.heads; h++, head += kv_head_bytes(cache.kv_type, cache.block_size, cache.k_dim, cache.v_dim)) {
      for (int d = 0; d < cache.k_dim; d++)
        k[h * cache.k_dim + d] = cached_key(cache, head, key, static_cast<size_t>(d));
      for (int d = 0; d < cache.v_dim; d++)
        v[h * cache.v_dim + d] = cached_value(cache, head, key, static_cast<size_t>(d));
    }
  }

  std::vector<double> attend(const Shape &s, int position, int head) const {
    size_t k_dim = static_cast<size_t>(s.k_dim), v_dim = static_cast<size_t>(s.v_dim);
    size_t kv = static_cast<size_t>(head / (s.heads / s.kv_heads));
    size_t k_at = static_cast<size_t>(s.heads) * k_dim + kv * k_dim;
    size_t v_at = static_cast<size_t>(s.heads + s.kv_heads) * k_dim + kv * v_dim;
    const std::vector<float> &query = tokens[static_cast<size_t>(position)];
    int start = s.window > 0 ? std::max(0, position - s.window + 1) : 0;
    std::vector<double> scores, out(v_dim, 0.0);
    double highest = -1e300, sum = 0;
    for (int p = start; p <= position; p++) {
      double dot = 0;
      for (size_t d = 0; d < k_dim; d++)
        dot += rounded(query[static_cast<size_t>(head) * k_dim + d], s.kv_type)
               * tokens[static_cast<size_t>(p)][k_at + d];
      dot *= s.scale;
      if (s.soft_cap != 0)
        dot = s.soft_cap * std::tanh(dot / s.soft_cap);
      scores.push_back(dot);
      highest = std::max(highest, dot);
    }
    for (int p = start; p <= position; p++) {
      double weight = std::exp(scores[static_cast<size_t>(p - start)] - highest);
      sum += weight;
      for (size_t d = 0; d < v_dim; d++)
        out[d] += weight * tokens[static_cast<size_t>(p)][v_at + d];
    }
    for (double &x : out)
      x /= sum;
    return out;
  }
};

inline Shape random_shape(Random &random, llm_isa isa) {
  const int dims[] = {64, 80, 96, 128, 256, 8, 24, 72, 40};
  Shape s;
  s.isa = isa;
  s.kv_type = KV_TYPES[random.next() % 3];
  s.block_size = 16u << random.next() % 4;
  s.kv_heads = 1 + static_cast<int>(random.next() % 3);
  s.heads = s.kv_heads * (1 + static_cast<int>(random.next() % 9));
  s.k_dim = dims[random.next() % 9];
  s.v_dim = random.next() % 4 == 0 ? dims[random.next() % 9] : s.k_dim;
  s.window = random.next() % 2 == 0 ? 0 : 1 + static_cast<int>(random.next() % 200);
  s.soft_cap = random.next() % 3 == 0 ? 2.0f : 0;
  s.scale = 4.0f / std::sqrt(static_cast<float>(s.k_dim));
  return s;
}

} // namespace llmserving_test

#endif
