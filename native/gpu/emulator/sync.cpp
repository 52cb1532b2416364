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

// What a block has acquired, by the block it was acquired from, and the atomic operations of its threads.
struct BlockSync {
  std::unordered_map<uint32_t, std::vector<Acquired>> acquired_from;
  std::unordered_map<uint32_t, LaneSync> lanes;
};

struct Origin {
  uint32_t stream, position;
};

std::unordered_map<const void *, std::vector<Moment>> published; // by word
std::unordered_map<uint32_t, BlockSync> blocks;
std::vector<Origin> origins;                                  // by block; empty where one block runs after another
std::unordered_map<uint32_t, std::vector<Moment>> inherited; // by stream: what its ended launches had acquired

BlockSync &mine() { return blocks[machine.block_index]; }

Moment now() {
  uint32_t thread = machine.current->thread;
  return {machine.block_index, thread, machine.block_epoch, warp_of(thread).epoch};
}

// Both in one block: does `before` come before `after`?
bool comes_before(const Moment &before, const Moment &after) {
  return before.thread == after.thread || before.block_epoch < after.block_epoch ||
         (before.thread / 32 == after.thread / 32 && before.warp_epoch < after.warp_epoch);
}

bool is(const Moment &a, const Moment &b) {
  return a.block == b.block && a.thread == b.thread && a.block_epoch == b.block_epoch && a.warp_epoch == b.warp_epoch;
}

void publish(const void *address, const Moment &moment) {
  std::vector<Moment> &moments = published[address];
  for (Moment &known : moments)
    if (known.block == moment.block && known.thread == moment.thread) {
      bool later = moment.block_epoch > known.block_epoch ||
                   (moment.block_epoch == known.block_epoch && moment.warp_epoch > known.warp_epoch);
      known = later ? moment : known;
      return;
    }
  moments.push_back(moment);
}

const std::vector<Moment> *inherited_by(uint32_t block) {
  if (origins.empty())
    return nullptr;
  auto found = inherited.find(origins[block].stream);
  return found == inherited.end() ? nullptr : &found->second;
}

// With everything that came before the moment by acquisition.
void publish_all(const void *address, const Moment &moment) {
  publish(address, moment);
  for (const auto &block : mine().acquired_from)
    for (const Acquired &entry : block.second)
      if (comes_before(entry.acquired, moment))
        publish(address, entry.released);
  if (const std::vector<Moment> *moments = inherited_by(moment.block))
    for (const Moment &released : *moments)
      publish(address, released);
}

void acquire(const std::vector<Moment> &moments) {
  Moment here = now();
  for (const Moment &moment : moments) {
    if (moment.block == machine.block_index)
      continue;
    std::vector<Acquired> &entries = mine().acquired_from[moment.block];
    bool known = false;
    for (const Acquired &entry : entries)
      known |= is(entry.released, moment) && comes_before(entry.acquired, here);
    if (!known)
      entries.push_back({moment, here});
  }
}

// Both blocks' launches are of one stream, and the first one's was over before the second one's began.
bool launched_before(uint32_t first, uint32_t second) {
  return !origins.empty() && origins[first].stream == origins[second].stream &&
         origins[first].position < origins[second].position;
}

// Does `then` come before what was released?
bool covers(const Moment &released, const Moment &then) {
  return released.block == then.block ? comes_before(then, released) : launched_before(then.block, released.block);
}

bool acquired_by(const std::vector<Acquired> &entries, const Moment &then, const Moment &here) {
  for (const Acquired &entry : entries)
    if (covers(entry.released, then) && comes_before(entry.acquired, here))
      return true;
  return false;
}

// Where launches follow each other, a moment covers those before its launch too, whichever block they are of.
bool acquired_in_streams(const Moment &then, const Moment &here) {
  if (launched_before(then.block, here.block))
    return true;
  if (const std::vector<Moment> *moments = inherited_by(here.block))
    for (const Moment &released : *moments)
      if (covers(released, then))
        return true;
  for (const auto &block : mine().acquired_from)
    if (acquired_by(block.second, then, here))
      return true;
  return false;
}

} // namespace

void sync_fence() {
  LaneSync &lane = mine().lanes[machine.current->thread];
  lane.fenced = true;
  lane.fence = now();
  acquire(lane.seen);
  lane.seen.clear();
}

void sync_atomic(const void *address) {
  std::unordered_map<uint32_t, LaneSync> &lanes = mine().lanes;
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
  Moment then = {touch.block, touch.thread, touch.block_epoch, touch.warp_epoch}, here = now();
  if (!origins.empty())
    return acquired_in_streams(then, here);
  auto entries = mine().acquired_from.find(touch.block);
  return entries != mine().acquired_from.end() && acquired_by(entries->second, then, here);
}

void forget_launch() {
  published.clear();
  blocks.clear();
  origins.clear();
  inherited.clear();
}

void forget_block() { blocks.clear(); }

void add_stream_block(uint32_t stream, uint32_t position) { origins.push_back({stream, position}); }

void end_stream_launch(uint32_t stream, uint32_t position) {
  std::vector<Moment> &moments = inherited[stream];
  for (uint32_t block = 0; block < origins.size(); block++) {
    if (origins[block].stream != stream || origins[block].position != position)
      continue;
    for (const auto &from : blocks[block].acquired_from)
      for (const Acquired &entry : from.second)
        moments.push_back(entry.released);
    blocks.erase(block);
  }
}

std::string origin_of(uint32_t block_index) {
  if (block_index >= origins.size())
    return "";
  const Origin &origin = origins[block_index];
  return " of launch " + std::to_string(origin.position) + " of stream " + std::to_string(origin.stream);
}

} // namespace emulator
} // namespace llmserving
