#include <sched.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "support/threads.h"

namespace llmserving {

static int read_number(const std::string &path) {
  int value = -1;
  if (FILE *file = std::fopen(path.c_str(), "r")) {
    if (std::fscanf(file, "%d", &value) != 1)
      value = -1;
    std::fclose(file);
  }
  return value;
}

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
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
    return std::max(1u, std::thread::hardware_concurrency());
  std::set<std::pair<int, int>> cores;
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (!CPU_ISSET(cpu, &allowed))
      continue;
    std::string topology = "/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/";
    int package = read_number(topology + "physical_package_id"), core = read_number(topology + "core_id");
    cores.insert(core < 0 ? std::make_pair(-1, cpu) : std::make_pair(package, core));
  }
  return std::max(1, std::min<int>(static_cast<int>(cores.size()), quota()));
}

} // namespace llmserving
