#include "sampling/selection.h"

#include <algorithm>
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

// Ranges of values from the maximum down, so many to a factor of e; the last one has no end.
struct Buckets {
  int count;
  float parts;
  int of(float value, float maximum, float scale) const {
    return static_cast<int>(std::min((maximum - value) * scale * parts, static_cast<float>(count - 1)));
  }
};

constexpr Buckets kFine = {1024, 32};

} // namespace

Selection::Selection(const SamplingKernel &kernel, size_t vocabulary)
    : kernel_(kernel), vocabulary_(vocabulary), values_(vocabulary + 16), powers_(vocabulary), maxima_(vocabulary + 16),
      ids_(vocabulary + 16), keys_(vocabulary) {}

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
    float *kth = values_.begin() + k - 1; // there is nothing in values_ yet
    std::copy(maxima_.begin(), maxima_.begin() + groups, values_.begin());
    std::nth_element(values_.begin(), kth, values_.begin() + groups, std::greater<float>());
    cut = std::max(cut, *kth);
  }
  size_ = 0;
  for (size_t first = 0; first < groups; first += 16)
    if (*std::max_element(maxima_.begin() + first, maxima_.begin() + first + 16) >= cut)
      append_above(x, first * group, std::min(vocabulary_, (first + 16) * group), cut);
  if (size_ <= k)
    return;
  to_keys();
  auto end = keys_.begin() + static_cast<std::ptrdiff_t>(size_);
  std::nth_element(keys_.begin(), keys_.begin() + static_cast<std::ptrdiff_t>(k), end, std::greater<uint64_t>());
  size_ = k;
  from_keys(0, k, 0);
}

void Selection::append_above(const float *x, size_t first, size_t last, float cut) {
  size_t count = kernel_.gather(x + first, last - first, cut, values_.data() + size_, ids_.data() + size_);
  for (size_t i = size_; i < size_ + count; i++)
    ids_[i] += static_cast<int32_t>(first);
  size_ += count;
}

void Selection::sort() {
  to_keys();
  std::sort(keys_.begin(), keys_.begin() + static_cast<std::ptrdiff_t>(size_), std::greater<uint64_t>());
  from_keys(0, size_, 0);
}

// Every 16th block of 16 values stands for all: what lies low is spread over many tokens.
float Selection::likely_cut(const float *x, double mass, float maximum, float scale) {
  constexpr size_t kBlock = 16, kEvery = 16, kLeast = 1024;
  constexpr Buckets kCoarse = {128, 4};
  if (vocabulary_ < kLeast * kEvery)
    return -INFINITY;
  size_t sampled = 0;
  for (size_t i = 0; i + kBlock <= vocabulary_; i += kBlock * kEvery, sampled += kBlock)
    std::copy(x + i, x + i + kBlock, values_.begin() + sampled);
  kernel_.exp(values_.data(), sampled, maximum, scale, powers_.data());
  double masses[kCoarse.count] = {}, below = 0;
  for (size_t i = 0; i < sampled; i++)
    masses[kCoarse.of(values_[i], maximum, scale)] += static_cast<double>(powers_[i]);
  int bucket = kCoarse.count;
  while (bucket > 0 && below <= mass / 2 / kEvery)
    below += masses[--bucket];
  return maximum - static_cast<float>(bucket + 1) / (kCoarse.parts * scale);
}

// Tokens at the front of the selection that are kept, the mass of these, and the bucket that the prefix ends in, whose tokens
// are the rest of the selection, as keys.
struct Selection::Kept {
  size_t tokens;
  double mass;
  int last;
};

// Buckets of values tell where about the prefix ends; of the bucket that it ends in, it halves the range that holds the end.
// A half costs its length, so all of it is linear.
bool Selection::keep_mass(double p, double total, float maximum, float scale, float cut) {
  if (size_ == 0)
    return cut == -INFINITY;
  kernel_.exp(values_.data(), size_, maximum, scale, powers_.data());
  double wanted = p * (total < 0 ? sum_of_powers(size_) : total);
  Kept kept = keep_buckets(wanted, maximum, scale);
  if (cut > -INFINITY && kept.last >= kFine.of(cut, maximum, scale))
    return false;
  size_t first = 0, last = size_ - kept.tokens;
  while (last - first > 1) {
    size_t middle = first + (last - first) / 2;
    auto begin = keys_.begin();
    std::nth_element(begin + static_cast<std::ptrdiff_t>(first), begin + static_cast<std::ptrdiff_t>(middle),
                     begin + static_cast<std::ptrdiff_t>(last), std::greater<uint64_t>());
    from_keys(first, middle, kept.tokens);
    kernel_.exp(values_.data() + kept.tokens + first, middle - first, maximum, scale, powers_.data());
    double half = sum_of_powers(middle - first);
    if (kept.mass + half >= wanted) {
      last = middle;
    } else {
      kept.mass += half;
      first = middle;
    }
  }
  from_keys(0, last, kept.tokens);
  size_ = kept.tokens + last;
  return true;
}

Selection::Kept Selection::keep_buckets(double wanted, float maximum, float scale) {
  double masses[kFine.count] = {};
  for (size_t i = 0; i < size_; i++)
    masses[kFine.of(values_[i], maximum, scale)] += static_cast<double>(powers_[i]);
  Kept kept = {0, 0, 0};
  for (; kept.last < kFine.count - 1 && kept.mass + masses[kept.last] < wanted; kept.last++)
    kept.mass += masses[kept.last];
  size_t open = 0;
  for (size_t i = 0; i < size_; i++) { // without branches, which nobody could predict
    float value = values_[i];
    int32_t id = ids_[i];
    int bucket = kFine.of(value, maximum, scale);
    keys_[open] = key_of(value, id);
    open += bucket == kept.last;
    values_[kept.tokens] = value;
    ids_[kept.tokens] = id;
    kept.tokens += bucket < kept.last;
  }
  size_ = kept.tokens + open;
  return kept;
}

double Selection::sum_of_powers(size_t count) const {
  double sum = 0;
  for (size_t i = 0; i < count; i++)
    sum += static_cast<double>(powers_[i]);
  return sum;
}

void Selection::to_keys() {
  for (size_t i = 0; i < size_; i++)
    keys_[i] = key_of(values_[i], ids_[i]);
}

void Selection::from_keys(size_t first, size_t last, size_t target) {
  for (size_t i = first; i < last; i++) {
    values_[target + i] = value_of(keys_[i]);
    ids_[target + i] = id_of(keys_[i]);
  }
}

} // namespace llmserving
