// Penalty counts: slots set anew, deltas, saturation.
#include "llmserving/gpu/penalties.h"

#include "check.h"
#include "harness.h"

using namespace llmserving::gpu;
using namespace llmserving::gputest;

namespace {

constexpr int32_t VOCABULARY = 5003;
constexpr int64_t STRIDE = 5008;

void check_set() {
  std::vector<uint16_t> counts(4 * STRIDE, 9);
  std::vector<int32_t> slots = {3, 0, 1}, starts = {0, 4, 4, 6};
  std::vector<int32_t> ids = {0, 2047, 2048, VOCABULARY - 1, 17, 4100};
  std::vector<uint16_t> values = {1, 2, COUNT_IN_PROMPT, COUNT_IN_PROMPT | 5, 7, 8};
  Array<uint16_t> device_counts(counts), device_values(values);
  Array<int32_t> device_slots(slots), device_starts(starts), device_ids(ids);
  run(set_counts_launch(3, STRIDE), SetCountsParams{device_counts.data(), device_slots.data(), device_starts.data(),
                                                    device_ids.data(), device_values.data(), STRIDE, VOCABULARY, 0});
  std::vector<uint16_t> wanted(4 * STRIDE, 0);
  for (size_t i = 0; i < STRIDE; i++)
    wanted[2 * STRIDE + i] = 9;
  for (size_t update = 0; update < slots.size(); update++)
    for (int32_t i = starts[update]; i < starts[update + 1]; i++)
      wanted[static_cast<size_t>(slots[update] * STRIDE + ids[static_cast<size_t>(i)])] =
          values[static_cast<size_t>(i)];
  CHECK(device_counts.read() == wanted, "counts set");
}

void check_add() {
  std::vector<uint16_t> counts(2 * STRIDE, 0);
  counts[5] = COUNT_IN_PROMPT | 2;
  counts[6] = COUNT_MASK - 1;
  counts[STRIDE + 7] = 1;
  std::vector<int32_t> groups = {0, 6, 6, 8}, slots = {0, 0, 0, 0, 0, 0, 1, 1};
  std::vector<int32_t> ids = {5, 5, 6, -1, VOCABULARY, 8, 7, 7}, deltas = {-1, 3, 5, 1, 1, 2, -4, 1};
  Array<uint16_t> device_counts(counts);
  Array<int32_t> device_groups(groups), device_slots(slots), device_ids(ids), device_deltas(deltas);
  run(add_counts_launch(3), AddCountsParams{device_counts.data(), device_groups.data(), device_slots.data(),
                                            device_ids.data(), device_deltas.data(), STRIDE, 3, VOCABULARY});
  std::vector<uint16_t> wanted(2 * STRIDE, 0);
  wanted[5] = COUNT_IN_PROMPT | 4;
  wanted[6] = COUNT_MASK;
  wanted[8] = 2;
  wanted[STRIDE + 7] = 1; // 1 - 4 stops at 0
  CHECK(device_counts.read() == wanted, "counts after deltas");
}

} // namespace

int main() {
  check_set();
  check_add();
  return llmserving_test::finish();
}
