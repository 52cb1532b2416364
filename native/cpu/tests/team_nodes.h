// Teams of several nodes on any machine.
#ifndef LLMSERVING_TESTS_TEAM_NODES_H
#define LLMSERVING_TESTS_TEAM_NODES_H

#include <vector>

#include "support/team.h"

namespace llmserving_test {

// Nodes of so many workers each, bound to nothing.
inline std::vector<llmserving::TeamNode> nodes_of(const std::vector<int> &workers) {
  std::vector<llmserving::TeamNode> nodes;
  int first = 0;
  for (int count : workers) {
    nodes.push_back({static_cast<int>(nodes.size()), first, first + count, {}});
    first += count;
  }
  return nodes;
}

} // namespace llmserving_test

#endif
