// A step from its inputs to its results.
#include "program/walk.h"
#include "support/failure.h"

namespace llmserving {
namespace {

void resolve_tokens(llm_session &s, const llm_step &step) {
  for (size_t i = 0; i < step.token_count; i++) {
    const llm_token &t = step.tokens[i];
    s.token_ids[i] = t.id;
    if (t.job < 0)
      continue;
    const Flight &source = s.flight(t.ticket);
    if (source.ticket != t.ticket || static_cast<size_t>(t.job) >= source.chosen.size())
      invalid("token %zu refers to job %d of step %llu, which has %zu", i, t.job,
              static_cast<unsigned long long>(t.ticket), source.chosen.size());
    // A failed job chose no token; its sequence ends, and what this row computes is thrown away.
    s.token_ids[i] = std::max(0, source.chosen[static_cast<size_t>(t.job)]);
  }
}

void copy_blocks(const llm_session &s, const llm_step &step, int after) {
  const llm_program &p = *s.program;
  for (size_t i = 0; i < step.block_op_count; i++) {
    const llm_block_op &op = step.block_ops[i];
    if (op.after != after)
      continue;
    for (size_t c = 0; c < p.caches.size(); c++)
      if (p.caches[c].group == op.group)
        copy_block(s.cache_view(static_cast<int32_t>(c)), op.source, op.target, op.tokens);
  }
}

// What all layers of the step share.
void prepare(llm_session &s, const llm_step &step) {
  const llm_program &p = *s.program;
  resolve_tokens(s, step);
  for (size_t q = 0; q < step.sequence_count; q++)
    for (int32_t r = 0; r < step.sequences[q].rows; r++)
      s.row_sequence[static_cast<size_t>(step.sequences[q].first_row + r)] = static_cast<int32_t>(q);
  for (auto &ticket : s.tickets)
    ticket.store(0, std::memory_order_relaxed);
  for (auto &attention : s.attention)
    attention->plan(step, p.context->team->threads());
  StepRows rows = {step.sequences, s.row_sequence.data()};
  for (size_t i = 0; i < p.rotations.size(); i++) {
    const RotationShape &rotation = p.rotations[i];
    rotation_table(p.context->isa, p.vector(rotation.frequencies), rotation.rotated / 2, rotation.magnitude, rows,
                   step.token_count, s.angles(i, false), s.angles(i, true));
  }
}

} // namespace

void run_step(llm_session &session, Flight &flight) {
  Profile *profile = session.profile.on ? &session.profile : nullptr;
  ProfileSpan step(profile, LLM_PROFILE_OTHER);
  prepare(session, flight.step);
  copy_blocks(session, flight.step, 0);
  Walk walk(session, flight);
  {
    ProfileSpan team(profile, LLM_PROFILE_WAIT);
    session.program->context->team->run([](void *w, int worker) { static_cast<Walk *>(w)->work(worker); }, &walk);
  }
  copy_blocks(session, flight.step, 1);
  flight.chosen.resize(flight.step.job_count);
  for (size_t i = 0; i < flight.step.job_count; i++)
    flight.chosen[i] = flight.step.results[i].token;
}

} // namespace llmserving
