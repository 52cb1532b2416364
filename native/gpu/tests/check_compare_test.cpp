// What a replayed vector's results may differ by.
#include <cstring>
#include <vector>

#include "check.h"
#include "check/vectors.h"

using namespace llmserving;

namespace {

std::vector<uint8_t> bytes_of(const std::vector<float> &values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(float));
  memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

vectors::Difference differ(const std::vector<float> &before, const std::vector<float> &after, const std::vector<float> &actual) {
  return vectors::compare({vectors::Element::F32, bytes_of(before), bytes_of(after)}, bytes_of(actual));
}

void sums_in_another_order_are_no_error() {
  CHECK(differ({0, 0}, {1, -3}, {1.002f, -3.001f}).wrong == 0, "roundings count");
  CHECK(differ({0, 0}, {1, -3}, {1.02f, -3}).wrong == 1, "an error does not count");
}

void what_surrounds_results_does_not_widen_their_tolerance() {
  CHECK(differ({1e15f, 0}, {1e15f, 1}, {1e15f, 1.1f}).wrong == 1, "an error beside a large number does not count");
}

void what_a_launch_leaves_alone_must_stay() {
  CHECK(differ({0, 0}, {0, 1}, {0.5f, 1}).wrong == 1, "a number that was written does not count");
}

} // namespace

int main() {
  sums_in_another_order_are_no_error();
  what_surrounds_results_does_not_widen_their_tolerance();
  what_a_launch_leaves_alone_must_stay();
  return llmserving_test::finish();
}
