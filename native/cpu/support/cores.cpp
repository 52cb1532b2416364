#include <algorithm>
#include <thread>

#include "support/affinity.h"
#include "support/numa.h"
#include "support/quota.h"
#include "support/threads.h"

namespace llmserving {

int usable_cores() {
  std::vector<int> allowed = thread_cpus();
  if (allowed.empty())
    return static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  int cores = count_cores("/sys/devices/system", allowed);
  return std::max(1, std::min(cores, cpu_quota("/sys/fs/cgroup", "/proc/self/cgroup")));
}

} // namespace llmserving
