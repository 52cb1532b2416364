// Exact selection without sorting. Order everywhere: greater value first, ties by lower id.
//
// A radix select on order-preserving bits: passes of eight bits, in each of which a histogram of weights tells the bin
// that holds the place sought. With weights of 1 it finds the k-th value, with masses the value where a mass is
// reached.
#ifndef LLMSERVING_GPU_SAMPLING_SELECT_H
#define LLMSERVING_GPU_SAMPLING_SELECT_H

#include "llmserving/gpu/sampling_block.h"

namespace llmserving {
namespace gpu {

// A prefix of the order: all values above `key`, and those equal to it with ids up to last_id.
struct Prefix {
  uint32_t key;
  int32_t last_id;
};
DEVICE_INLINE bool contains(const Prefix &prefix, float x, int32_t id) {
  uint32_t key = ordered_bits(x);
  return key > prefix.key || (key == prefix.key && id <= prefix.last_id);
}
DEVICE_INLINE Prefix whole_order() { return {0, 0x7fffffff}; }

// Adds to a bin's 64 bits by 32-bit atomics: whoever makes the low word wrap carries.
DEVICE_INLINE void add_weight(uint32_t *low, uint32_t *high, uint64_t weight) {
  uint32_t part = static_cast<uint32_t>(weight), old = atomic_add(low, part);
  uint32_t rest = static_cast<uint32_t>(weight >> 32) + (old + part < old ? 1u : 0u);
  if (rest != 0)
    atomic_add(high, rest);
}

struct Place {
  uint32_t key;    // weight above it < wanted <= weight above it and at it
  uint64_t before; // weight of greater keys
  uint64_t at;     // weight of the key
};

// Finds the bin, from the last one down, in which `before` grows to `wanted`; by the first warp, 8 bins per lane.
// Leaves in control: 1 = bin, 2..3 = weight of the bins above it, 4..5 = weight of the bin.
template <int THREADS> DEVICE_INLINE void find_bin(uint64_t before, uint64_t wanted, SamplingShared<THREADS> &shared) {
  uint32_t last = BINS - 1 - 8 * lane_id();
  uint64_t sum = 0;
  NO_UNROLL
  for (uint32_t i = 0; i < 8; i++)
    sum += static_cast<uint64_t>(shared.high[last - i]) << 32 | shared.low[last - i];
  uint64_t upto = sum;
  UNROLL
  for (int delta = 1; delta < 32; delta *= 2) {
    uint64_t other = shfl_up_u64(upto, delta);
    upto += static_cast<int>(lane_id()) >= delta ? other : 0;
  }
  before += upto - sum;
  if (!(before < wanted && before + sum >= wanted))
    return;
  NO_UNROLL
  for (uint32_t bin = last;; bin--) {
    uint64_t weight = static_cast<uint64_t>(shared.high[bin]) << 32 | shared.low[bin];
    if (before + weight >= wanted) {
      shared.control[1] = bin;
      shared.control[2] = static_cast<uint32_t>(before);
      shared.control[3] = static_cast<uint32_t>(before >> 32);
      shared.control[4] = static_cast<uint32_t>(weight);
      shared.control[5] = static_cast<uint32_t>(weight >> 32);
      return;
    }
    before += weight;
  }
}

// Bits that numbers up to `greatest` have; at least 1.
DEVICE_INLINE int bits_of(uint32_t greatest) {
  int bits = 1;
  NO_UNROLL
  while (bits < 32 && greatest >> bits != 0)
    bits++;
  return bits;
}

// each(add): calls add(key, weight) for every member of this thread's share; it is called once per pass. Keys have so
// many `bits`: the fewer, the better they spread over the first pass's bins. wanted: at least 1, at most the weight of
// all.
template <int THREADS, class Each>
DEVICE_INLINE Place radix_select(Each each, int bits, uint64_t wanted, SamplingShared<THREADS> &shared) {
  Place place = {0, 0, 0};
  NO_UNROLL
  for (int shift = bits; shift > 0;) {
    int width = shift < 8 ? shift : 8;
    shift -= width;
    for (int bin = static_cast<int>(thread_x()); bin < BINS; bin += THREADS)
      shared.low[bin] = shared.high[bin] = 0;
    block_sync();
    // Bits above this digit's are fixed; the shift is split because a word cannot be shifted by 32.
    uint32_t fixed = place.key >> shift >> width;
    each([&](uint32_t key, uint64_t weight) {
      if (key >> shift >> width == fixed && weight != 0) {
        uint32_t bin = key >> shift & ((1u << width) - 1);
        add_weight(&shared.low[bin], &shared.high[bin], weight);
      }
    });
    block_sync();
    if (warp_id() == 0)
      find_bin<THREADS>(place.before, wanted, shared);
    block_sync();
    place.key |= shared.control[1] << shift;
    place.before = static_cast<uint64_t>(shared.control[3]) << 32 | shared.control[2];
    place.at = static_cast<uint64_t>(shared.control[5]) << 32 | shared.control[4];
  }
  return place;
}

// exp((x - maximum) * scale) as a multiple of 2^-44, rounded down, where x may be; the float is the CPU's to the bit.
// Sums of a million of them fit into 64 bits.
constexpr float MASS_UNIT = 17592186044416.0f; // 2^44
DEVICE_INLINE uint64_t mass_of(float x, float maximum, float scale) {
  return static_cast<uint64_t>(mul_rn(exp_negative(mul_rn(add_rn(x, -maximum), scale)), MASS_UNIT));
}

// What candidates weigh: 1 each, or their mass; 0 outside a prefix.
struct Weighting {
  bool unit;
  float maximum, scale;
  Prefix within;
};
DEVICE_INLINE uint64_t weight_of(const Weighting &weighting, float x, int32_t id) {
  if (!contains(weighting.within, x, id))
    return 0;
  return weighting.unit ? 1 : mass_of(x, weighting.maximum, weighting.scale);
}

template <int THREADS>
DEVICE_INLINE uint64_t weight_of_all(const Candidates &candidates, const Weighting &weighting,
                                     SamplingShared<THREADS> &shared) {
  uint64_t sum = 0;
  for_candidates<THREADS>(candidates, shared, [&](float x, int32_t id) { sum += weight_of(weighting, x, id); });
  return block_sum_u64<THREADS>(sum, shared);
}

// Ids are below 2^20, as sums of masses want it.
constexpr int ID_BITS = 20;
constexpr uint32_t GREATEST_ID = (1u << ID_BITS) - 1;

// The smallest prefix whose weight reaches wanted, which is at least 1 and at most the weight of all. First its last
// value is found, then, if not all ids that have it are needed, the last of the ids. weighting.maximum: the greatest
// candidate, whatever the weights.
template <int THREADS>
DEVICE_INLINE Prefix prefix_of_weight(const Candidates &candidates, const Weighting &weighting, uint64_t wanted,
                                      SamplingShared<THREADS> &shared) {
  Prefix prefix = {0, 0x7fffffff};
  uint32_t lowest = ordered_bits(candidates.cut);
  int bits = bits_of(ordered_bits(weighting.maximum) - lowest);
  NO_UNROLL
  for (int by_id = 0; by_id < 2; by_id++) {
    Place place = radix_select<THREADS>(
        [&](auto add) {
          for_candidates<THREADS>(candidates, shared, [&](float x, int32_t id) {
            uint32_t key = ordered_bits(x);
            if (by_id == 0 || key == prefix.key)
              add(by_id == 0 ? key - lowest : GREATEST_ID - static_cast<uint32_t>(id), weight_of(weighting, x, id));
          });
        },
        by_id == 0 ? bits : ID_BITS, wanted, shared);
    if (by_id != 0)
      prefix.last_id = static_cast<int32_t>(GREATEST_ID - place.key);
    else
      prefix.key = place.key + lowest;
    if (place.before + place.at == wanted)
      break;
    wanted -= place.before;
  }
  return prefix;
}

// A lower bound of the k-th greatest value: the k-th greatest of the threads' own maxima, which is close where k is
// much less than THREADS; -infinity where k exceeds THREADS.
template <int THREADS> DEVICE_INLINE float bound_of_kth(float own_maximum, int32_t k, SamplingShared<THREADS> &shared) {
  if (k > THREADS)
    return negative_infinity();
  Place place = radix_select<THREADS>([&](auto add) { add(ordered_bits(own_maximum), static_cast<uint64_t>(1)); }, 32,
                                      static_cast<uint64_t>(k), shared);
  return float_of_ordered_bits(place.key);
}

} // namespace gpu
} // namespace llmserving

#endif
