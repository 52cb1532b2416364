// The thread team: one per context, the calling thread is worker 0.
#ifndef LLMSERVING_SUPPORT_TEAM_H
#define LLMSERVING_SUPPORT_TEAM_H

#include <cstddef>

namespace llmserving {

class Team {
public:
  virtual ~Team() = default;

  virtual int threads() const = 0;

  // Runs body(argument, worker) on every worker and returns when all have returned; the body throws nothing. Any thread:
  // callers take turns in the order in which they came.
  virtual void run(void (*body)(void *argument, int worker), void *argument) = 0;

  // Inside a run: returns when all workers have arrived. All writes before it are visible after it.
  virtual void barrier(int worker) = 0;
};

} // namespace llmserving

#endif
