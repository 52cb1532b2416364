// The ABI's functions for programs, sessions and steps.
#include <algorithm>
#include <memory>

#include "program/session.h"
#include "support/failure.h"

using namespace llmserving;

extern "C" {

llm_status llm_program_create(llm_context *context, const llm_program_options *options, llm_program **program) {
  return guarded([&] {
    if (context == nullptr || options == nullptr || program == nullptr)
      invalid("context, options or program is null");
    *program = create_program(context, *options);
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

uint64_t llm_session_progress(llm_session *session) {
  return session == nullptr ? 0 : session->progress.load(std::memory_order_relaxed);
}

llm_status llm_session_profile(llm_session *session, uint32_t on, uint64_t *nanos, uint32_t count) {
  return guarded([&] {
    if (session == nullptr || (nanos == nullptr && count > 0) || count > LLM_PROFILE_KINDS)
      invalid("session or nanos is null, or a profile does not have %u kinds", count);
    std::copy_n(session->profile.nanos, count, nanos);
    session->profile = Profile();
    session->profile.on = on != 0;
  });
}

llm_status llm_slot_set(llm_session *session, const llm_slot *slot) {
  llm_status status = LLM_OK;
  llm_status outcome = guarded([&] {
    if (session == nullptr || slot == nullptr)
      invalid("session or slot is null");
    if (slot->slot < 0 || static_cast<uint32_t>(slot->slot) >= session->options.slots)
      invalid("slot %d of %u", slot->slot, session->options.slots);
    status = session->sampler->set_slot(*slot);
  });
  return outcome != LLM_OK ? outcome : status == LLM_OK ? LLM_OK : remember(status, "the slot's values are refused");
}

llm_status llm_step_submit(llm_session *session, const llm_step *step, uint64_t *ticket) {
  return guarded([&] {
    if (session == nullptr || step == nullptr || ticket == nullptr)
      invalid("session, step or ticket is null");
    if (session->broken)
      throw Failure(LLM_FAILED, "a step of this session failed before");
    if (session->submitted - session->awaited >= kMaxInFlight)
      invalid("%d steps are in flight already", kMaxInFlight);
    check_step(*session, *step);
    Flight &flight = session->flight(session->submitted + 1);
    flight.ticket = ++session->submitted;
    flight.step = *step;
    session->jobs_of(flight.ticket) = step->job_count;
    flight.masks = nullptr;
    flight.mask_count = flight.mask_words = 0;
    flight.chosen.clear();
    *ticket = flight.ticket;
  });
}

llm_status llm_step_masks(llm_session *session, uint64_t ticket, const uint32_t *masks, uint32_t count,
                          uint32_t words) {
  return guarded([&] {
    if (session == nullptr || (masks == nullptr && count > 0))
      invalid("session or masks is null");
    if (ticket <= session->awaited || ticket > session->submitted)
      invalid("step %llu is not in flight", static_cast<unsigned long long>(ticket));
    if (count > 0 && words < (session->program->options.vocabulary + 31) / 32)
      invalid("%u words are too few for %u token ids", words, session->program->options.vocabulary);
    Flight &flight = session->flight(ticket);
    flight.masks = masks;
    flight.mask_count = count;
    flight.mask_words = words;
  });
}

llm_status llm_step_await(llm_session *session, uint64_t ticket, int64_t) {
  return guarded([&] {
    if (session == nullptr || ticket != session->awaited + 1 || ticket > session->submitted)
      invalid("step %llu is not the next to await", static_cast<unsigned long long>(ticket));
    Flight &flight = session->flight(ticket);
    for (uint32_t i = 0; i < flight.step.job_count; i++)
      if (flight.step.jobs[i].mask >= static_cast<int64_t>(flight.mask_count))
        invalid("sampler job %u has mask %d of %u", i, flight.step.jobs[i].mask, flight.mask_count);
    session->broken = true;
    {
      std::lock_guard<std::mutex> lock(session->program->context->team_lock);
      run_step(*session, flight);
    }
    session->broken = false;
    session->awaited = ticket;
  });
}

} // extern "C"
