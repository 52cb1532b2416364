// Units of work by node and worker: each is computed once, by the node that packed it unless that one is late.
#include <atomic>
#include <numeric>
#include <vector>

#include "program/shares.h"
#include "support/threads.h"
#include "tests/check.h"
#include "tests/team_nodes.h"

using namespace llmserving;
using llmserving_test::nodes_of;

namespace {

std::unique_ptr<Team> team_of(const std::vector<int> &workers) { return create_team(nodes_of(workers), 0); }

// Tickets of a team, as a session has them.
struct Counters {
  explicit Counters(const Team &team) : values(team.nodes().size() * 9) {}
  Tickets tickets() { return {values.data(), 9}; }
  std::vector<std::atomic<size_t>> values;
};

// Of each unit, the node whose workers write it in llm_pack.
std::vector<size_t> packed_by(const Team &team, size_t units) {
  std::vector<size_t> nodes(units, SIZE_MAX);
  for (int worker = 0; worker < team.threads(); worker++) {
    Range mine = share(units, 1, worker, team.threads());
    for (size_t u = mine.first; u < mine.last; u++)
      nodes[u] = team.node_of(worker);
  }
  return nodes;
}

void shards_are_what_was_packed(const Team &team, size_t units) {
  std::vector<size_t> packed = packed_by(team, units);
  size_t next = 0;
  for (size_t node = 0; node < team.nodes().size(); node++) {
    Range mine = shard(team, node, units);
    CHECK(mine.first == next, "%zu units: shard %zu begins at %zu, not %zu", units, node, mine.first, next);
    for (size_t u = mine.first; u < mine.last; u++)
      CHECK(packed[u] == node, "%zu units: unit %zu of shard %zu was packed on node %zu", units, u, node, packed[u]);
    next = mine.last;
  }
  CHECK(next == units, "%zu units: shards have %zu", units, next);
}

// Workers come one after the other: the first of a node finds all its node's free units there, then those of others.
void late_workers_keep_their_own(const Team &team, size_t units) {
  Counters counters(team);
  std::vector<int> computed(units);
  std::vector<size_t> packed = packed_by(team, units);
  for (int worker = 0; worker < team.threads(); worker++) {
    bool away = false;
    claim(team, units, counters.tickets(), worker, [&](Range part) {
      for (size_t u = part.first; u < part.last; u++) {
        computed[u]++;
        bool home = packed[u] == team.node_of(worker);
        CHECK(!(home && away), "%zu units: worker %d went away before unit %zu", units, worker, u);
        away = away || !home;
      }
    });
  }
  for (size_t u = 0; u < units; u++)
    CHECK(computed[u] == 1, "%zu units: unit %zu was computed %d times", units, u, computed[u]);
}

// The same on one node whatever the order of workers: three quarters, by worker.
void shares_on_one_node_stay_where_they_were() {
  auto team = team_of({3});
  Counters counters(*team);
  std::vector<Range> first(3);
  for (int worker = 2; worker >= 0; worker--) {
    bool begun = false;
    claim(*team, 100, counters.tickets(), worker, [&](Range part) {
      if (!begun)
        first[static_cast<size_t>(worker)] = part;
      begun = true;
    });
  }
  for (size_t worker = 0; worker < 3; worker++)
    CHECK(first[worker].first == 25 * worker && first[worker].last == 25 * (worker + 1), "worker %zu has [%zu, %zu)",
          worker, first[worker].first, first[worker].last);
}

struct Run {
  Team *team;
  size_t units;
  Counters *counters;
  std::vector<std::atomic<int>> *computed;
};

void all_at_once(Team &team, size_t units) {
  Counters counters(team);
  std::vector<std::atomic<int>> computed(units);
  Run run = {&team, units, &counters, &computed};
  team.run([](void *argument, int worker) {
    Run &r = *static_cast<Run *>(argument);
    claim(*r.team, r.units, r.counters->tickets(), worker, [&](Range part) {
      for (size_t u = part.first; u < part.last; u++)
        (*r.computed)[u]++;
    });
  }, &run);
  for (size_t u = 0; u < units; u++)
    CHECK(computed[u].load() == 1, "%zu units: unit %zu was computed %d times", units, u, computed[u].load());
}

} // namespace

int main() {
  for (const std::vector<int> &workers :
       std::vector<std::vector<int>>{{1}, {2}, {1, 1}, {2, 2}, {3, 1}, {1, 2, 1}, {1, 1, 1, 1}}) {
    auto team = team_of(workers);
    for (size_t units : {0, 1, 2, 3, 7, 16, 18, 63, 64, 100, 1537}) {
      shards_are_what_was_packed(*team, units);
      late_workers_keep_their_own(*team, units);
      all_at_once(*team, units);
    }
  }
  shares_on_one_node_stay_where_they_were();
  return llmserving_test::finish();
}
