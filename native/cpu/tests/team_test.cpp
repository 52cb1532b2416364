// Several callers share one team: each run has all workers to itself, barriers hold, and nobody starves.
#include <atomic>
#include <thread>
#include <vector>

#include "support/threads.h"
#include "tests/check.h"

namespace {

constexpr int kCallers = 4, kRuns = 400, kRounds = 5;

struct Work {
  llmserving::Team *team;
  std::atomic<int> *inside;
  std::atomic<int> arrived{0};
  std::atomic<int> disorder{0};
};

void body(void *argument, int worker) {
  Work &work = *static_cast<Work *>(argument);
  int threads = work.team->threads();
  if (work.inside->fetch_add(1) >= threads)
    work.disorder++;
  for (int round = 0; round < kRounds; round++) {
    work.arrived.fetch_add(1);
    work.team->barrier(worker);
    if (work.arrived.load() != (round + 1) * threads)
      work.disorder++;
    work.team->barrier(worker);
  }
  work.inside->fetch_sub(1);
}

void callers_take_turns(int threads) {
  auto team = llmserving::create_team(threads, 20);
  std::atomic<int> inside{0}, disorder{0}, runs{0};
  std::vector<std::thread> callers;
  for (int caller = 0; caller < kCallers; caller++)
    callers.emplace_back([&] {
      for (int run = 0; run < kRuns; run++) {
        Work work{team.get(), &inside};
        team->run(body, &work);
        disorder += work.disorder.load();
        runs += work.arrived.load() == kRounds * threads ? 1 : 0;
      }
    });
  for (std::thread &caller : callers)
    caller.join();
  CHECK(disorder.load() == 0, "%d threads: %d times out of order", threads, disorder.load());
  CHECK(runs.load() == kCallers * kRuns, "%d threads: %d of %d runs were whole", threads, runs.load(), kCallers * kRuns);
}

} // namespace

int main() {
  for (int threads : {1, 2, 3})
    callers_take_turns(threads);
  return llmserving_test::finish();
}
