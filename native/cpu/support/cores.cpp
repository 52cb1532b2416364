#include <algorithm>
#include <cstdio>
#include <thread>

#include "support/affinity.h"
#include "support/numa.h"
#include "support/threads.h"

namespace llmserving {

// Whole processors that the cgroup's quota allows, or a large number.
static int quota() {
  int limit = 1 << 20;
  if (FILE *file = std::fopen("/sys/fs/cgroup/cpu.max", "r")) {
    long long used = 0, period = 0;
    if (std::fscanf(file, "%lld %lld", &used, &period) == 2 && period > 0)
      limit = std::max(1, static_cast<int>(used / period));
    std::fclose(file);
  }
  return limit;
}

int usable_cores() {
  std::vector<int> allowed = thread_cpus();
  if (allowed.empty())
    return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  return std::max(1, std::min(count_cores("/sys/devices/system", allowed), quota()));
}

} // namespace llmserving
