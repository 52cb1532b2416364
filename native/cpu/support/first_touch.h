// Where the kernel puts pages: near whoever touches them first.
#ifndef LLMSERVING_SUPPORT_FIRST_TOUCH_H
#define LLMSERVING_SUPPORT_FIRST_TOUCH_H

#include <cstddef>

#include "support/team.h"

namespace llmserving {

// Has the nodes of a team touch a memory's huge pages in turn, for memory that any worker reads: keys and values, whose
// attention is claimed by whoever is free and whose blocks pass from one sequence to the next. Reads of one sequence then
// use the bandwidth of all nodes, and no node's memory fills up first; left alone, blocks that grow while decoding would
// all lie where worker 0 is. By touch and not by mbind(MPOL_INTERLEAVE), which containers' seccomp profiles refuse; the
// price is that the memory is taken at once. Content stays as it is, nobody may use it meanwhile. Does nothing to a team
// of one node.
void interleave(Team &team, void *data, size_t bytes);

} // namespace llmserving

#endif
