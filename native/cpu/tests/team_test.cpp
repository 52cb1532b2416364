// Several callers share one team: each run has all workers to itself, barriers hold, and nobody starves. On machines with
// several nodes, workers run on their node's CPUs, and so does the caller, for as long as the run lasts.
#include <atomic>
#include <thread>
#include <vector>

#include "support/affinity.h"
#include "support/threads.h"
#include "tests/check.h"
#include "tests/team_nodes.h"

using namespace llmserving;
using llmserving_test::nodes_of;

namespace {

constexpr int kCallers = 4, kRuns = 400, kRounds = 5;

struct Work {
  Team *team;
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

void callers_take_turns(const std::vector<int> &workers) {
  auto team = create_team(nodes_of(workers), 20);
  int threads = team->threads();
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

// CPUs that each worker of a run may use.
std::vector<std::vector<int>> cpus_inside(Team &team) {
  std::vector<std::vector<int>> cpus(static_cast<size_t>(team.threads()));
  team.run([](void *target, int worker) {
    (*static_cast<std::vector<std::vector<int>> *>(target))[static_cast<size_t>(worker)] = thread_cpus();
  }, &cpus);
  return cpus;
}

std::vector<int> cpus_of_a_new_thread() {
  std::vector<int> cpus;
  std::thread([&] { cpus = thread_cpus(); }).join();
  return cpus;
}

// Two nodes of a CPU each; on a machine with a single one, both are that.
void workers_run_on_their_nodes() {
  std::vector<int> before = thread_cpus(), near = {before.front()}, far = {before.back()};
  auto team = create_team({{0, 0, 2, near}, {3, 2, 3, far}}, 20);
  CHECK(team->node_of(0) == 0 && team->node_of(1) == 0 && team->node_of(2) == 1, "of %zu nodes", team->nodes().size());
  CHECK(thread_cpus() == before, "the team's maker is bound");
  for (int run = 0; run < 3; run++) {
    std::vector<std::vector<int>> cpus = cpus_inside(*team);
    CHECK(cpus[0] == near, "the caller may use %zu CPUs", cpus[0].size());
    CHECK(cpus[1] == near, "worker 1 may use %zu CPUs", cpus[1].size());
    CHECK(cpus[2] == far, "worker 2 may use %zu CPUs", cpus[2].size());
    CHECK(thread_cpus() == before, "the caller is still bound");
    CHECK(cpus_of_a_new_thread() == before, "a thread inherited the binding");
  }
}

void nobody_is_bound_on_one_node() {
  std::vector<int> before = thread_cpus();
  auto team = create_team(nodes_of({2}), 20);
  for (const std::vector<int> &cpus : cpus_inside(*team))
    CHECK(cpus == before, "a worker may use %zu of %zu CPUs", cpus.size(), before.size());
}

// As when a container loses CPUs between a look at the machine and the binding.
void cpus_that_are_refused_bind_nobody() {
  std::vector<int> before = thread_cpus();
  auto team = create_team({{0, 0, 1, {1023}}, {1, 1, 2, {1023}}}, 20);
  for (const std::vector<int> &cpus : cpus_inside(*team))
    CHECK(cpus == before, "a worker may use %zu of %zu CPUs", cpus.size(), before.size());
}

} // namespace

int main() {
  for (const std::vector<int> &workers :
       std::vector<std::vector<int>>{{1}, {2}, {3}, {1, 1}, {2, 1}, {1, 2, 1}, {1, 1, 1, 1}})
    callers_take_turns(workers);
  workers_run_on_their_nodes();
  nobody_is_bound_on_one_node();
  cpus_that_are_refused_bind_nobody();
  return llmserving_test::finish();
}
