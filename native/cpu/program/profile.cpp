#include "program/profile.h"

#include <chrono>

namespace llmserving {
namespace {

uint64_t now() {
  auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
}

} // namespace

void ProfileSpan::begin() {
  before_ = profile_->within;
  profile_->within = 0;
  start_ = now();
}

void ProfileSpan::end() {
  uint64_t all = now() - start_;
  profile_->nanos[kind_] += all - profile_->within;
  profile_->within = before_ + all;
}

} // namespace llmserving
