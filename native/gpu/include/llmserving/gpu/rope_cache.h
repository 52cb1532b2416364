// What happens to q, k and v between their projection and attention, in one pass: RMS norm of q and k heads, rotary
// embedding, and the write of k and v to the paged cache.
#ifndef LLMSERVING_GPU_ROPE_CACHE_H
#define LLMSERVING_GPU_ROPE_CACHE_H

#include "llmserving/gpu/attention.h"
#include "llmserving/gpu/kv_elements.h"

namespace llmserving {
namespace gpu {

struct RopeCacheParams {
  const void *qkv;          // T[tokens][qkv_stride]: [q heads | k heads | v heads]
  void *q_out;              // T[tokens][heads * k_dim]
  KvView kv;
  const int32_t *tables;    // block ids, the group's; -1 = this token is not stored
  const QueryRow *rows;     // [*count]: position and table of row `row` of qkv and q_out
  const int32_t *count;     // the grid may be larger
  const float *frequencies; // [rotated / 2]; angle = position * frequency, rounded to float as the reference models do
  const float *q_norm;      // [k_dim] scales of the RMS norm of q heads, 16-byte aligned, or null
  const float *k_norm;      // [k_dim], or null
  int64_t qkv_stride;       // elements, a multiple of 8
  int32_t heads, kv_heads;
  int32_t k_dim, v_dim;     // multiples of 8
  int32_t rotated;          // dimensions, even
  int32_t style;            // 0 = no rotation, 1 = halves (x[i], x[i + n/2]), 2 = neighbours (x[2i], x[2i + 1])
  float magnitude;          // factor on cosine and sine
  float epsilon, added;     // of the norms: scale + added
  float k_inverse, v_inverse; // 1 / scale of keys and of values (e4m3, e5m2), else 1
  int32_t reserved;
};

// Cosine and sine of x radians, |x| <= 2^18. x is reduced to revolutions as a two-part product with 1 / 2pi = HIGH + LOW,
// so that the reduction's error stays below 2e-10 revolutions; then to an eighth of one around a quarter, where Taylor
// polynomials are exact to a float.
DEVICE_INLINE void cosine_sine(float x, float &cosine, float &sine) {
  constexpr float HIGH = 0.159154937f, LOW = 6.42063824e-09f;
  float turns = x * HIGH;
  float rest = fma(x, LOW, fma(x, HIGH, -turns));
  constexpr float ROUND = 12582912.0f; // 1.5 * 2^23: adding it rounds to an integer
  float quarters = (turns * 4.0f + ROUND) - ROUND; // exact: |turns * 4| < 2^18
  uint32_t quadrant = bits_of_float(turns * 4.0f + ROUND);
  float a = (fma(quarters, -0.25f, turns) + rest) * 6.2831855f;
  float a2 = a * a;
  float s = fma(a * a2, fma(a2, fma(a2, fma(a2, 2.7557319e-6f, -1.9841270e-4f), 8.3333333e-3f), -0.16666667f), a);
  float c = fma(a2, fma(a2, fma(a2, fma(a2, 2.4801587e-5f, -1.3888889e-3f), 4.1666667e-2f), -0.5f), 1.0f);
  cosine = (quadrant & 1u) != 0 ? s : c;
  sine = (quadrant & 1u) != 0 ? c : s;
  cosine = ((quadrant + 1u) & 2u) != 0 ? -cosine : cosine;
  sine = (quadrant & 2u) != 0 ? -sine : sine;
}

// x *= 1 / rms(x) * (scale + added), over a head of `dim` that LANES lanes hold, 8 elements each, zeros after the end.
template <int LANES>
DEVICE_INLINE void normalize_head(float x[8], const float *scale, int32_t d, int32_t dim, float epsilon, float added) {
  float sum = 0;
  UNROLL
  for (int j = 0; j < 8; j++)
    sum = fma(x[j], x[j], sum);
  float factor = rsqrt_fast(warp_sum<LANES>(sum) / static_cast<float>(dim) + epsilon);
  if (d >= dim)
    return;
  u128 low = ld16_nc(scale + d), high = ld16_nc(scale + d + 4);
  uint32_t bits[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
  UNROLL
  for (int j = 0; j < 8; j++)
    x[j] *= factor * (float_of_bits(bits[j]) + added);
}

// In shared memory, element e of a head, or of the cosines and sines, lies at [e % 8][e / 8]: all lanes' j-th elements
// are consecutive. A row's length keeps neighbours' pairs, of which even and odd lanes read different rows, apart too.
constexpr int ROPE_ROW = 36;
constexpr int ROPE_FLOATS = 8 * ROPE_ROW; // of a warp's heads, and of all cosines or sines
constexpr int ROPE_THREADS = 128;

DEVICE_INLINE int32_t rope_index(int32_t e) { return e % 8 * ROPE_ROW + e / 8; }

// Cosines and sines of a token, by the whole block: the same for all its heads.
DEVICE_INLINE void rotation_table(const RopeCacheParams &p, float position, float *cosines, float *sines) {
  for (int32_t i = static_cast<int32_t>(thread_x()); i < p.rotated / 2; i += ROPE_THREADS) {
    float cosine, sine;
    cosine_sine(position * p.frequencies[i], cosine, sine);
    cosines[rope_index(i)] = cosine * p.magnitude;
    sines[rope_index(i)] = sine * p.magnitude;
  }
  block_sync();
}

// Rotates a head that LANES lanes hold. shared: the warp's; first: this head's first lane.
template <int LANES>
DEVICE_INLINE void rotate_head(float x[8], const RopeCacheParams &p, const float *cosines, const float *sines, int32_t d,
                               bool rotate, float *shared, int32_t first) {
  UNROLL
  for (int j = 0; j < 8; j++)
    shared[j * ROPE_ROW + static_cast<int32_t>(lane_id())] = x[j];
  warp_sync();
  int32_t half = p.rotated / 2;
  UNROLL
  for (int j = 0; j < 8; j++) {
    int32_t e = d + j;
    bool upper = p.style == 1 ? e >= half : (e & 1) != 0;
    int32_t pair = p.style == 1 ? (upper ? e - half : e) : e / 2;
    int32_t other = p.style == 1 ? (upper ? e - half : e + half) : e ^ 1;
    if (rotate && e < p.rotated) {
      float cosine = cosines[rope_index(pair)], sine = sines[rope_index(pair)], y = shared[rope_index(other) + first];
      x[j] = upper ? fma(x[j], cosine, y * sine) : fma(x[j], cosine, -(y * sine));
    }
  }
}

// Writes a head's 8 elements per lane to the cache. scales: where this token's scale goes (int8), by the first lane.
template <class KV, int LANES>
DEVICE_INLINE void store_head(float x[8], uint8_t *to, uint8_t *scales, float inverse, int32_t d, int32_t dim,
                              bool stored) {
  if constexpr (sizeof(KV) == 2) {
    if (stored && d < dim)
      st16(to + d * 2, pack8<KV>(x));
  } else {
    float factor = inverse;
    if constexpr (is_i8<KV>) {
      float greatest = 0;
      UNROLL
      for (int j = 0; j < 8; j++) {
        float magnitude = x[j] < 0 ? -x[j] : x[j];
        greatest = magnitude > greatest ? magnitude : greatest;
      }
      greatest = warp_max<LANES>(greatest);
      factor = greatest > 0 ? 127.0f / greatest : 0.0f;
      if (stored && d == 0)
        st4(scales, bits_of_float(greatest * (1.0f / 127.0f)));
    }
    uint32_t codes[8];
    UNROLL
    for (int j = 0; j < 8; j++)
      codes[j] = encode8(KV(), x[j] * factor);
    if (stored && d < dim)
      st8(to + d, {codes[0] | codes[1] << 8 | codes[2] << 16 | codes[3] << 24,
                   codes[4] | codes[5] << 8 | codes[6] << 16 | codes[7] << 24});
  }
}

// One head per LANES lanes (dims <= 8 LANES): q heads, then k heads, then v heads of a token.
template <class T, class KV, int LANES> DEVICE void rope_cache(const RopeCacheParams &p) {
  DYN_SMEM(float, shared);
  pdl_wait();
  if (static_cast<int32_t>(block_x()) >= *p.count)
    return;
  u128 packed = ld16_nc(p.rows + block_x());
  QueryRow row = {static_cast<int32_t>(packed.x), static_cast<int32_t>(packed.y), static_cast<int32_t>(packed.z), 0};
  int32_t lane = static_cast<int32_t>(thread_x() % LANES), d = lane * 8;
  int32_t head = static_cast<int32_t>((block_y() * ROPE_THREADS + thread_x()) / LANES);
  bool is_q = head < p.heads, is_v = head >= p.heads + p.kv_heads, exists = head < p.heads + 2 * p.kv_heads;
  int32_t dim = is_v ? p.v_dim : p.k_dim;
  int64_t from = row.row * p.qkv_stride + (is_v ? static_cast<int64_t>(p.heads + p.kv_heads) * p.k_dim
                 + static_cast<int64_t>(head - p.heads - p.kv_heads) * p.v_dim : static_cast<int64_t>(head) * p.k_dim);
  float x[8] = {};
  if (exists && d < dim)
    unpack16<T>(ld16_nc(static_cast<const T *>(p.qkv) + from + d), x);
  const float *scale = is_q ? p.q_norm : p.k_norm;
  if (p.q_norm != nullptr || p.k_norm != nullptr) {
    bool normalized = exists && !is_v && scale != nullptr;
    normalize_head<LANES>(x, scale, normalized ? d : dim, dim, p.epsilon, p.added);
  }
  if (p.style != 0) {
    float *cosines = shared, *sines = shared + ROPE_FLOATS;
    rotation_table(p, static_cast<float>(row.position), cosines, sines);
    rotate_head<LANES>(x, p, cosines, sines, d, exists && !is_v && d < dim, shared + (2 + warp_id()) * ROPE_FLOATS,
                       static_cast<int32_t>(lane_id()) - lane);
  }
  if (exists && is_q && d < dim)
    st16(static_cast<T *>(p.q_out) + (static_cast<int64_t>(row.row) * p.heads + head) * p.k_dim + d, pack8<T>(x));
  int32_t block = p.tables[row.table + (row.position >> p.kv.block_shift)];
  int64_t kv_head = head - p.heads - (is_v ? p.kv_heads : 0), token = row.position & static_cast<int32_t>(p.kv.block_mask);
  bool stored = exists && !is_q && block >= 0;
  int64_t base = block * p.kv.k_block + kv_head * p.kv.k_head;
  uint8_t *to = is_v ? p.kv.v + block * p.kv.v_block + kv_head * p.kv.v_head + token * p.kv.v_token
                     : p.kv.k + base + token * p.kv.k_token;
  uint8_t *scales = (is_v ? p.kv.v_scales : p.kv.k_scales) + base + token * 4;
  store_head<KV, LANES>(x, to, scales, is_v ? p.v_inverse : p.k_inverse, d, dim, stored);
}

// tokens: at least as many as *p.count.
inline Launch rope_cache_launch(DType type, DType kv, const RopeCacheParams &p, uint32_t tokens) {
  // [activation and cache type][lanes]
  const char *names[5][3] = {
      {"rope_cache_bf16_bf16_d64", "rope_cache_bf16_bf16_d128", "rope_cache_bf16_bf16_d256"},
      {"rope_cache_f16_f16_d64", "rope_cache_f16_f16_d128", "rope_cache_f16_f16_d256"},
      {"rope_cache_bf16_e4m3_d64", "rope_cache_bf16_e4m3_d128", "rope_cache_bf16_e4m3_d256"},
      {"rope_cache_bf16_e5m2_d64", "rope_cache_bf16_e5m2_d128", "rope_cache_bf16_e5m2_d256"},
      {"rope_cache_bf16_i8_d64", "rope_cache_bf16_i8_d128", "rope_cache_bf16_i8_d256"}};
  int32_t dim = p.k_dim > p.v_dim ? p.k_dim : p.v_dim, types = kv_instance(type, kv);
  uint32_t size = dim <= 64 ? 0 : dim <= 128 ? 1 : 2, lanes = 8u << size;
  bool fits = types >= 0 && dim <= 256 && p.k_dim % 8 == 0 && p.v_dim % 8 == 0 && p.rotated <= p.k_dim;
  uint32_t heads = static_cast<uint32_t>(p.heads + 2 * p.kv_heads);
  return {fits ? names[types][size] : nullptr, tokens, (heads * lanes + ROPE_THREADS - 1) / ROPE_THREADS, 1,
          ROPE_THREADS, (2 + ROPE_THREADS / 32) * ROPE_FLOATS * static_cast<uint32_t>(sizeof(float))};
}

} // namespace gpu
} // namespace llmserving

#endif
