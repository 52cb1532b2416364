// Limits of control groups, read from folders that look like the kernel's.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "support/quota.h"
#include "support/threads.h"
#include "tests/check.h"

using namespace llmserving;
using namespace llmserving_test;

namespace {

constexpr int kNone = 1 << 20;

// A folder like /sys/fs/cgroup with a membership file in it, removed at the end.
class Groups {
public:
  explicit Groups(const std::string &membership) {
    path_ = std::filesystem::temp_directory_path() / "llmserving-quota-XXXXXX";
    CHECK(mkdtemp(path_.data()) != nullptr, "no folder at %s", path_.c_str());
    std::ofstream(path_ + "/membership") << membership;
  }
  Groups(const Groups &) = delete;
  Groups &operator=(const Groups &) = delete;
  ~Groups() { std::filesystem::remove_all(path_); }

  Groups &file(const std::string &name, const std::string &text) {
    std::filesystem::create_directories(std::filesystem::path(path_ + name).parent_path());
    std::ofstream(path_ + name) << text << "\n";
    return *this;
  }

  int quota() const { return cpu_quota(path_, path_ + "/membership"); }

private:
  std::string path_;
};

void check(int actual, int expected, const char *what) {
  CHECK(actual == expected, "%s: %d, not %d", what, actual, expected);
}

void a_container_sees_its_own_group_as_the_root() {
  Groups groups("0::/\n");
  check(groups.quota(), kNone, "no file");
  check(groups.file("/cpu.max", "max 100000").quota(), kNone, "no limit");
  check(groups.file("/cpu.max", "400000 100000").quota(), 4, "four processors");
  check(groups.file("/cpu.max", "250000 100000").quota(), 2, "two and a half");
  check(groups.file("/cpu.max", "20000 100000").quota(), 1, "a fifth");
  check(groups.file("/cpu.max", "9000000000000000 1").quota(), kNone, "more than any machine has");
  check(groups.file("/cpu.max", "").quota(), kNone, "an empty file");
  check(groups.file("/cpu.max", "nonsense").quota(), kNone, "nonsense");
}

void the_least_of_all_groups_above_counts() {
  Groups groups("0::/system.slice/llm.service\n");
  groups.file("/system.slice/llm.service/cpu.max", "800000 100000");
  check(groups.quota(), 8, "its own");
  check(groups.file("/system.slice/cpu.max", "300000 100000").quota(), 3, "its parent's");
  check(groups.file("/cpu.max", "100000 50000").quota(), 2, "the root's");
  check(groups.file("/other/cpu.max", "100000 100000").quota(), 2, "another group's");
}

void version_1_is_read_too() {
  Groups groups("12:memory:/docker/1\n4:cpu,cpuacct:/docker/1\n5:cpuset:/docker/1\n");
  groups.file("/cpu/cpu.cfs_period_us", "100000").file("/cpu/cpu.cfs_quota_us", "-1");
  check(groups.quota(), kNone, "no limit");
  // As in a container, which sees its own group at the root and its path on the host.
  check(groups.file("/cpu/cpu.cfs_quota_us", "200000").quota(), 2, "two processors");
  groups.file("/cpu/docker/1/cpu.cfs_period_us", "50000").file("/cpu/docker/1/cpu.cfs_quota_us", "50000");
  check(groups.quota(), 1, "one processor below");
}

void both_versions_may_be_in_use() {
  Groups groups("1:cpu:/a\n0::/b\n");
  groups.file("/cpu/a/cpu.cfs_period_us", "100000").file("/cpu/a/cpu.cfs_quota_us", "600000");
  check(groups.quota(), 6, "version 1");
  check(groups.file("/b/cpu.max", "500000 100000").quota(), 5, "version 2");
}

void what_is_not_understood_is_no_limit() {
  check(Groups("").quota(), kNone, "an empty membership");
  check(Groups("0:\nx\n").quota(), kNone, "a damaged membership");
  check(Groups("0::/../..\n").file("/cpu.max", "max 1").quota(), kNone, "a group outside the namespace");
  check(cpu_quota("/nowhere", "/nowhere/membership"), kNone, "no control groups");
}

void this_machine_has_a_core() { CHECK(usable_cores() >= 1, "%d cores", usable_cores()); }

} // namespace

int main() {
  a_container_sees_its_own_group_as_the_root();
  the_least_of_all_groups_above_counts();
  version_1_is_read_too();
  both_versions_may_be_in_use();
  what_is_not_understood_is_no_limit();
  this_machine_has_a_core();
  return finish();
}
