// Where the time of steps goes, as worker 0 sees it. Kept by worker 0 alone, which is the thread that awaits steps.
#ifndef LLMSERVING_PROGRAM_PROFILE_H
#define LLMSERVING_PROGRAM_PROFILE_H

#include <cstdint>

#include "llmserving/llmserving.h"

namespace llmserving {

struct Profile {
  bool on = false;
  uint64_t nanos[LLM_PROFILE_KINDS] = {}; // by llm_profile_kind or llm_op_kind
  uint64_t within = 0;                    // nanoseconds of the spans that ended within the current one
};

// Counts the time from its construction to its destruction, less that of the spans within it: each moment counts once.
class ProfileSpan {
public:
  // profile: null counts nothing.
  ProfileSpan(Profile *profile, uint32_t kind) : profile_(profile), kind_(kind) {
    if (profile != nullptr)
      begin();
  }
  ~ProfileSpan() {
    if (profile_ != nullptr)
      end();
  }
  ProfileSpan(const ProfileSpan &) = delete;
  ProfileSpan &operator=(const ProfileSpan &) = delete;

private:
  void begin();
  void end();

  Profile *profile_;
  uint32_t kind_;
  uint64_t start_ = 0, before_ = 0; // before: what the surrounding span has had within it
};

} // namespace llmserving

#endif
