// The ABI's functions for programs, sessions and steps.
#include <memory>

#include "host/session.h"
#include "support/failure.h"

using namespace llmserving;

extern "C" {

llm_status llm_program_create(llm_context *context, const llm_program_options *options, llm_program **program) {
  return guarded([&] {
    if (context == nullptr || options == nullptr || program == nullptr)
      invalid("context, options or program is null");
    *program = new llm_program(context, *options);
  });
}

void llm_program_destroy(llm_program *program) { delete program; }

llm_status llm_program_block_bytes(llm_program *program, uint64_t *bytes) {
  return guarded([&] {
    if (program == nullptr || bytes == nullptr)
      invalid("program or bytes is null");
    *bytes = program->block_bytes;
  });
}

llm_status llm_session_create(llm_program *program, const llm_session_options *options, llm_session **session) {
  return guarded([&] {
    if (program == nullptr || options == nullptr || session == nullptr)
      invalid("program, options or session is null");
    *session = new llm_session(program, *options);
  });
}

void llm_session_destroy(llm_session *session) { delete session; }

uint64_t llm_session_progress(llm_session *session) { return session == nullptr ? 0 : session->progress(); }

llm_status llm_session_profile(llm_session *session, uint32_t, uint64_t *, uint32_t) {
  return guarded([&] {
    if (session == nullptr)
      invalid("session is null");
    throw Failure(LLM_UNSUPPORTED, "a GPU has no profile of its own; the vendor's profilers tell kernels apart");
  });
}

llm_status llm_slot_set(llm_session *session, const llm_slot *slot) {
  return guarded([&] {
    if (session == nullptr || slot == nullptr)
      invalid("session or slot is null");
    session->set_slot(*slot);
  });
}

llm_status llm_step_submit(llm_session *session, const llm_step *step, uint64_t *ticket) {
  return guarded([&] {
    if (session == nullptr || step == nullptr || ticket == nullptr)
      invalid("session, step or ticket is null");
    *ticket = session->submit(*step);
  });
}

llm_status llm_step_masks(llm_session *session, uint64_t ticket, const uint32_t *masks, uint32_t count,
                          uint32_t words) {
  return guarded([&] {
    if (session == nullptr || (masks == nullptr && count > 0))
      invalid("session or masks is null");
    session->give_masks(ticket, masks, count, words);
  });
}

llm_status llm_step_await(llm_session *session, uint64_t ticket, int64_t timeout_nanos) {
  return guarded([&] {
    if (session == nullptr)
      invalid("session is null");
    session->await(ticket, timeout_nanos);
  });
}

} // extern "C"
