#include "support/affinity.h"

namespace llmserving {

std::vector<int> thread_cpus() {
  std::vector<int> cpus;
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
    return cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
    if (CPU_ISSET(cpu, &allowed))
      cpus.push_back(cpu);
  return cpus;
}

cpu_set_t cpu_set_of(const std::vector<int> &cpus) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (int cpu : cpus)
    if (cpu >= 0 && cpu < CPU_SETSIZE)
      CPU_SET(cpu, &set);
  return set;
}

BoundThread::BoundThread(const cpu_set_t *cpus)
    : bound_(cpus != nullptr && sched_getaffinity(0, sizeof before_, &before_) == 0 &&
             sched_setaffinity(0, sizeof *cpus, cpus) == 0) {}

BoundThread::~BoundThread() {
  if (bound_)
    sched_setaffinity(0, sizeof before_, &before_);
}

} // namespace llmserving
