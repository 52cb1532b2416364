#include "support/quota.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace llmserving {
namespace {

constexpr int kNone = 1 << 20;

int whole(long long quota, long long period) {
  return quota <= 0 || period <= 0 ? kNone : static_cast<int>(std::clamp<long long>(quota / period, 1, kNone));
}

// "max 100000" or "200000 100000", microseconds of each period.
int limit_of_version_2(const std::string &group) {
  long long quota = 0, period = 0;
  std::ifstream(group + "/cpu.max") >> quota >> period;
  return whole(quota, period);
}

// -1 where there is no limit.
int limit_of_version_1(const std::string &group) {
  long long quota = -1, period = 0;
  std::ifstream(group + "/cpu.cfs_quota_us") >> quota;
  std::ifstream(group + "/cpu.cfs_period_us") >> period;
  return whole(quota, period);
}

// The least limit of a group "/a/b" and those above it, "/a" and the root.
template <class Limit> int least(const std::string &root, std::string path, Limit limit) {
  int result = limit(root);
  while (path.size() > 1 && path.find("..") == std::string::npos) {
    result = std::min(result, limit(root + path));
    path.resize(path.rfind('/'));
  }
  return result;
}

bool has_word(const std::string &list, const std::string &word) {
  std::istringstream words(list);
  for (std::string one; std::getline(words, one, ',');)
    if (one == word)
      return true;
  return false;
}

} // namespace

int cpu_quota(const std::string &groups, const std::string &membership) {
  int result = kNone;
  std::ifstream file(membership);
  // "0::/path" of version 2, "4:cpu,cpuacct:/path" of version 1; both may be in use.
  for (std::string number, controllers, path;
       std::getline(file, number, ':') && std::getline(file, controllers, ':') && std::getline(file, path);) {
    if (path.empty() || path[0] != '/')
      continue;
    if (controllers.empty())
      result = std::min(result, least(groups, path, limit_of_version_2));
    else if (has_word(controllers, "cpu"))
      result = std::min(result, least(groups + "/cpu", path, limit_of_version_1));
  }
  return result;
}

} // namespace llmserving
