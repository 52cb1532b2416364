// The SIMT emulator for hosts: device memory, and launches of registered kernels by name. Device addresses are addresses
// of this process. Any thread may call; launches take turns. See docs/gpu-kernels-emulator.md for what it can find.
#ifndef LLMSERVING_GPU_EMULATOR_H
#define LLMSERVING_GPU_EMULATOR_H

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "llmserving/gpu/launch.h"

namespace llmserving {
namespace emulator {

// How closely a launch is watched. Bounds: every access must lie in memory that the kernel may touch, and be aligned.
// Full: also races, reads of what was never written, and asynchronous copies not waited for. Collectives are always
// checked.
enum class Analysis { None, Bounds, Full };

// In which order threads run between two synchronizations. Ahead: one warp runs as far as it can before the others.
enum class Schedule { Forward, Reverse, Random, Ahead };

struct Options {
  Analysis analysis = Analysis::Full;
  Schedule schedule = Schedule::Forward;
  uint32_t seed = 1;     // of Random, and which warp runs ahead
  uint32_t wave = 32;    // lanes that are scheduled together: 32, or 64 as on AMD's CDNA
  bool traffic = false;  // count sectors and bank conflicts
};

// What one launch did.
struct Traffic {
  uint64_t load_bytes, load_sectors;   // global loads: bytes asked for, 32-byte sectors touched per warp's request
  uint64_t store_bytes, store_sectors; // global stores
  uint64_t load_requests, store_requests;
  uint64_t wide_load_bytes; // of load_bytes, those by 16 bytes a lane
  uint64_t unique_load_bytes, unique_store_bytes; // each byte once
  uint64_t shared_wavefronts, shared_ideal;       // shared-memory wavefronts, and how many there had to be
  uint64_t ldmatrix_wavefronts, ldmatrix_ideal;
  uint64_t barriers;
  uint64_t mmas;
};

enum class Kind {
  Launch,        // the launch itself is not possible: unknown kernel, sizes
  OutOfBounds,   // also writes to what is read only
  Misaligned,
  Uninitialized,
  InFlight,      // asynchronous copy not waited for
  Race,
  Divergence,    // lanes of a warp or threads of a block at different collectives, or gone
  Deadlock,      // also a thread that waits for another block
};

struct Finding {
  Kind kind;
  std::string text; // kernel, block, thread, source line, address
};

struct Report {
  std::vector<Finding> findings; // the first few, one for each place in the source
  uint64_t total = 0;            // all that occurred
  Traffic traffic = {};
  bool ok() const { return total == 0; }
  std::string text() const;
};

// Zeroed memory with guard space around it, aligned to 256 bytes; null where there is none. tracked: it counts as never
// written, and what Analysis::Full sees written is remembered; else it counts as written.
void *allocate(size_t bytes, bool tracked = true);
void release(void *memory);

// Copies to, from and within device memory. False where the device's side is not inside one allocation.
bool copy_in(void *device, const void *host, size_t bytes);
bool copy_out(void *host, const void *device, size_t bytes);
bool copy(void *target, const void *source, size_t bytes);
bool fill(void *device, int byte, size_t bytes);
// Bytes of a range that were never written.
size_t unwritten(const void *device, size_t bytes);

// Runs a kernel to its end. params: the kernel's parameter struct. Where a finding makes going on senseless the rest of
// its block, or of the launch, is skipped.
Report launch(const gpu::Launch &launch, const void *params, size_t param_bytes, const Options &options = {});

// Runs streams of launches at the same time, as devices that reach each other's memory do: a stream's launches follow one
// another, and all blocks of its current one are there at once. Blocks take turns where a thread spins (ld_acquire); with
// Schedule::Random also, by chance, where a block's threads have met or a thread has released. Schedule::Ahead: stream
// seed % streams is slow, and runs only while all others spin. For a few blocks: each thread has a stack of its own.
struct Command {
  gpu::Launch launch;
  const void *params;
  size_t param_bytes;
};
Report launch_together(const std::vector<std::vector<Command>> &streams, const Options &options = {});

// Kernel, block and thread that run now, for whoever handles a signal; empty between launches.
std::string running();

// Names of all kernels in this program, sorted.
std::vector<std::string> kernels();

} // namespace emulator
} // namespace llmserving

#endif
