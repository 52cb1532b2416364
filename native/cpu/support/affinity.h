// Which CPUs a thread may run on.
#ifndef LLMSERVING_SUPPORT_AFFINITY_H
#define LLMSERVING_SUPPORT_AFFINITY_H

#include <sched.h>

#include <vector>

namespace llmserving {

// CPUs that the calling thread may run on, ascending; empty where the operating system does not say.
std::vector<int> thread_cpus();

cpu_set_t cpu_set_of(const std::vector<int> &cpus);

// Keeps the calling thread on some CPUs for as long as it lives: threads that it starts later have the CPUs it had before.
// Where the operating system refuses, or for null, the thread runs where it did.
class BoundThread {
public:
  explicit BoundThread(const cpu_set_t *cpus);
  BoundThread(const BoundThread &) = delete;
  BoundThread &operator=(const BoundThread &) = delete;
  ~BoundThread();

private:
  cpu_set_t before_;
  bool bound_;
};

} // namespace llmserving

#endif
