#include "emulator/sync.h"

#include <unordered_map>
#include <vector>

#include "emulator/machine.h"
#include "emulator/shadow.h"

namespace llmserving {
namespace emulator {

namespace {

// A moment in a thread: all before it in that thread, and all that its barriers had ordered before it.
struct Moment {
  uint32_t block, thread, block_epoch, warp_epoch;
};

struct Acquired {
  Moment released, acquired;
};

struct LaneSync {
  bool fenced;
  Moment fence;
  std::vector<Moment> seen; // at atomic operations since the last fence
};

std::unordered_map<const void *, std::vector<Moment>> published;    // by word
std::unordered_map<uint32_t, std::vector<Acquired>> acquired_from;  // by block
std::unordered_map<uint32_t, LaneSync> lanes;                       // by thread

Moment now() {
  uint32_t thread = machine.current->thread;
  return {machine.block_index, thread, machine.block_epoch, warp_of(thread).epoch};
}

// Both in one block: does `before` come before `after`?
bool comes_before(const Moment &before, const Moment &after) {
  return before.thread == after.thread || before.block_epoch < after.block_epoch ||
         (before.thread / 32 == after.thread / 32 && before.warp_epoch < after.warp_epoch);
}

void publish(const void *address, const Moment &moment) {
  std::vector<Moment> &moments = published[address];
  for (Moment &known : moments)
    if (known.block == moment.block && known.thread == moment.thread) {
      known = moment;
      return;
    }
  moments.push_back(moment);
}

// With everything that came before the moment by acquisition.
void publish_all(const void *address, const Moment &moment) {
  publish(address, moment);
  for (const auto &block : acquired_from)
    for (const Acquired &entry : block.second)
      if (comes_before(entry.acquired, moment))
        publish(address, entry.released);
}

void acquire(const std::vector<Moment> &moments) {
  for (const Moment &moment : moments)
    if (moment.block != machine.block_index)
      acquired_from[moment.block].push_back({moment, now()});
}

} // namespace

void sync_fence() {
  LaneSync &lane = lanes[machine.current->thread];
  lane.fenced = true;
  lane.fence = now();
  acquire(lane.seen);
  lane.seen.clear();
}

void sync_atomic(const void *address) {
  auto known = published.find(address);
  if (known != published.end()) {
    std::vector<Moment> &seen = lanes[machine.current->thread].seen;
    seen.insert(seen.end(), known->second.begin(), known->second.end());
  }
  auto lane = lanes.find(machine.current->thread);
  if (lane != lanes.end() && lane->second.fenced)
    publish_all(address, lane->second.fence);
}

void sync_acquire(const void *address) {
  auto known = published.find(address);
  if (known != published.end())
    acquire(known->second);
}

void sync_release(const void *address) { publish_all(address, now()); }

bool acquired(const Touch &touch) {
  auto entries = acquired_from.find(touch.block);
  if (entries == acquired_from.end())
    return false;
  Moment then = {touch.block, touch.thread, touch.block_epoch, touch.warp_epoch}, here = now();
  for (const Acquired &entry : entries->second)
    if (comes_before(then, entry.released) && comes_before(entry.acquired, here))
      return true;
  return false;
}

void forget_launch() { published.clear(); }

void forget_block() {
  acquired_from.clear();
  lanes.clear();
}

} // namespace emulator
} // namespace llmserving
