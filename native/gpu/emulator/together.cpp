// Launches that run at the same time: all their blocks are there, and take turns.
#include <utility>

#include "emulator/analysis.h"
#include "emulator/findings.h"
#include "emulator/machine.h"
#include "emulator/machine_lock.h"
#include "emulator/sync.h"

namespace llmserving {
namespace emulator {

namespace {

constexpr uint64_t WAITING = 64; // turns that a block spins until it counts as waiting

struct Resident {
  uint32_t stream;
  size_t slot; // of the arenas and stacks
  Block block;
};

class Together {
public:
  explicit Together(const std::vector<std::vector<Command>> &streams)
      : streams_(streams), next_(streams.size()), left_(streams.size()) {}

  void run() {
    for (uint32_t stream = 0; stream < streams_.size(); stream++)
      begin_launch(stream);
    while (!residents_.empty() && !machine.stopped) {
      size_t at = choose();
      take_turn(residents_[at]);
      if (residents_[at].block.exited == residents_[at].block.threads)
        retire(at);
    }
  }

private:
  void begin_launch(uint32_t stream) {
    if (next_[stream] == streams_[stream].size())
      return;
    const Command &command = streams_[stream][next_[stream]];
    const gpu::Launch &launch = command.launch;
    uint64_t blocks = static_cast<uint64_t>(launch.grid_x) * launch.grid_y * launch.grid_z;
    left_[stream] = blocks;
    for (uint64_t index = 0; index < blocks; index++)
      begin_block(stream, command, index);
    next_[stream]++;
  }

  void begin_block(uint32_t stream, const Command &command, uint64_t index) {
    Resident resident = {stream, take_slot(), {}};
    Arena arena = pooled_arena(resident.slot);
    Block &block = machine;
    block = {};
    objection(command.launch, command.param_bytes, &block.kernel);
    block.params = command.params;
    block.param_bytes = command.param_bytes;
    block.launch = command.launch;
    block.threads = command.launch.threads;
    block.block_index = blocks_++;
    block.first_stack = resident.slot * MAX_THREADS;
    block.shared = arena.memory;
    block.shared_cells = arena.cells;
    add_stream_block(stream, static_cast<uint32_t>(next_[stream]));
    place_block(index);
    prepare_block();
    resident.block = std::move(block);
    residents_.push_back(std::move(resident));
  }

  size_t take_slot() {
    if (free_slots_.empty())
      return slots_++;
    size_t slot = free_slots_.back();
    free_slots_.pop_back();
    return slot;
  }

  void take_turn(Resident &resident) {
    Block &running = machine;
    running = std::move(resident.block);
    watching = machine.options.analysis != Analysis::None;
    resume_block();
    watching = false;
    bool stuck = !machine.abandoned && machine.exited < machine.threads && !can_go_on();
    if (stuck)
      report_deadlock();
    machine.stopped |= stuck || machine.abandoned;
    resident.block = std::move(running);
  }

  void retire(size_t at) {
    uint32_t stream = residents_[at].stream;
    free_slots_.push_back(residents_[at].slot);
    residents_.erase(residents_.begin() + static_cast<std::ptrdiff_t>(at));
    if (--left_[stream] != 0)
      return;
    end_stream_launch(stream, static_cast<uint32_t>(next_[stream] - 1));
    begin_launch(stream);
  }

  size_t choose() {
    size_t count = residents_.size(), turn = turns_++ % count;
    switch (machine.options.schedule) {
    case Schedule::Forward:
      return turn;
    case Schedule::Reverse:
      return count - 1 - turn;
    case Schedule::Random:
      return random_below(static_cast<uint32_t>(count));
    case Schedule::Ahead:
      break;
    }
    return choose_slow(turn);
  }

  // A block that is not of the slow stream, unless all of these wait; these look again when it has had its turn.
  size_t choose_slow(size_t turn) {
    uint32_t slow = machine.options.seed % static_cast<uint32_t>(streams_.size());
    size_t count = residents_.size();
    for (size_t i = 0; i < count; i++) {
      const Resident &other = residents_[(turn + i) % count];
      if (other.stream != slow && other.block.spins < WAITING)
        return (turn + i) % count;
    }
    for (Resident &resident : residents_)
      resident.block.spins = 0;
    for (size_t i = 0; i < count; i++)
      if (residents_[(turn + i) % count].stream == slow)
        return (turn + i) % count;
    return turn;
  }

  const std::vector<std::vector<Command>> &streams_;
  std::vector<size_t> next_;   // launch of each stream
  std::vector<uint64_t> left_; // blocks of its current one
  std::vector<Resident> residents_;
  std::vector<size_t> free_slots_;
  size_t slots_ = 0, turns_ = 0;
  uint32_t blocks_ = 0;
};

// Whether all launches are possible.
bool check(const std::vector<std::vector<Command>> &streams) {
  bool possible = true;
  for (const std::vector<Command> &stream : streams)
    for (const Command &command : stream) {
      const Kernel *kernel = nullptr;
      std::string refusal = objection(command.launch, command.param_bytes, &kernel);
      if (!refusal.empty())
        report_launch(refusal);
      possible &= refusal.empty();
    }
  return possible;
}

} // namespace

Report launch_together(const std::vector<std::vector<Command>> &streams, const Options &options) {
  std::lock_guard<std::recursive_mutex> lock(machine_lock());
  Report result;
  machine.report = &result;
  if (!check(streams))
    return result;
  Options watched = options;
  watched.traffic = false; // its streams of requests are one block's
  start_machine(result, watched, true);
  Together(streams).run();
  machine.together = false;
  return result;
}

} // namespace emulator
} // namespace llmserving
