// The best tokens of a vocabulary without sorting it. Order everywhere: greater value first, ties by lower id.
#ifndef LLMSERVING_SAMPLING_SELECTION_H
#define LLMSERVING_SAMPLING_SELECTION_H

#include <cstddef>
#include <cstdint>

#include "sampling/kernels.h"
#include "support/untouched.h"

namespace llmserving {

// Tokens with their values, and the memory to find them: one worker's.
class Selection {
public:
  Selection(const SamplingKernel &kernel, size_t vocabulary);
  size_t bytes() const { return vocabulary_ * (3 * sizeof(float) + 2 * sizeof(int32_t) + sizeof(uint64_t)); }

  // The k first tokens of x [vocabulary] among those >= cut; fewer where there are fewer. Not sorted.
  void take_top(const float *x, size_t k, float cut);
  // All tokens >= cut that are not -infinity.
  void take_above(const float *x, float cut);

  // A value below which, by a sample of x, lies half of `mass`, which is a part of the sum of exp((x - maximum) * scale).
  // -infinity for vocabularies too small for it.
  float likely_cut(const float *x, double mass, float maximum, float scale);
  // Keeps the smallest prefix whose part of `total` (a sum of exp((x - maximum) * scale)) is at least p; total < 0: the
  // selection's own sum. At least one token stays. cut: what take_above was given. False where the prefix does not end above
  // it: the selection is of no use then.
  bool keep_mass(double p, double total, float maximum, float scale, float cut);
  // From the first-th token on.
  void sort(size_t first = 0);

  size_t size() const { return size_; }
  const float *values() const { return values_.data(); }
  const int32_t *ids() const { return ids_.data(); }

private:
  // Where a prefix ends: at a value of [low, high), which so many tokens have. mass: that of the tokens before these.
  struct End {
    float low, high;
    double mass;
    size_t tokens;
  };
  // low: all tokens are from here on. step: the first one down from the maximum, where low is -infinity.
  struct Bounds {
    float low, maximum, step;
  };
  // Of the prefix of mass `wanted` of the first `count` values, which have their powers. Found as soon as no more than `few`
  // tokens are in question, or all of them are equal.
  End find_end(size_t count, double wanted, const Bounds &bounds, size_t few) const;
  void append_above(const float *x, size_t first, size_t last, float cut);
  void to_keys(size_t first);
  void from_keys(size_t first, size_t last);

  const SamplingKernel &kernel_;
  const size_t vocabulary_;
  size_t size_ = 0;
  Untouched<float> values_, powers_, maxima_;
  Untouched<int32_t> ids_, open_ids_;
  Untouched<uint64_t> keys_; // order-preserving: value, then inverted id
};

} // namespace llmserving

#endif
