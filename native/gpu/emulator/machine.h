// The emulated multiprocessor: one block's threads as fibers, their warps, and who runs next.
#ifndef LLMSERVING_GPU_EMULATOR_MACHINE_H
#define LLMSERVING_GPU_EMULATOR_MACHINE_H

#include <cstdint>
#include <vector>

#include "emulator/emulator.h"
#include "emulator/fiber.h"
#include "emulator/registry.h"
#include "llmserving/gpu/platform.h"

namespace llmserving {
namespace emulator {

constexpr uint32_t MAX_THREADS = 1024;
constexpr uint32_t MAX_SHARED = 227 * 1024;

// A 16-byte copy on its way to shared memory. group: how many groups its thread had committed before.
struct AsyncCopy {
  char *shared;
  const char *global; // null: zeros
  const void *pc;
  uint32_t group;
};

enum class Waiting : uint8_t { No, Block, Warp, Exited };

struct Lane {
  Fiber fiber;
  Stack stack;
  uint32_t thread;
  Waiting waiting;
  Site site; // of what it waits for
  uint32_t groups;       // of asynchronous copies committed
  uint32_t generation;   // of warp collectives entered
  std::vector<AsyncCopy> copies;
};

enum class Collective : uint32_t {
  None,
  Sync,
  ShuffleXor,
  ShuffleUp,
  ShuffleDown,
  ShuffleIndex,
  Ballot,
  Ldmatrix,
  LdmatrixTransposed,
  MmaBf16,
  MmaF16,
  MmaInt8
};

// What one lane gives to and gets from a collective.
struct Slot {
  uint32_t in[10];
  uint32_t out[4];
};

// 32 lanes. Of two successive collectives a lane may still have to fetch its result of the first one when others enter
// the second: hence two sets of slots.
struct Warp {
  Collective kind;
  Site site;
  uint32_t arrived;
  uint32_t alive;
  uint32_t epoch; // warp_sync calls completed
  Slot slots[2][32];
};

// Lanes that are scheduled together: ready to run, and of those, yet to run in this turn.
struct Wave {
  uint64_t ready, turn;
};

struct Cell;

// A block that runs, or that waits for its turn among others (together.cpp).
struct Block {
  const Kernel *kernel;
  const void *params;
  size_t param_bytes;
  gpu::Launch launch;
  uint32_t block[3];
  uint32_t block_index; // unique among all blocks that the analysis knows
  uint32_t threads;
  uint32_t exited;
  size_t first_stack;     // of the pool
  char *shared;           // start of the arena
  Cell *shared_cells;     // what is remembered of it
  uint32_t shared_stamp;
  uint32_t block_epoch; // block_sync calls completed
  uint32_t at_barrier;
  Site barrier_site;
  bool abandoned; // the block cannot go on

  uint32_t waves, wave; // of the block; whose turn it is
  uint64_t spins;       // of its threads since any of them did anything else
  std::vector<Lane> lanes;
  std::vector<Warp> warps;
  std::vector<Wave> turns;
};

// The block that runs is its base.
struct Machine : Block {
  Options options;
  Report *report;

  Fiber main;
  Lane *current; // null while the machine itself works
  bool together; // other blocks are there too
  bool stopped;  // the launch cannot go on
  uint64_t random;
  uint64_t idle_spins; // of all blocks' threads since any did anything else
};

extern Machine machine;

// Shared memory of a block, with guard space on both sides, and what is remembered of it; its end is checked to the byte
// by analysis alone. index: from 0, kept and used again.
struct Arena {
  char *memory;
  Cell *cells;
};
Arena pooled_arena(size_t index);

// What is wrong with a launch; empty: nothing, its kernel is found.
std::string objection(const gpu::Launch &launch, size_t param_bytes, const Kernel **kernel);
// Before the first block of a launch, or of launches that run together.
void start_machine(Report &report, const Options &options, bool together);
// Before each block, of which launch, shared memory and block_index are set: the index-th of its grid.
void place_block(uint64_t index);

// Prepares and runs one block; returns when all its threads are gone or the block was abandoned.
void run_block();

// The parts of it, for blocks that take turns. resume_block returns when no thread of the block can go on, or when one has
// given the others their turn.
void prepare_block();
void resume_block();
bool can_go_on();
// From one of its fibers: other blocks run before the caller goes on.
void pause_block();
// The same, by chance, where the schedule is a random one.
void offer_turn();

uint32_t random_below(uint32_t bound);

// The running fiber stops here until somebody makes it ready again.
void wait_here(Waiting waiting, Site site);
void make_ready(uint32_t thread);
// Lets all others run before the caller goes on.
void yield_lane();

// Ends the block at once, from one of its fibers.
[[noreturn]] void abandon_block();

// A warp's collective: the caller enters, fills its slot, and is either the last of its warp, computes all results and
// releases the others, or awaits them.
Slot *enter_warp(Collective kind, Site site);
bool last_of_warp();
void await_warp();
void release_warp();

inline void made_progress() { machine.spins = machine.idle_spins = 0; }

inline uint32_t lane_of(uint32_t thread) { return thread % 32; }
inline Warp &warp_of(uint32_t thread) { return machine.warps[thread / 32]; }

} // namespace emulator
} // namespace llmserving

#endif
