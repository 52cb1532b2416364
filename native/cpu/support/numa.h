// NUMA: which CPUs are near which memory, and which workers of a team go where.
//
//   cores          node 0                node 1
//   workers        0 1 2 3               4 5 6 7            consecutive on each node, in proportion to its cores
//   a matrix       units 0 .. n/2        units n/2 .. n     each node's shard is packed by its workers, so that the
//                                                           kernel puts its pages there (first touch), and multiplied
//                                                           by them (shares.h)
//   keys, values   huge pages 0 2 4 …    huge pages 1 3 5 … any worker reads any sequence (first_touch.h)
//
// Everything here leaves machines with one node, and processes that may use only one, as they are.
#ifndef LLMSERVING_SUPPORT_NUMA_H
#define LLMSERVING_SUPPORT_NUMA_H

#include <string>
#include <vector>

#include "support/team.h"

namespace llmserving {

// A node's CPUs that the process may use.
struct NumaNode {
  int id;
  std::vector<int> cpus;
  int cores; // physical ones: sibling threads counted once
};

// The numbers in a list as the kernel writes them, "0-3,8,10-11", up to the first thing that is not of that form.
std::vector<int> parse_cpu_list(const std::string &text);

// Different cores that CPUs belong to. system: the folder /sys/devices/system, or one like it.
int count_cores(const std::string &system, const std::vector<int> &cpus);

// Nodes with CPUs among `allowed`, by ascending number; none where the machine tells nothing of nodes.
std::vector<NumaNode> numa_nodes(const std::string &system, const std::vector<int> &allowed);

// Shares workers out to nodes in proportion to their cores. Nodes that get none are left out; a team that would lie on
// one node is not bound at all: one node, without CPUs.
std::vector<TeamNode> place_workers(int threads, const std::vector<NumaNode> &nodes);

// Where the workers of a team of this process go.
std::vector<TeamNode> place_workers(int threads);

} // namespace llmserving

#endif
