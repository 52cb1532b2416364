// Barriers of blocks and collectives of warps. The last to arrive computes the results and lets the others go on.
#include <cstring>

#include "emulator/analysis.h"
#include "emulator/findings.h"
#include "emulator/machine.h"
#include "emulator/traffic.h"

namespace llmserving {
namespace emulator {

namespace {

bool same(Site a, Site b) { return a.line == b.line && (a.file == b.file || strcmp(a.file, b.file) == 0); }

uint32_t source_lane(Collective kind, uint32_t lane, int operand) {
  int from = static_cast<int>(lane);
  switch (kind) {
  case Collective::ShuffleXor:
    from ^= operand;
    break;
  case Collective::ShuffleUp:
    from -= operand;
    break;
  case Collective::ShuffleDown:
    from += operand;
    break;
  default:
    return static_cast<uint32_t>(operand) % 32;
  }
  return from < 0 || from > 31 ? lane : static_cast<uint32_t>(from);
}

void finish_simple(Collective kind, Slot *slots) {
  if (kind == Collective::Ballot) {
    uint32_t votes = 0;
    for (uint32_t lane = 0; lane < 32; lane++)
      votes |= slots[lane].in[0] << lane;
    for (uint32_t lane = 0; lane < 32; lane++)
      slots[lane].out[0] = votes;
  } else if (kind != Collective::Sync) {
    for (uint32_t lane = 0; lane < 32; lane++)
      slots[lane].out[0] = slots[source_lane(kind, lane, static_cast<int>(slots[lane].in[1]))].in[0];
  }
}

} // namespace

Slot *enter_warp(Collective kind, Site site) {
  leave_plain_code();
  Lane &me = *machine.current;
  Warp &warp = warp_of(me.thread);
  if (warp.arrived == 0) {
    warp.kind = kind;
    warp.site = site;
  } else if (warp.kind != kind || !same(warp.site, site)) {
    report_divergent_collective(warp, site);
    abandon_block();
  }
  warp.arrived |= 1u << lane_of(me.thread);
  return warp.slots[me.generation++ % 2];
}

bool last_of_warp() { return warp_of(machine.current->thread).arrived == 0xffffffffu; }

void await_warp() {
  wait_here(Waiting::Warp, warp_of(machine.current->thread).site);
}

void release_warp() {
  uint32_t thread = machine.current->thread, first = thread - lane_of(thread);
  warp_of(thread).arrived = 0;
  if (machine.options.traffic)
    count_warp(thread / 32);
  for (uint32_t lane = 0; lane < 32; lane++)
    if (first + lane != thread)
      make_ready(first + lane);
}

void warp_sync(Site site) {
  enter_warp(Collective::Sync, site);
  if (!last_of_warp())
    return await_warp();
  warp_of(machine.current->thread).epoch++;
  release_warp();
}

namespace {

uint32_t exchange(Collective kind, uint32_t value, uint32_t operand, Site site) {
  Slot *slots = enter_warp(kind, site);
  Slot &mine = slots[lane_of(machine.current->thread)];
  mine.in[0] = value;
  mine.in[1] = operand;
  if (last_of_warp()) {
    finish_simple(kind, slots);
    release_warp();
  } else {
    await_warp();
  }
  return mine.out[0];
}

} // namespace

uint32_t shuffle(Shuffle kind, uint32_t value, int operand, Site site) {
  Collective collective = static_cast<Collective>(static_cast<uint32_t>(Collective::ShuffleXor) +
                                                  static_cast<uint32_t>(kind));
  return exchange(collective, value, static_cast<uint32_t>(operand), site);
}

uint32_t ballot(bool value, Site site) { return exchange(Collective::Ballot, value, 0, site); }

void block_sync(Site site) {
  leave_plain_code();
  if (machine.at_barrier == 0)
    machine.barrier_site = site;
  else if (!same(machine.barrier_site, site)) {
    report_divergent_barrier(site);
    abandon_block();
  }
  if (++machine.at_barrier < machine.threads)
    return wait_here(Waiting::Block, site);
  machine.at_barrier = 0;
  machine.block_epoch++;
  machine.report->traffic.barriers++;
  if (machine.options.traffic)
    count_rest();
  for (uint32_t thread = 0; thread < machine.threads; thread++)
    if (thread != machine.current->thread)
      make_ready(thread);
  offer_turn();
}

} // namespace emulator
} // namespace llmserving
