// Checks of a session's and its steps' numbers that every device shares.
#ifndef LLMSERVING_COMMON_CHECK_STEP_H
#define LLMSERVING_COMMON_CHECK_STEP_H

#include "common/program_spec.h"

namespace llmserving {

constexpr int kMaxInFlight = 4;

// What the checks need to know of a session, whatever the device.
struct SessionState {
  const ProgramSpec *spec;
  llm_session_options options;
  bool attends;                       // whether the program has attention at all
  uint64_t submitted = 0, awaited = 0; // tickets
  uint32_t jobs[2 * kMaxInFlight] = {}; // sampler jobs of the newest steps

  SessionState(const ProgramSpec &program, const llm_session_options &o) : spec(&program), options(o), attends(false) {
    for (const llm_op &op : program.ops)
      attends |= op.kind == LLM_OP_ATTENTION;
  }
  uint32_t &jobs_of(uint64_t ticket) { return jobs[ticket % (2 * kMaxInFlight)]; }
  uint32_t jobs_of(uint64_t ticket) const { return jobs[ticket % (2 * kMaxInFlight)]; }
};

// Throws Failure with the number that is wrong.
void check_session(const llm_session_options &options);

// Checks every number of a step against the session's sizes; throws Failure.
void check_step(const SessionState &session, const llm_step &step);

} // namespace llmserving

#endif
