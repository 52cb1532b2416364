#include "host/pack_parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "host/program.h"
#include "support/failure.h"

namespace llmserving {

// Threads of its own: packing happens when models are loaded, and takes long enough.
std::vector<uint8_t> pack_matrix(uint32_t type, uint64_t rows, uint64_t columns, const void *source, size_t bytes,
                                 int threads) {
  std::vector<uint8_t> packed(bytes);
  uint64_t panels = static_cast<uint64_t>(gpu::panels_of(static_cast<int64_t>(rows)));
  float factor = gpu::pack_factor(type, kActivations, rows, columns, source);
  std::atomic<bool> fine{true};
  auto share = [&](uint64_t index, uint64_t count) {
    uint64_t first = panels * index / count, last = panels * (index + 1) / count;
    if (first < last &&
        !gpu::pack_panels(type, kActivations, rows, columns, source, factor, first, last - first, packed.data()))
      fine = false;
  };
  uint64_t count = std::min<uint64_t>(static_cast<uint64_t>(threads), std::max<uint64_t>(1, panels / 64));
  std::vector<std::thread> helpers;
  for (uint64_t i = 1; i < count; i++)
    helpers.emplace_back(share, i, count);
  share(0, count);
  for (std::thread &helper : helpers)
    helper.join();
  if (!fine)
    throw Failure(LLM_UNSUPPORTED, "a matrix of type " + std::to_string(type) + " cannot be packed");
  return packed;
}

} // namespace llmserving
