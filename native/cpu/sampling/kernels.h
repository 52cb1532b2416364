// The sampler's loops over a vocabulary, as each instruction set implements them. Equal bits in all of them.
#ifndef LLMSERVING_SAMPLING_KERNELS_H
#define LLMSERVING_SAMPLING_KERNELS_H

#include <cstddef>
#include <cstdint>

#include "llmserving/llmserving.h"

namespace llmserving {

// Philox4x32-10's key and the constant words of its counters {choice, position, id / 4, 0}. A token's random word is word
// id % 4 of its counter.
struct Noise {
  uint64_t seed;
  uint32_t choice, position;
};

struct Choice {
  int32_t token; // -1 = none
  float key;
};

// How many tokens there are from a value on, and their mass.
struct Above {
  size_t count;
  double mass;
};

struct Tokens {
  float *values;
  int32_t *ids;
};

struct SamplingKernel {
  // The greatest value; *finite tells whether all are finite. Values that are no numbers count as none. copy: null, or where
  // x goes on the way.
  float (*scan)(const float *x, size_t n, bool *finite, float *copy);
  // target = allowed ? x : -infinity
  void (*mask)(const float *x, size_t n, const uint32_t *allowed, float *target);
  // Index of the first value equal to `wanted`, which must occur.
  size_t (*find)(const float *x, size_t n, float wanted);
  // Sum of exp((x - maximum) * scale) for scale > 0.
  double (*exp_sum)(const float *x, size_t n, float maximum, float scale);
  // out[i] = exp((x[i] - maximum) * scale)
  void (*exp)(const float *x, size_t n, float maximum, float scale, float *out);
  // Of the values >= cut, which is above -infinity, each with its power; 16 powers more may be read.
  Above (*above)(const float *x, const float *powers, size_t n, float cut);
  // Greatest values of groups that divide x; `group` times 16 values each. Returns the number of groups.
  size_t (*group_maxima)(const float *x, size_t n, size_t group, float *maxima);
  // Values >= cut that are not -infinity, with their indices, ascending by index. Returns how many. Up to 16 more values and
  // indices may be overwritten.
  size_t (*gather)(const float *x, size_t n, float cut, float *values, int32_t *ids);
  // Keeps the values >= high with their ids in place and appends those of [low, high) to `between`. Returns how many are
  // kept. Up to 16 more of all of them may be read and overwritten.
  size_t (*split)(float *values, int32_t *ids, size_t n, float low, float high, Tokens between);
  // Values that come before x[id] in descending order, ties by index.
  size_t (*before)(const float *x, size_t n, size_t id);
  // Token with the greatest x * inverse_temperature + Gumbel noise among those with x >= cut and not -infinity; ties to
  // the lowest id. ids: null where they are the indices; 16 more may be read. maximum: the greatest x.
  Choice (*choose)(const float *x, const int32_t *ids, size_t n, float inverse_temperature, float cut, float maximum,
                   const Noise &noise);
  // Philox4x32-10 of a counter. For tests: all four words.
  void (*philox)(uint64_t key, const uint32_t *counter, uint32_t *words);
  // Random words of token ids first .. first + 15, first a multiple of 16: as for a row of all tokens, and again as for tokens
  // with ids. For tests.
  void (*noise_words)(const Noise &noise, uint32_t first, uint32_t *words, uint32_t *again);
  // The Gumbel noise of a random word. For tests: 16 lanes.
  void (*gumbel)(const uint32_t *words, float *noise);
};

const SamplingKernel &sampling_kernel(llm_isa isa);

namespace portable { extern const SamplingKernel SAMPLING_KERNEL; }
namespace avx2 { extern const SamplingKernel SAMPLING_KERNEL; }
namespace avx512 { extern const SamplingKernel SAMPLING_KERNEL; }

} // namespace llmserving

#endif
