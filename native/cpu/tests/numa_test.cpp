// NUMA nodes read from folders that look like the kernel's, and workers shared out to them.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/numa.h"
#include "tests/check.h"

using namespace llmserving;
using namespace llmserving_test;

namespace {

using Cpus = std::vector<int>;

// A folder like /sys/devices/system, removed at the end.
class Machine {
public:
  Machine() {
    path = std::filesystem::temp_directory_path() / "llmserving-numa-XXXXXX";
    CHECK(mkdtemp(path.data()) != nullptr, "no folder at %s", path.c_str());
  }
  ~Machine() { std::filesystem::remove_all(path); }

  Machine &node(const std::string &name, const std::string &cpulist) {
    std::filesystem::create_directories(path + "/node/" + name);
    std::ofstream(path + "/node/" + name + "/cpulist") << cpulist << "\n";
    return *this;
  }

  Machine &cpu(int cpu, int package, int core) {
    std::string topology = path + "/cpu/cpu" + std::to_string(cpu) + "/topology";
    std::filesystem::create_directories(topology);
    std::ofstream(topology + "/physical_package_id") << package << "\n";
    std::ofstream(topology + "/core_id") << core << "\n";
    return *this;
  }

  std::string path;
};

Cpus range(int first, int last) {
  Cpus cpus;
  for (int cpu = first; cpu <= last; cpu++)
    cpus.push_back(cpu);
  return cpus;
}

void cpu_lists_are_parsed() {
  struct {
    const char *text;
    Cpus cpus;
  } cases[] = {{"0", {0}},
               {"0-3", {0, 1, 2, 3}},
               {"0-1,8,10-11\n", {0, 1, 8, 10, 11}},
               {"", {}},
               {"\n", {}},
               {"3-1", {}},
               {"2,x", {2}},
               {"-4", {}},
               {"7-", {}}};
  for (const auto &c : cases)
    CHECK(parse_cpu_list(c.text) == c.cpus, "'%s' gave %zu CPUs, not %zu", c.text, parse_cpu_list(c.text).size(),
          c.cpus.size());
  CHECK(parse_cpu_list("0-99999999999999").size() < 100000, "a damaged list");
}

// Two sockets of two cores with two threads each, as Linux numbers them: first one thread of each core, then the other.
Machine two_sockets() {
  Machine machine;
  machine.node("node0", "0-1,4-5").node("node1", "2-3,6-7");
  for (int cpu = 0; cpu < 8; cpu++)
    machine.cpu(cpu, cpu % 4 / 2, cpu % 2);
  return machine;
}

void sibling_threads_count_once() {
  Machine machine = two_sockets();
  std::vector<NumaNode> nodes = numa_nodes(machine.path, range(0, 7));
  CHECK(nodes.size() == 2, "%zu nodes", nodes.size());
  CHECK(nodes[0].cpus == (Cpus{0, 1, 4, 5}) && nodes[1].cpus == (Cpus{2, 3, 6, 7}), "CPUs of nodes %d, %d", nodes[0].id,
        nodes[1].id);
  CHECK(nodes[0].cores == 2 && nodes[1].cores == 2, "%d and %d cores", nodes[0].cores, nodes[1].cores);
  CHECK(count_cores(machine.path, range(0, 7)) == 4, "%d cores", count_cores(machine.path, range(0, 7)));
}

void a_mask_narrows_nodes() {
  Machine machine = two_sockets();
  std::vector<NumaNode> both = numa_nodes(machine.path, {0, 2, 3, 7});
  CHECK(both.size() == 2 && both[0].cpus == Cpus{0} && both[0].cores == 1, "%zu nodes", both.size());
  CHECK(both[1].cpus == (Cpus{2, 3, 7}) && both[1].cores == 2, "%d cores", both[1].cores);
  std::vector<NumaNode> one = numa_nodes(machine.path, {2, 3});
  CHECK(one.size() == 1 && one[0].id == 1 && one[0].cores == 2, "%zu nodes", one.size());
  std::vector<TeamNode> placed = place_workers(2, one);
  CHECK(placed.size() == 1 && placed[0].cpus.empty() && placed[0].last == 2, "a team on one node is bound");
}

void odd_machines_have_the_nodes_that_they_show() {
  Machine none;
  CHECK(numa_nodes(none.path, range(0, 3)).empty(), "no nodes folder");
  CHECK(numa_nodes(none.path + "/missing", range(0, 3)).empty(), "no folder at all");
  Machine memory_only;
  memory_only.node("node0", "0-1").node("node1", "").node("node10", "2-3").node("nodes", "0-9").node("node1x", "0-9");
  std::filesystem::create_directories(memory_only.path + "/node/node3"); // without a list
  std::vector<NumaNode> nodes = numa_nodes(memory_only.path, range(0, 3));
  CHECK(nodes.size() == 2 && nodes[0].id == 0 && nodes[1].id == 10, "%zu nodes", nodes.size());
  CHECK(nodes[0].cores == 2, "CPUs without a topology are cores of their own, not %d", nodes[0].cores);
  CHECK(numa_nodes(memory_only.path, {}).empty(), "nothing is known of the process");
}

std::vector<TeamNode> place(int threads, const std::vector<int> &cores) {
  std::vector<NumaNode> nodes;
  for (size_t i = 0; i < cores.size(); i++)
    nodes.push_back({static_cast<int>(i), {static_cast<int>(i)}, cores[i]});
  return place_workers(threads, nodes);
}

void check_place(int threads, const std::vector<int> &cores, const std::vector<int> &workers) {
  std::vector<TeamNode> placed = place(threads, cores);
  CHECK(placed.size() == workers.size(), "%d threads on %zu nodes: %zu", threads, cores.size(), placed.size());
  int first = 0;
  for (size_t i = 0; i < placed.size() && i < workers.size(); i++) {
    CHECK(placed[i].first == first && placed[i].last == first + workers[i], "%d threads on %zu nodes: [%d, %d) at %zu",
          threads, cores.size(), placed[i].first, placed[i].last, i);
    first = placed[i].last;
  }
  CHECK(first == threads, "%d threads: %d are placed", threads, first);
}

void workers_spread_in_proportion() {
  check_place(64, {32, 32}, {32, 32});
  check_place(8, {6, 2}, {6, 2});
  check_place(5, {32, 32}, {3, 2});
  check_place(7, {2, 4, 1}, {2, 4, 1});
  check_place(6, {1, 30}, {6}); // a fifth of a worker is none
  check_place(1, {32, 32}, {1});
  check_place(3, {1, 1, 1, 1}, {1, 1, 1});
  check_place(100, {3, 1}, {75, 25});
  check_place(4, {}, {4});
  for (int threads = 1; threads < 40; threads++) {
    std::vector<TeamNode> placed = place(threads, {7, 3, 5});
    int total = 0;
    for (const TeamNode &node : placed) {
      CHECK(node.first == total && node.last > node.first, "%d threads: node %d", threads, node.id);
      total = node.last;
    }
    CHECK(total == threads, "%d of %d threads", total, threads);
  }
}

void nodes_without_workers_are_left_out() {
  std::vector<TeamNode> placed = place(40, {1, 40, 40});
  CHECK(placed.size() == 2 && placed[0].id == 1 && placed[0].cpus == Cpus{1} && placed[1].id == 2, "%zu nodes",
        placed.size());
}

void this_machine_has_a_place_for_everyone() {
  int next = 0;
  for (const TeamNode &node : place_workers(3)) {
    CHECK(node.first == next && node.last > next, "node %d", node.id);
    next = node.last;
  }
  CHECK(next == 3, "%d of 3 workers", next);
}

} // namespace

int main() {
  cpu_lists_are_parsed();
  sibling_threads_count_once();
  a_mask_narrows_nodes();
  odd_machines_have_the_nodes_that_they_show();
  workers_spread_in_proportion();
  nodes_without_workers_are_left_out();
  this_machine_has_a_place_for_everyone();
  return finish();
}
