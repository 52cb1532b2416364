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

struct Machine {
  const Kernel *kernel;
  const void *params;
  size_t param_bytes;
  gpu::Launch launch;
  Options options;
  Report *report;

  Fiber main;
  Lane *current; // null while the machine itself works
  uint32_t block[3];
  uint32_t block_index;
  uint32_t threads;
  uint32_t exited;
  char *shared;        // start of the arena
  uint32_t block_epoch; // block_sync calls completed
  uint32_t at_barrier;
  Site barrier_site;
  bool abandoned; // the block cannot go on
  bool stopped;   // neither can the launch

  uint32_t waves, wave; // of the block; whose turn it is
  uint64_t random;
  uint64_t idle_spins; // yields of spinning threads since anything else happened
  std::vector<Lane> lanes;
  std::vector<Warp> warps;
  std::vector<Wave> turns;
};

extern Machine machine;

// Prepares and runs one block; returns when all its threads are gone or the block was abandoned.
void run_block();

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

inline uint32_t lane_of(uint32_t thread) { return thread % 32; }
inline Warp &warp_of(uint32_t thread) { return machine.warps[thread / 32]; }

} // namespace emulator
} // namespace llmserving

#endif
