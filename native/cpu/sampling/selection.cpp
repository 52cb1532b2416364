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

} // namespace

Selection::Selection(const SamplingKernel &kernel, size_t vocabulary)
    : kernel_(kernel), vocabulary_(vocabulary), values_(vocabulary + 16), powers_(vocabulary), maxima_(vocabulary + 16),
      ids_(vocabulary + 16), keys_(vocabulary) {}

void Selection::take_above(const float *x, float cut) {
  size_ = kernel_.gather(x, vocabulary_, cut, values_.data(), ids_.data());
}

// The k-th greatest of disjoint groups' maxima is a lower bound of the k-th greatest value, and a close one where there
// are several times as many groups.
void Selection::take_top(const float *x, size_t k, float cut) {
  size_t blocks = (vocabulary_ + 15) / 16;
  size_t group = std::max<size_t>(1, blocks * 16 / std::max<size_t>(512, 8 * k));
  size_t groups = kernel_.group_maxima(x, vocabulary_, group, maxima_.data());
  if (k <= groups && k > 0) {
    auto kth = maxima_.begin() + static_cast<std::ptrdiff_t>(k - 1);
    std::nth_element(maxima_.begin(), kth, maxima_.begin() + static_cast<std::ptrdiff_t>(groups), std::greater<float>());
    cut = std::max(cut, *kth);
  }
  take_above(x, cut);
  if (size_ <= k)
    return;
  to_keys();
  auto end = keys_.begin() + static_cast<std::ptrdiff_t>(size_);
  std::nth_element(keys_.begin(), keys_.begin() + static_cast<std::ptrdiff_t>(k), end, std::greater<uint64_t>());
  size_ = k;
  from_keys(0, k, 0);
}

void Selection::sort() {
  to_keys();
  std::sort(keys_.begin(), keys_.begin() + static_cast<std::ptrdiff_t>(size_), std::greater<uint64_t>());
  from_keys(0, size_, 0);
}

// Buckets of values tell where about the prefix ends; of the bucket that it ends in, it halves the range that holds the end.
// A half costs its length, so all of it is linear.
void Selection::keep_mass(double p, double total, float maximum, float scale) {
  if (size_ == 0)
    return;
  kernel_.exp(values_.data(), size_, maximum, scale, powers_.data());
  double wanted = p * (total < 0 ? sum_of_powers(size_) : total), before = 0;
  size_t kept = keep_buckets(wanted, maximum, scale, &before), first = 0, last = size_ - kept;
  while (last - first > 1) {
    size_t middle = first + (last - first) / 2;
    auto begin = keys_.begin();
    std::nth_element(begin + static_cast<std::ptrdiff_t>(first), begin + static_cast<std::ptrdiff_t>(middle),
                     begin + static_cast<std::ptrdiff_t>(last), std::greater<uint64_t>());
    from_keys(first, middle, kept);
    kernel_.exp(values_.data() + kept + first, middle - first, maximum, scale, powers_.data());
    double half = sum_of_powers(middle - first);
    if (before + half >= wanted) {
      last = middle;
    } else {
      before += half;
      first = middle;
    }
  }
  from_keys(0, last, kept);
  size_ = kept + last;
}

// Puts the tokens whose buckets come before that in which the prefix ends to the front and returns how many they are; adds
// their powers to *before. That bucket's tokens are the rest of the selection, as keys; others are gone.
size_t Selection::keep_buckets(double wanted, float maximum, float scale, double *before) {
  constexpr int kBuckets = 1024, kParts = 32; // buckets to a factor of e
  auto bucket = [&](float value) { return static_cast<int>(std::min((maximum - value) * scale * kParts, kBuckets - 1.0f)); };
  double masses[kBuckets] = {};
  for (size_t i = 0; i < size_; i++)
    masses[bucket(values_[i])] += static_cast<double>(powers_[i]);
  int last = 0;
  for (; last < kBuckets - 1 && *before + masses[last] < wanted; last++)
    *before += masses[last];
  size_t kept = 0, open = 0;
  for (size_t i = 0; i < size_; i++) { // without branches, which nobody could predict
    float value = values_[i];
    int32_t id = ids_[i];
    int b = bucket(value);
    keys_[open] = key_of(value, id);
    open += b == last;
    values_[kept] = value;
    ids_[kept] = id;
    kept += b < last;
  }
  size_ = kept + open;
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
