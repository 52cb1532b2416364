// The sampler's random numbers in lanes: Philox4x32-10, a word for each token id, its uniform number and its noise. The same
// bits at every width.
#include "sampling/lanes.h"

namespace llmserving {
namespace LLMSERVING_KERNEL_NAMESPACE {

static inline Longs multiply_low(Longs a, uint64_t b) {
  Longs factor = b - Longs{};
#if LLMSERVING_LANES == 16
  return (Longs)_mm512_mul_epu32((__m512i)a, (__m512i)factor);
#elif LLMSERVING_LANES == 8
  return (Longs)_mm256_mul_epu32((__m256i)a, (__m256i)factor);
#elif defined(__x86_64__)
  return (Longs)_mm_mul_epu32((__m128i)a, (__m128i)factor);
#else
  return (a & 0xffffffffu) * factor;
#endif
}

// Of each 128 bits of a and b the first 64 (or the second).
template <bool Second> static inline Ints unpack(Longs a, Longs b) {
#if LLMSERVING_LANES == 16
  return (Ints)(Second ? _mm512_unpackhi_epi64((__m512i)a, (__m512i)b) : _mm512_unpacklo_epi64((__m512i)a, (__m512i)b));
#elif LLMSERVING_LANES == 8
  return (Ints)(Second ? _mm256_unpackhi_epi64((__m256i)a, (__m256i)b) : _mm256_unpacklo_epi64((__m256i)a, (__m256i)b));
#else
  return (Ints)(Longs{a[Second], b[Second]});
#endif
}

// A counter, or its four random words, in each 64 bits, of whose upper halves nothing is said.
struct Philox {
  Longs word[4];
};

class Generator {
public:
  explicit Generator(uint64_t key) {
    uint32_t k0 = static_cast<uint32_t>(key), k1 = static_cast<uint32_t>(key >> 32);
    for (int round = 0; round < ROUNDS; round++) {
      keys_[round][0] = k0;
      keys_[round][1] = k1;
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
  }

  // Philox4x32-10 (Salmon et al., 2011). Unrolled, so that products which are the same for all lanes leave the loop over a
  // vocabulary.
  inline Philox words(uint32_t c0, uint32_t c1, Longs c2, uint32_t c3) const {
    Longs x0 = c0 - Longs{}, x1 = c1 - Longs{}, x2 = c2, x3 = c3 - Longs{};
#pragma GCC unroll 10
    for (int round = 0; round < ROUNDS; round++) {
      Longs p0 = multiply_low(x0, 0xD2511F53u), p1 = multiply_low(x2, 0xCD9E8D57u);
      x0 = (p1 >> 32) ^ x1 ^ (keys_[round][0] - Longs{});
      x1 = p1;
      x2 = (p0 >> 32) ^ x3 ^ (keys_[round][1] - Longs{});
      x3 = p0;
    }
    return {{x0, x1, x2, x3}};
  }

private:
  static constexpr int ROUNDS = 10;
  uint64_t keys_[ROUNDS][2];
};

// Two words of each counter in 64 bits.
static inline Longs pair(Longs low, Longs high) { return (low & 0xffffffffu) | (high << 32); }

// The word of a token is word id % 4 of counter {choice, position, id / 4, 0}.
class NoiseWords {
public:
  explicit NoiseWords(const Noise &noise) : noise_(noise), generator_(noise.seed) {
    for (int i = 0; i < LANES / 2; i++)
      order_[i] = static_cast<uint64_t>(i % 2 * QUARTER + i / 2);
  }

  // Of LANES consecutive ids, of which the first is a multiple of LANES. Counters are computed for 4 LANES ids at once, in
  // such an order that their words come out in that of the ids.
  inline Ints from(size_t first) {
    size_t group = first / (4 * LANES);
    if (group != group_) {
      group_ = group;
      for (int half = 0; half < 2; half++) {
        Philox x = counters(order_ + static_cast<uint64_t>(group * LANES) + static_cast<uint64_t>(half * 2 * QUARTER));
        Longs low = pair(x.word[0], x.word[1]), high = pair(x.word[2], x.word[3]);
        words_[2 * half] = unpack<false>(low, high);
        words_[2 * half + 1] = unpack<true>(low, high);
      }
    }
    return words_[first / LANES % 4];
  }

  inline Ints of(Ints ids) const {
    Longs counter = (Longs)((ids >> 2) & 0x3fffffff);
    Philox even = counters(counter), odd = counters(counter >> 32);
    Ints which = ids & 3, word = {};
    for (int i = 0; i < 4; i++)
      word = which == i ? (Ints)pair(even.word[i], odd.word[i]) : word;
    return word;
  }

private:
  inline Philox counters(Longs c2) const { return generator_.words(noise_.choice, noise_.position, c2, 0); }

  static constexpr int QUARTER = LANES / 4;
  Noise noise_;
  Generator generator_;
  Longs order_;
  size_t group_ = ~size_t{0};
  Ints words_[4];
};

// Uniform v in (0, 1): precise near 0, where the noise is great.
static inline Floats uniform(Ints words) {
  Ints high = (words >> 1) & 0x7fffffff;
  Floats v = __builtin_convertvector(high, Floats) * 4.656612873077393e-10f + 2.3283064365386963e-10f;
  return lesser(v, set(0.99999994f));
}

// -log(-log(1 - v)). What 1 - v loses to rounding is added to its logarithm.
static inline Floats gumbel(Floats v) {
  Floats y = 1.0f - v;
  Floats lost = (1.0f - y) - v;
  return -log_positive(-(log_positive(y) + lost));
}

} // namespace LLMSERVING_KERNEL_NAMESPACE
} // namespace llmserving
