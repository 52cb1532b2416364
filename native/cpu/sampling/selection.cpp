#include "sampling/selection.h"

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <cstring>
#include <functional>

namespace llmserving {
namespace {

uint64_t key_of(float value, int32_t id) {
  float x = value + 0.0f; // -0 and 0 are equal
  uint32_t bits;
  std::memcpy(&bits, &x, 4);
  bits ^= (bits >> 31) != 0 ? 0xffffffffu : 0x80000000u;
  return static_cast<uint64_t>(bits) << 32 | ~static_cast<uint32_t>(id);
}

float value_of(uint64_t key) {
  uint32_t bits = static_cast<uint32_t>(key >> 32);
  bits ^= (bits >> 31) != 0 ? 0x80000000u : 0xffffffffu;
  float x;
  std::memcpy(&x, &bits, 4);
  return x;
}

int32_t id_of(uint64_t key) { return static_cast<int32_t>(~static_cast<uint32_t>(key)); }

} // namespace

Selection::Selection(const SamplingKernel &kernel, size_t vocabulary)
    : kernel_(kernel), vocabulary_(vocabulary), values_(vocabulary + 16), powers_(vocabulary + 16),
      maxima_(vocabulary + 16), ids_(vocabulary + 16), open_ids_(vocabulary + 16), keys_(vocabulary) {}

void Selection::take_above(const float *x, float cut) {
  size_ = 0;
  append_above(x, 0, vocabulary_, cut);
}

// The k-th greatest of disjoint groups' maxima is a lower bound of the k-th greatest value, and a close one where there
// are several times as many groups. Only spans with such a group are looked at again.
void Selection::take_top(const float *x, size_t k, float cut) {
  size_t blocks = (vocabulary_ + 15) / 16;
  size_t group = std::max<size_t>(1, blocks * 16 / std::max<size_t>(512, 8 * k));
  size_t groups = kernel_.group_maxima(x, vocabulary_, group, maxima_.data());
  if (k <= groups && k > 0) {
    constexpr size_t kHeap = 16; // up to so many, a heap is the faster one
    float *first = values_.begin(), *kth = first + k - 1, *last = first + groups; // there is nothing in values_ yet
    std::copy(maxima_.begin(), maxima_.begin() + groups, first);
    if (k <= kHeap)
      std::partial_sort(first, kth + 1, last, std::greater<float>());
    else
      std::nth_element(first, kth, last, std::greater<float>());
    cut = std::max(cut, *kth);
  }
  size_ = 0;
  for (size_t first = 0; first < groups; first += 16)
    if (*std::max_element(maxima_.begin() + first, maxima_.begin() + first + 16) >= cut)
      append_above(x, first * group, std::min(vocabulary_, (first + 16) * group), cut);
  if (size_ <= k)
    return;
  to_keys(0);
  auto end = keys_.begin() + static_cast<std::ptrdiff_t>(size_);
  std::nth_element(keys_.begin(), keys_.begin() + static_cast<std::ptrdiff_t>(k), end, std::greater<uint64_t>());
  size_ = k;
  from_keys(0, k);
}

void Selection::append_above(const float *x, size_t first, size_t last, float cut) {
  size_t count = kernel_.gather(x + first, last - first, cut, values_.data() + size_, ids_.data() + size_);
  for (size_t i = size_; i < size_ + count; i++)
    ids_[i] += static_cast<int32_t>(first);
  size_ += count;
}

void Selection::sort(size_t first) {
  to_keys(first);
  std::sort(keys_.begin() + static_cast<std::ptrdiff_t>(first), keys_.begin() + static_cast<std::ptrdiff_t>(size_),
            std::greater<uint64_t>());
  from_keys(first, size_);
}

// Every 16th block of 16 values stands for all: what lies low is spread over many tokens.
float Selection::likely_cut(const float *x, double mass, float maximum, float scale) {
  constexpr size_t kBlock = 16, kEvery = 16, kLeast = 1024, kNear = 64;
  if (vocabulary_ < kLeast * kEvery)
    return -INFINITY;
  size_t sampled = 0;
  for (size_t i = 0; i + kBlock <= vocabulary_; i += kBlock * kEvery, sampled += kBlock)
    std::copy(x + i, x + i + kBlock, values_.begin() + sampled);
  kernel_.exp(values_.data(), sampled, maximum, scale, powers_.data());
  double all = kernel_.above(values_.data(), powers_.data(), sampled, -FLT_MAX).mass;
  return find_end(sampled, all - mass / 2 / kEvery, {-INFINITY, maximum, 1 / scale}, kNear).low;
}

// Probes one value after the other, going down by ever greater steps until the prefix has ended, and then halving what lies
// between.
Selection::End Selection::find_end(size_t count, double wanted, const Bounds &bounds, size_t few) const {
  End end = {bounds.low, INFINITY, 0, count};
  size_t from_low = count, from_high = 0;
  float probe = bounds.maximum, step = bounds.step;
  while (from_low - from_high > few) {
    Above above = kernel_.above(values_.data(), powers_.data(), count, probe);
    if (above.mass >= wanted) {
      end.low = probe;
      from_low = above.count;
    } else {
      end.high = probe;
      end.mass = above.mass;
      from_high = above.count;
    }
    if (end.low > -INFINITY) {
      probe = 0.5f * end.low + 0.5f * end.high;
      if (!(probe > end.low && probe < end.high))
        break;
    } else {
      probe = end.high - step;
      step *= 2;
      if (!(probe > -INFINITY))
        break;
    }
  }
  end.tokens = from_low - from_high;
  return end;
}

bool Selection::keep_mass(double p, double total, float maximum, float scale, float cut) {
  constexpr size_t kFew = 32;
  if (size_ == 0)
    return cut == -INFINITY;
  kernel_.exp(values_.data(), size_, maximum, scale, powers_.data());
  double all = kernel_.above(values_.data(), powers_.data(), size_, -FLT_MAX).mass, wanted = p * (total < 0 ? all : total);
  if (all < wanted)
    return cut == -INFINITY;
  End end = find_end(size_, wanted, {cut, maximum, 1 / scale}, kFew);
  Tokens open = {powers_.data(), open_ids_.data()};
  size_t kept = kernel_.split(values_.data(), ids_.data(), size_, end.low, end.high, open), count = end.tokens;
  std::copy(open.values, open.values + count, values_.begin() + kept);
  std::copy(open.ids, open.ids + count, ids_.begin() + kept);
  size_ = kept + count;
  sort(kept);
  kernel_.exp(values_.data() + kept, count, maximum, scale, powers_.data());
  size_t last = 0;
  for (double mass = end.mass; last < count && mass < wanted; last++)
    mass += static_cast<double>(powers_[last]);
  size_ = std::max<size_t>(1, kept + last);
  return true;
}

void Selection::to_keys(size_t first) {
  for (size_t i = first; i < size_; i++)
    keys_[i] = key_of(values_[i], ids_[i]);
}

void Selection::from_keys(size_t first, size_t last) {
  for (size_t i = first; i < last; i++) {
    values_[i] = value_of(keys_[i]);
    ids_[i] = id_of(keys_[i]);
  }
}

} // namespace llmserving
