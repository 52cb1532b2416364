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
    : kernel_(kernel), vocabulary_(vocabulary), values_(vocabulary), powers_(vocabulary), maxima_(vocabulary + 16),
      ids_(vocabulary), keys_(vocabulary) {}

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
  from_keys(0, k);
}

void Selection::sort() {
  to_keys();
  std::sort(keys_.begin(), keys_.begin() + static_cast<std::ptrdiff_t>(size_), std::greater<uint64_t>());
  from_keys(0, size_);
}

// Halves the range that holds the prefix's end; a half costs its length, so all of it is linear.
void Selection::keep_mass(double p, double total, float maximum, float scale) {
  if (size_ == 0)
    return;
  double wanted = p * (total < 0 ? mass(0, size_, maximum, scale) : total), before = 0;
  to_keys();
  size_t first = 0, last = size_;
  while (last - first > 1) {
    size_t middle = first + (last - first) / 2;
    auto begin = keys_.begin();
    std::nth_element(begin + static_cast<std::ptrdiff_t>(first), begin + static_cast<std::ptrdiff_t>(middle),
                     begin + static_cast<std::ptrdiff_t>(last), std::greater<uint64_t>());
    from_keys(first, middle);
    double half = mass(first, middle, maximum, scale);
    if (before + half >= wanted) {
      last = middle;
    } else {
      before += half;
      first = middle;
    }
  }
  size_ = last;
  from_keys(0, size_);
}

double Selection::mass(size_t first, size_t last, float maximum, float scale) {
  kernel_.exp(values_.data() + first, last - first, maximum, scale, powers_.data());
  double sum = 0;
  for (size_t i = 0; i < last - first; i++)
    sum += static_cast<double>(powers_[i]);
  return sum;
}

void Selection::to_keys() {
  for (size_t i = 0; i < size_; i++)
    keys_[i] = key_of(values_[i], ids_[i]);
}

void Selection::from_keys(size_t first, size_t last) {
  for (size_t i = first; i < last; i++) {
    values_[i] = value_of(keys_[i]);
    ids_[i] = id_of(keys_[i]);
  }
}

} // namespace llmserving
