#include <cmath>
#include <cstring>

#include "check/vectors.h"
#include "llmserving/gpu/platform.h"

namespace llmserving {
namespace vectors {

namespace {

using namespace gpu;

template <class T> T element_at(const std::vector<uint8_t> &bytes, size_t i) {
  T value;
  memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
  return value;
}

// Of the results: what surrounds them, and the launch must leave alone, may be of any size.
template <class T> double root_mean_square_of_changed(const Buffer &buffer) {
  double squares = 0, count = 0;
  for (size_t i = 0; i < buffer.after.size() / sizeof(T); i++) {
    double x = to_float(element_at<T>(buffer.after, i));
    bool changed = memcmp(&buffer.after[i * sizeof(T)], &buffer.before[i * sizeof(T)], sizeof(T)) != 0;
    if (changed && std::isfinite(x)) {
      squares += x * x;
      count++;
    }
  }
  return count == 0 ? 0 : std::sqrt(squares / count);
}

void add(Difference &difference, double error_in_tolerances) {
  difference.elements++;
  difference.worst = std::max(difference.worst, error_in_tolerances);
  difference.wrong += error_in_tolerances > 1;
}

template <class T> Difference compare_numbers(const Buffer &buffer, const std::vector<uint8_t> &actual, double part) {
  Difference difference;
  double scale = root_mean_square_of_changed<T>(buffer);
  for (size_t i = 0; i < actual.size() / sizeof(T); i++) {
    double x = to_float(element_at<T>(actual, i)), y = to_float(element_at<T>(buffer.after, i));
    if (x == y || (std::isnan(x) && std::isnan(y)))
      add(difference, 0);
    else if (!std::isfinite(x) || !std::isfinite(y))
      add(difference, 1e9);
    else
      add(difference, std::fabs(x - y) / (part * (std::fabs(y) + scale)));
  }
  return difference;
}

Difference compare_bytes(const Buffer &buffer, const std::vector<uint8_t> &actual, int allowed) {
  Difference difference;
  for (size_t i = 0; i < actual.size(); i++) {
    int error = std::abs(static_cast<int8_t>(actual[i]) - static_cast<int8_t>(buffer.after[i]));
    add(difference, error == 0 ? 0 : error <= allowed ? 1 : 1e9);
  }
  return difference;
}

// Roundings of the last place change few bytes, a wrong layout or index most of them.
Difference compare_untyped(const Buffer &buffer, const std::vector<uint8_t> &actual) {
  Difference exact = compare_bytes(buffer, actual, 0);
  exact.worst = 50.0 * static_cast<double>(exact.wrong) / static_cast<double>(exact.elements);
  exact.wrong = exact.worst > 1 ? exact.wrong : 0;
  return exact;
}

} // namespace

Difference compare(const Buffer &buffer, const std::vector<uint8_t> &actual) {
  switch (buffer.element) {
  case Element::F32:
    return compare_numbers<float>(buffer, actual, 0x1p-8);
  case Element::Bf16:
    return compare_numbers<bf16>(buffer, actual, 0x1p-6);
  case Element::F16:
    return compare_numbers<f16>(buffer, actual, 0x1p-8);
  case Element::E4M3:
    return compare_numbers<e4m3>(buffer, actual, 0x1p-2);
  case Element::E5M2:
    return compare_numbers<e5m2>(buffer, actual, 0x1p-1);
  case Element::Code8:
    return compare_bytes(buffer, actual, 1);
  case Element::Bytes:
    return compare_untyped(buffer, actual);
  case Element::Exact:
  case Element::Bits16:
    break;
  }
  return compare_bytes(buffer, actual, 0);
}

} // namespace vectors
} // namespace llmserving
