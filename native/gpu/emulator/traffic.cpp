#include "emulator/traffic.h"

#include <algorithm>
#include <vector>

#include "emulator/machine.h"
#include "emulator/shadow.h"

namespace llmserving {
namespace emulator {

namespace {

enum class Space : uint8_t { Load, Store, Shared };

struct Request {
  uint32_t lanes;
  uint32_t bytes;
  Space space;
  uintptr_t addresses[32];
};

// The requests of one place in the code by one warp since it last synchronized: the k-th executions of its lanes.
struct Stream {
  uint32_t executions[32];
  std::vector<Request> requests;
};

// Streams of a warp by the code's place; those in use since the last synchronization.
struct WarpStreams {
  std::vector<uint32_t> stream_of; // by pc_index: number of the stream + 1
  std::vector<Stream> streams;
  std::vector<uint32_t> active;
};

WarpStreams warps[MAX_THREADS / 32];

uint64_t sectors(const Request &request) {
  uintptr_t found[2 * 32];
  size_t count = 0;
  for (uint32_t lane = 0; lane < 32; lane++) {
    if ((request.lanes >> lane & 1) == 0)
      continue;
    uintptr_t last = (request.addresses[lane] + request.bytes - 1) / 32;
    for (uintptr_t sector = request.addresses[lane] / 32; sector <= last && count < 64; sector++)
      found[count++] = sector;
  }
  std::sort(found, found + count);
  return static_cast<uint64_t>(std::unique(found, found + count) - found);
}

// Lanes [first, first + lanes): as many passes as the busiest of 32 banks has different words.
uint64_t wavefronts(const Request &request, uint32_t first, uint32_t lanes) {
  uintptr_t words[32][32];
  uint32_t used[32] = {};
  for (uint32_t lane = first; lane < first + lanes; lane++) {
    if ((request.lanes >> lane & 1) == 0)
      continue;
    uintptr_t last = (request.addresses[lane] + request.bytes - 1) / 4;
    for (uintptr_t word = request.addresses[lane] / 4; word <= last; word++) {
      uintptr_t *bank = words[word % 32];
      uint32_t &count = used[word % 32];
      if (count < 32 && std::find(bank, bank + count, word) == bank + count)
        bank[count++] = word;
    }
  }
  return *std::max_element(used, used + 32);
}

void complete_shared(const Request &request) {
  // 32 lanes at a time by 4 bytes, 16 by 8, 8 by 16.
  uint32_t lanes = request.bytes <= 4 ? 32 : request.bytes <= 8 ? 16 : 8;
  Traffic &traffic = machine.report->traffic;
  for (uint32_t first = 0; first < 32; first += lanes) {
    uint64_t passes = wavefronts(request, first, lanes);
    traffic.shared_wavefronts += passes;
    traffic.shared_ideal += passes != 0;
  }
}

void complete(const Request &request) {
  Traffic &traffic = machine.report->traffic;
  uint64_t bytes = static_cast<uint64_t>(request.bytes) * static_cast<uint64_t>(__builtin_popcount(request.lanes));
  switch (request.space) {
  case Space::Load:
    traffic.load_requests++;
    traffic.load_bytes += bytes;
    traffic.wide_load_bytes += request.bytes == 16 ? bytes : 0;
    traffic.load_sectors += sectors(request);
    break;
  case Space::Store:
    traffic.store_requests++;
    traffic.store_bytes += bytes;
    traffic.store_sectors += sectors(request);
    break;
  case Space::Shared:
    complete_shared(request);
    break;
  }
}

Stream &stream_at(WarpStreams &warp, const void *pc) {
  uint32_t index = pc_index(pc);
  if (index >= warp.stream_of.size())
    warp.stream_of.resize(index + 64, 0);
  uint32_t &number = warp.stream_of[index];
  if (number == 0) {
    warp.streams.emplace_back();
    number = static_cast<uint32_t>(warp.streams.size());
  }
  Stream &stream = warp.streams[number - 1];
  if (stream.requests.empty()) {
    std::fill(stream.executions, stream.executions + 32, 0);
    warp.active.push_back(number - 1);
  }
  return stream;
}

void count(const void *address, uint32_t bytes, Space space, const void *pc) {
  uint32_t thread = machine.current->thread, lane = lane_of(thread);
  Stream &stream = stream_at(warps[thread / 32], pc);
  uint32_t execution = stream.executions[lane]++;
  if (execution == stream.requests.size())
    stream.requests.push_back({0, bytes, space, {}});
  Request &request = stream.requests[execution];
  request.lanes |= 1u << lane;
  request.addresses[lane] = reinterpret_cast<uintptr_t>(address);
}

} // namespace

void count_global(const void *address, uint32_t bytes, bool store, const void *pc) {
  count(address, bytes, store ? Space::Store : Space::Load, pc);
}

void count_shared(const void *address, uint32_t bytes, const void *pc) { count(address, bytes, Space::Shared, pc); }

void count_ldmatrix(const void *const rows[32]) {
  Request request = {0xffffffffu, 16, Space::Shared, {}};
  for (uint32_t lane = 0; lane < 32; lane++)
    request.addresses[lane] = reinterpret_cast<uintptr_t>(rows[lane]);
  for (uint32_t matrix = 0; matrix < 4; matrix++) {
    machine.report->traffic.ldmatrix_wavefronts += wavefronts(request, matrix * 8, 8);
    machine.report->traffic.ldmatrix_ideal++;
  }
}

void count_warp(uint32_t number) {
  WarpStreams &warp = warps[number];
  for (uint32_t active : warp.active) {
    Stream &stream = warp.streams[active];
    for (const Request &request : stream.requests)
      complete(request);
    stream.requests.clear();
  }
  warp.active.clear();
}

void count_rest() {
  for (uint32_t warp = 0; warp < MAX_THREADS / 32; warp++)
    count_warp(warp);
}

} // namespace emulator
} // namespace llmserving
