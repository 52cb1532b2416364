// The loops over a vocabulary, written once over the lanes of an instruction set. Sums keep 16 lanes whatever the width.
#include "sampling/noise.h"

namespace llmserving {
namespace LLMSERVING_KERNEL_NAMESPACE {

// body(index, pointer to 16 values) for all values; the last block is filled up with -infinity.
template <class Body> static inline void for_blocks(const float *x, size_t n, Body body) {
  size_t i = 0;
  for (; i + BLOCK <= n; i += BLOCK)
    body(i, x + i);
  if (i < n) {
    float rest[BLOCK];
    for (size_t j = 0; j < BLOCK; j++)
      rest[j] = i + j < n ? x[i + j] : -__builtin_inff();
    body(i, rest);
  }
}

// One bit for each of a block's 16 values.
template <class Test> static inline uint32_t block_bits(const float *block, Test test) {
  uint32_t result = 0;
  for (int part = 0; part < PARTS; part++)
    result |= bits(test(load(block + part * LANES))) << (part * LANES);
  return result;
}

static float scan(const float *x, size_t n, bool *finite, float *copy) {
  Floats highest[PARTS];
  Ints bad = {};
  for (int part = 0; part < PARTS; part++)
    highest[part] = set(-__builtin_inff());
  size_t i = 0;
  for (; i + BLOCK <= n; i += BLOCK)
    for (int part = 0; part < PARTS; part++) {
      size_t at = i + static_cast<size_t>(part * LANES);
      Floats v = load(x + at);
      if (copy != nullptr)
        store(copy + at, v);
      highest[part] = greater(v, highest[part]);
      bad |= ((Ints)v & 0x7f800000) == 0x7f800000;
    }
  float result = -__builtin_inff();
  for (int part = 0; part < PARTS; part++)
    for (int j = 0; j < LANES; j++)
      result = highest[part][j] > result ? highest[part][j] : result;
  bool rest_finite = true;
  for (; i < n; i++) {
    if (copy != nullptr)
      copy[i] = x[i];
    result = x[i] > result ? x[i] : result;
    rest_finite = rest_finite && x[i] - x[i] == 0;
  }
  *finite = rest_finite && bits(bad) == 0;
  return result;
}

static void mask(const float *x, size_t n, const uint32_t *allowed, float *target) {
  Ints lane_bit = 1 << ascending();
  size_t i = 0;
  for (; i + BLOCK <= n; i += BLOCK) {
    uint32_t word = allowed[i / 32] >> (i % 32);
    for (int part = 0; part < PARTS; part++) {
      size_t at = i + static_cast<size_t>(part * LANES);
      Ints set_bits = set(static_cast<int32_t>(word >> (part * LANES))) & lane_bit;
      store(target + at, set_bits != 0 ? load(x + at) : set(-__builtin_inff()));
    }
  }
  for (; i < n; i++)
    target[i] = (allowed[i / 32] >> (i % 32) & 1) != 0 ? x[i] : -__builtin_inff();
}

static size_t find(const float *x, size_t n, float wanted) {
  size_t i = 0;
  for (; i + BLOCK <= n; i += BLOCK) {
    uint32_t equal = block_bits(x + i, [&](Floats v) { return v == set(wanted); });
    if (equal != 0)
      return i + static_cast<size_t>(__builtin_ctz(equal));
  }
  while (i + 1 < n && x[i] != wanted)
    i++;
  return i;
}

// Sum over all blocks of terms(index, pointer to 16 values, 16 lanes to add to), in float by spans, then in double.
template <class Terms> static inline double sum_blocks(const float *x, size_t n, Terms terms) {
  double lanes[BLOCK] = {0};
  constexpr size_t SPAN = 16 * BLOCK;
  for (size_t start = 0; start < n; start += SPAN) {
    Floats sum[PARTS] = {};
    size_t count = n - start < SPAN ? n - start : SPAN;
    for_blocks(x + start, count, [&](size_t i, const float *block) { terms(start + i, block, sum); });
    for (int part = 0; part < PARTS; part++)
      for (int j = 0; j < LANES; j++)
        lanes[part * LANES + j] += static_cast<double>(sum[part][j]);
  }
  double total = 0;
  for (double lane : lanes)
    total += lane;
  return total;
}

static double exp_sum(const float *x, size_t n, float maximum, float scale) {
  return sum_blocks(x, n, [&](size_t, const float *block, Floats *sum) {
    for (int part = 0; part < PARTS; part++) // -infinity adds e^-86, which is lost beside the maximum's 1
      sum[part] += exp_negative((load(block + part * LANES) - maximum) * scale);
  });
}

// The last block's powers may be followed by anything: what lies beyond n is below every cut.
static Above above(const float *x, const float *powers, size_t n, float cut) {
  Above result = {0, 0};
  result.mass = sum_blocks(x, n, [&](size_t i, const float *block, Floats *sum) {
    for (int part = 0; part < PARTS; part++) {
      Ints in = load(block + part * LANES) >= set(cut);
      sum[part] += (Floats)((Ints)load(powers + i + static_cast<size_t>(part * LANES)) & in);
      result.count += static_cast<size_t>(__builtin_popcount(bits(in)));
    }
  });
  return result;
}

static void exp(const float *x, size_t n, float maximum, float scale, float *out) {
  for_blocks(x, n, [&](size_t i, const float *block) {
    float result[BLOCK];
    for (int part = 0; part < PARTS; part++)
      store(result + part * LANES, exp_negative((load(block + part * LANES) - maximum) * scale));
    memcpy(out + i, result, (n - i < BLOCK ? n - i : BLOCK) * sizeof(float));
  });
}

static size_t group_maxima(const float *x, size_t n, size_t group, float *maxima) {
  size_t groups = 0;
  for (size_t start = 0; start < n; start += group * BLOCK, groups += BLOCK) {
    Floats highest[PARTS];
    for (int part = 0; part < PARTS; part++)
      highest[part] = set(-__builtin_inff());
    size_t count = n - start < group * BLOCK ? n - start : group * BLOCK;
    for_blocks(x + start, count, [&](size_t, const float *block) {
      for (int part = 0; part < PARTS; part++)
        highest[part] = greater(load(block + part * LANES), highest[part]);
    });
    for (int part = 0; part < PARTS; part++)
      store(maxima + groups + part * LANES, highest[part]);
  }
  return groups;
}

// Which blocks have any such value is known for 64 of them before the first is copied: a branch for each would often be
// predicted wrong.
static size_t gather(const float *x, size_t n, float cut, float *values, int32_t *ids) {
  constexpr size_t SPAN = 64;
  constexpr uint32_t ALL_LANES = (1u << LANES) - 1;
  size_t count = 0;
  Floats least = set(cut > -__FLT_MAX__ ? cut : -__FLT_MAX__);
  auto wanted = [&](const float *block) { return block_bits(block, [&](Floats v) { return v >= least; }); };
  auto take = [&](size_t i, const float *block, uint32_t lanes) {
    for (int part = 0; part < PARTS; part++)
      count += append(load(block + part * LANES), ascending() + (static_cast<int32_t>(i) + part * LANES),
                      lanes >> (part * LANES) & ALL_LANES, values + count, ids + count);
  };
  size_t i = 0;
  while (i + BLOCK <= n) {
    uint32_t lanes[SPAN];
    uint64_t some = 0;
    size_t blocks = (n - i) / BLOCK < SPAN ? (n - i) / BLOCK : SPAN;
    for (size_t b = 0; b < blocks; b++) {
      lanes[b] = wanted(x + i + b * BLOCK);
      some |= static_cast<uint64_t>(lanes[b] != 0) << b;
    }
    for (; some != 0; some &= some - 1) {
      size_t b = static_cast<size_t>(__builtin_ctzll(some));
      take(i + b * BLOCK, x + i + b * BLOCK, lanes[b]);
    }
    i += blocks * BLOCK;
  }
  for_blocks(x + i, n - i, [&](size_t, const float *rest) { take(i, rest, wanted(rest)); });
  return count;
}

// What is kept moves to the front, never past what is still to be read.
static size_t split(float *values, int32_t *ids, size_t n, float low, float high, Tokens between) {
  size_t kept = 0, open = 0;
  for_blocks(values, n, [&](size_t i, const float *block) {
    for (int part = 0; part < PARTS; part++) {
      Floats v = load(block + part * LANES);
      Ints id = load(ids + i + static_cast<size_t>(part * LANES));
      uint32_t front = bits(v >= set(high)), middle = bits((v >= set(low)) & (v < set(high)));
      open += middle == 0 ? 0 : append(v, id, middle, between.values + open, between.ids + open);
      kept += append(v, id, front, values + kept, ids + kept);
    }
  });
  return kept;
}

static size_t before(const float *x, size_t n, size_t id) {
  size_t count = 0;
  float own = x[id];
  for_blocks(x, n, [&](size_t i, const float *block) {
    uint32_t first = block_bits(block, [&](Floats v) { return v > set(own); });
    uint32_t equal = i > id ? 0 : block_bits(block, [&](Floats v) { return v == set(own); });
    uint32_t lower = id - i >= BLOCK ? 0xffffu : (1u << (id - i)) - 1;
    count += static_cast<size_t>(__builtin_popcount(first | (equal & lower)));
  });
  return count;
}

// A vector is left out as soon as a bound shows that none of its lanes can win: first without noise, then with the
// noise's bound -log(v) >= Gumbel(v), of which the exponent is enough. The bounds' margins exceed all rounding.
static Choice choose(const float *x, const int32_t *ids, size_t n, float inverse_temperature, float cut, float maximum,
                     const Noise &noise) {
  constexpr float GREATEST = 22.3f, LEAST = -2.9f; // of the noise: -log 2^-32 and -log(24 log 2)
  Choice best = {-1, -__builtin_inff()};
  float margin = 1e-3f + 1e-6f * __builtin_fabsf(maximum * inverse_temperature);
  float floor = maximum * inverse_temperature + LEAST - margin;
  Ints lane = ascending();
  NoiseWords words(noise);
  for_blocks(x, n, [&](size_t i, const float *block) {
    for (int part = 0; part < PARTS; part++) {
      Floats v = load(block + part * LANES);
      Floats scaled = v * inverse_temperature;
      Ints possible = (v >= set(cut)) & (scaled + GREATEST >= set(floor));
      if (bits(possible) == 0)
        continue;
      int32_t first = static_cast<int32_t>(i) + part * LANES;
      Ints id = ids == nullptr ? lane + first : load(ids + first);
      Floats u = uniform(ids == nullptr ? words.from(static_cast<size_t>(first)) : words.of(id));
      Floats bound = __builtin_convertvector(127 - ((Ints)u >> 23), Floats) * 0.69314718f;
      uint32_t open = bits(possible & (scaled + bound >= set(floor)) & (v > set(-__builtin_inff())));
      if (open == 0)
        continue;
      Floats key = scaled + gumbel(u);
      for (; open != 0; open &= open - 1) {
        int j = __builtin_ctz(open);
        if (key[j] > best.key || (key[j] == best.key && id[j] < best.token)) {
          best = {id[j], key[j]};
          floor = best.key - margin > floor ? best.key - margin : floor;
        }
      }
    }
  });
  return best;
}

static void philox(uint64_t key, const uint32_t *counter, uint32_t *words) {
  Philox lanes = Generator(key).words(counter[0], counter[1], counter[2] - Longs{}, counter[3]);
  for (int i = 0; i < 4; i++)
    words[i] = static_cast<uint32_t>(lanes.word[i][0]);
}

static void noise_words(const Noise &noise, uint32_t first, uint32_t *words, uint32_t *again) {
  NoiseWords lanes(noise);
  for (int part = 0; part < PARTS; part++) {
    int32_t id = static_cast<int32_t>(first) + part * LANES;
    Ints rows[2] = {lanes.from(static_cast<size_t>(id)), lanes.of(ascending() + id)};
    memcpy(words + part * LANES, &rows[0], sizeof(Ints));
    memcpy(again + part * LANES, &rows[1], sizeof(Ints));
  }
}

static void gumbel_words(const uint32_t *words, float *result) {
  for (int part = 0; part < PARTS; part++) {
    Ints lane;
    memcpy(&lane, words + part * LANES, sizeof(lane));
    store(result + part * LANES, gumbel(uniform(lane)));
  }
}

const SamplingKernel SAMPLING_KERNEL = {scan,   mask,  find,   exp_sum, exp,         above, group_maxima,
                                        gather, split, before, choose,  philox, noise_words, gumbel_words};

} // namespace LLMSERVING_KERNEL_NAMESPACE
} // namespace llmserving
