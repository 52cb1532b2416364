#include "support/numa.h"

#include <dirent.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <numeric>
#include <set>
#include <utility>

#include "support/affinity.h"

namespace llmserving {
namespace {

int read_number(const std::string &path) {
  int value = -1;
  std::ifstream(path) >> value;
  return value;
}

std::string read_line(const std::string &path) {
  std::string line;
  std::ifstream file(path);
  std::getline(file, line);
  return line;
}

// Numbers of the folders node0, node1, …, ascending.
std::vector<int> node_ids(const std::string &folder) {
  std::vector<int> ids;
  DIR *directory = opendir(folder.c_str());
  if (directory == nullptr)
    return ids;
  while (const dirent *entry = readdir(directory)) {
    int id, end = 0;
    if (std::sscanf(entry->d_name, "node%d%n", &id, &end) == 1 && entry->d_name[end] == 0)
      ids.push_back(id);
  }
  closedir(directory);
  std::sort(ids.begin(), ids.end());
  return ids;
}

// Workers for each node: whole shares first, what is left to the nodes that miss most of one.
std::vector<int> proportional(int threads, const std::vector<NumaNode> &nodes) {
  long total = 0;
  for (const NumaNode &node : nodes)
    total += node.cores;
  std::vector<int> workers, order(nodes.size());
  std::vector<long> rest;
  for (const NumaNode &node : nodes) {
    workers.push_back(static_cast<int>(static_cast<long>(threads) * node.cores / total));
    rest.push_back(static_cast<long>(threads) * node.cores % total);
  }
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return rest[a] > rest[b]; });
  int left = threads - std::accumulate(workers.begin(), workers.end(), 0);
  for (int i = 0; i < left; i++)
    workers[order[i]]++;
  return workers;
}

} // namespace

std::vector<int> parse_cpu_list(const std::string &text) {
  constexpr long kMost = 1 << 16; // no kernel has more; a damaged list must not fill the memory
  std::vector<int> cpus;
  const char *p = text.c_str();
  for (;;) {
    char *end;
    long first = std::strtol(p, &end, 10), last = first;
    if (end == p || first < 0)
      break;
    if (*end == '-')
      last = std::strtol(end + 1, &end, 10);
    for (long cpu = first; cpu <= std::min(last, kMost); cpu++)
      cpus.push_back(static_cast<int>(cpu));
    if (*end != ',')
      break;
    p = end + 1;
  }
  return cpus;
}

int count_cores(const std::string &system, const std::vector<int> &cpus) {
  std::set<std::pair<int, int>> cores;
  for (int cpu : cpus) {
    std::string topology = system + "/cpu/cpu" + std::to_string(cpu) + "/topology/";
    int package = read_number(topology + "physical_package_id"), core = read_number(topology + "core_id");
    cores.insert(core < 0 ? std::make_pair(-1, cpu) : std::make_pair(package, core));
  }
  return static_cast<int>(cores.size());
}

std::vector<NumaNode> numa_nodes(const std::string &system, const std::vector<int> &allowed) {
  std::vector<NumaNode> nodes;
  for (int id : node_ids(system + "/node")) {
    std::vector<int> all = parse_cpu_list(read_line(system + "/node/node" + std::to_string(id) + "/cpulist")), cpus;
    std::sort(all.begin(), all.end());
    std::set_intersection(all.begin(), all.end(), allowed.begin(), allowed.end(), std::back_inserter(cpus));
    if (!cpus.empty())
      nodes.push_back({id, cpus, count_cores(system, cpus)});
  }
  return nodes;
}

std::vector<TeamNode> place_workers(int threads, const std::vector<NumaNode> &nodes) {
  std::vector<TeamNode> placed;
  std::vector<int> workers = nodes.empty() ? std::vector<int>{} : proportional(threads, nodes);
  int first = 0;
  for (size_t i = 0; i < nodes.size(); i++) {
    if (workers[i] > 0)
      placed.push_back({nodes[i].id, first, first + workers[i], nodes[i].cpus});
    first += workers[i];
  }
  return placed.size() > 1 ? placed : std::vector<TeamNode>{{0, 0, threads, {}}};
}

std::vector<TeamNode> place_workers(int threads) {
  return place_workers(threads, numa_nodes("/sys/devices/system", thread_cpus()));
}

} // namespace llmserving
