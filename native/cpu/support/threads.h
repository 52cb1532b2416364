// How many threads a team gets where nobody says, and the team itself.
#ifndef LLMSERVING_SUPPORT_THREADS_H
#define LLMSERVING_SUPPORT_THREADS_H

#include <memory>

#include "support/team.h"

namespace llmserving {

// Physical cores that this process may use: by affinity, sibling threads counted once, and the cgroup's quota.
int usable_cores();

// A team of persistent threads. Between steps and at barriers they spin for spin_microseconds, then park on a futex.
// nodes: as place_workers has them.
std::unique_ptr<Team> create_team(std::vector<TeamNode> nodes, int spin_microseconds);

} // namespace llmserving

#endif
