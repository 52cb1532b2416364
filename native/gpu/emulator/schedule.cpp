// Who runs next. A wave's turn lets each of its ready lanes run to where it waits; then comes another wave.
#include <cstring>

#include "emulator/analysis.h"
#include "emulator/findings.h"
#include "emulator/machine.h"

namespace llmserving {
namespace emulator {

Machine machine;

uint32_t random_below(uint32_t bound) {
  uint64_t &x = machine.random;
  x ^= x >> 12;
  x ^= x << 25;
  x ^= x >> 27;
  return static_cast<uint32_t>((x * 2685821657736338717u >> 32) % bound);
}

namespace {

uint32_t choose_lane(uint64_t turn) {
  switch (machine.options.schedule) {
  case Schedule::Reverse:
    return 63 - static_cast<uint32_t>(__builtin_clzll(turn));
  case Schedule::Random: {
    uint32_t turned = random_below(64);
    uint64_t rotated = turned == 0 ? turn : turn >> turned | turn << (64 - turned);
    return (static_cast<uint32_t>(__builtin_ctzll(rotated)) + turned) % 64;
  }
  default:
    return static_cast<uint32_t>(__builtin_ctzll(turn));
  }
}

// The first wave tried when the current one's turn is over; the others follow in a circle.
uint32_t first_choice() {
  switch (machine.options.schedule) {
  case Schedule::Reverse:
    return (machine.wave + machine.waves - 1) % machine.waves;
  case Schedule::Random:
    return random_below(machine.waves);
  case Schedule::Ahead:
    if (uint32_t ahead = machine.options.seed % machine.waves; machine.turns[ahead].ready != 0)
      return ahead;
    return (machine.wave + 1) % machine.waves;
  default:
    return (machine.wave + 1) % machine.waves;
  }
}

bool next_turn() {
  uint32_t step = machine.options.schedule == Schedule::Reverse ? machine.waves - 1 : 1;
  uint32_t wave = first_choice();
  for (uint32_t tried = 0; tried < machine.waves; tried++, wave = (wave + step) % machine.waves)
    if (machine.turns[wave].ready != 0) {
      machine.wave = wave;
      machine.turns[wave].turn = machine.turns[wave].ready;
      return true;
    }
  return false;
}

// Null where nobody can run.
Lane *next_lane() {
  if (machine.turns[machine.wave].turn == 0 && !next_turn())
    return nullptr;
  Wave &wave = machine.turns[machine.wave];
  uint32_t lane = choose_lane(wave.turn);
  wave.turn &= ~(uint64_t{1} << lane);
  wave.ready &= ~(uint64_t{1} << lane);
  return &machine.lanes[machine.wave * machine.options.wave + lane];
}

void switch_to_next(Fiber &from) {
  Lane *next = next_lane();
  if (next != nullptr && &next->fiber == &from)
    return;
  machine.current = next;
  switch_fiber(from, next == nullptr ? machine.main : next->fiber);
}

void lane_main() {
  machine.kernel->entry(machine.params);
  made_progress();
  leave_plain_code();
  Lane &lane = *machine.current;
  lane.waiting = Waiting::Exited;
  machine.exited++;
  warp_of(lane.thread).alive &= ~(1u << lane_of(lane.thread));
  switch_to_next(lane.fiber);
  __builtin_unreachable();
}

} // namespace

void prepare_block() {
  if (machine.lanes.size() < machine.threads) {
    machine.lanes.resize(machine.threads);
    machine.warps.resize(machine.threads / 32);
  }
  machine.exited = 0;
  machine.at_barrier = 0;
  machine.block_epoch = 0;
  machine.abandoned = false;
  made_progress();
  machine.waves = (machine.threads + machine.options.wave - 1) / machine.options.wave;
  machine.turns.assign(machine.waves, Wave{0, 0});
  for (uint32_t warp = 0; warp < machine.threads / 32; warp++) {
    Warp &w = machine.warps[warp];
    w.kind = Collective::None;
    w.arrived = 0;
    w.alive = 0xffffffffu;
    w.epoch = 0;
  }
  for (uint32_t thread = 0; thread < machine.threads; thread++) {
    Lane &lane = machine.lanes[thread];
    lane.stack = pooled_stack(machine.first_stack + thread);
    lane.thread = thread;
    lane.waiting = Waiting::No;
    lane.groups = 0;
    lane.generation = 0;
    lane.copies.clear();
    start_fiber(lane.fiber, lane.stack.low, lane.stack.bytes, lane_main);
    make_ready(thread);
  }
  machine.wave = machine.options.schedule == Schedule::Reverse ? 0 : machine.waves - 1; // the next one begins
}

void make_ready(uint32_t thread) {
  uint32_t width = machine.options.wave;
  machine.lanes[thread].waiting = Waiting::No;
  machine.turns[thread / width].ready |= uint64_t{1} << (thread % width);
}

void wait_here(Waiting waiting, Site site) {
  made_progress();
  Lane &lane = *machine.current;
  lane.waiting = waiting;
  lane.site = site;
  switch_to_next(lane.fiber);
}

void yield_lane() {
  Lane &lane = *machine.current;
  make_ready(lane.thread);
  switch_to_next(lane.fiber);
}

void abandon_block() {
  machine.abandoned = true;
  Fiber &fiber = machine.current->fiber;
  machine.current = nullptr;
  switch_fiber(fiber, machine.main);
  __builtin_unreachable();
}

// From the switch to the switch back, the block's fibers run.
void resume_block() {
  Lane *next = next_lane();
  if (next == nullptr)
    return;
  machine.current = next;
  switch_fiber(machine.main, next->fiber);
  machine.current = nullptr;
}

bool can_go_on() {
  for (const Wave &wave : machine.turns)
    if (wave.ready != 0)
      return true;
  return false;
}

void pause_block() {
  leave_plain_code();
  Lane &lane = *machine.current;
  make_ready(lane.thread);
  switch_fiber(lane.fiber, machine.main);
}

void offer_turn() {
  if (machine.together && machine.options.schedule == Schedule::Random && random_below(2) == 0)
    pause_block();
}

void run_block() {
  prepare_block();
  resume_block();
  if (!machine.abandoned && machine.exited < machine.threads)
    report_deadlock();
}

} // namespace emulator
} // namespace llmserving
