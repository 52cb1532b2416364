// The thread team: one per context, the calling thread is worker 0.
#ifndef LLMSERVING_SUPPORT_TEAM_H
#define LLMSERVING_SUPPORT_TEAM_H

#include <cstddef>
#include <vector>

namespace llmserving {

// Workers [first, last) that run on one NUMA node's CPUs, any of them; no CPUs: the workers run anywhere.
struct TeamNode {
  int id; // the operating system's
  int first, last;
  std::vector<int> cpus;
};

class Team {
public:
  virtual ~Team() = default;

  virtual int threads() const = 0;

  // One or more, which have all workers; and the index of a worker's.
  virtual const std::vector<TeamNode> &nodes() const = 0;
  virtual size_t node_of(int worker) const = 0;

  // Runs body(argument, worker) on every worker and returns when all have returned; the body throws nothing. Any thread:
  // callers take turns in the order in which they came. A caller whose node has CPUs runs on them meanwhile.
  virtual void run(void (*body)(void *argument, int worker), void *argument) = 0;

  // Inside a run: returns when all workers have arrived. All writes before it are visible after it.
  virtual void barrier(int worker) = 0;
};

} // namespace llmserving

#endif
