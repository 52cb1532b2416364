// How much processor time the process's control groups allow.
#ifndef LLMSERVING_SUPPORT_QUOTA_H
#define LLMSERVING_SUPPORT_QUOTA_H

#include <string>

namespace llmserving {

// Whole processors that the least of the limits allows, of a process's groups and all groups above them: 1 at least, a
// large number where there is no limit. Reads control groups of version 2 (cpu.max) and 1 (cpu.cfs_quota_us). In a
// container, groups above its own are often not there to be seen, and its own is the root.
// groups: the folder /sys/fs/cgroup, or one like it; membership: a file like /proc/self/cgroup.
int cpu_quota(const std::string &groups, const std::string &membership);

} // namespace llmserving

#endif
