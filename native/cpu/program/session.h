// A program with its cache, sampler slots, scratch memory and steps in flight.
#ifndef LLMSERVING_PROGRAM_SESSION_H
#define LLMSERVING_PROGRAM_SESSION_H

#include <atomic>
#include <memory>
#include <vector>

#include "program/program.h"
#include "program/row_ops.h"
#include "sampling/sampler.h"

namespace llmserving {

constexpr int kMaxInFlight = 4;

// A submitted step, and afterwards the tokens that later steps may refer to.
struct Flight {
  uint64_t ticket = 0;
  llm_step step{};
  const uint32_t *masks = nullptr;
  uint32_t mask_count = 0, mask_words = 0;
  std::vector<int32_t> chosen; // per job, once awaited
};

} // namespace llmserving

struct llm_session {
  llm_program *program;
  llm_session_options options;
  std::vector<std::unique_ptr<llmserving::AttentionStep>> attention; // per group
  std::unique_ptr<llmserving::Sampler> sampler;
  const llmserving::RowOps *rows;

  llmserving::Memory values;                 // [slot][max_tokens][width]
  llmserving::Memory packed[3];              // activations, by ActivationKind
  llmserving::Memory head_hidden, head_logits, head_packed;
  std::vector<int32_t> token_ids, row_sequence;
  std::vector<std::atomic<size_t>> tickets; // per operation and one for the head: tail of its work units

  llmserving::Flight flights[2 * llmserving::kMaxInFlight];
  uint64_t submitted = 0, awaited = 0;
  bool broken = false;
  std::atomic<uint64_t> progress{0};

  explicit llm_session(llm_program *p, const llm_session_options &o);

  float *value(int32_t index) const {
    return values.as<float>() + program->value_offset[static_cast<size_t>(index)] * options.max_tokens;
  }
  llmserving::Flight &flight(uint64_t ticket) { return flights[ticket % (2 * llmserving::kMaxInFlight)]; }
  llmserving::CacheView cache_view(int32_t cache) const;
};

namespace llmserving {

// Checks every number of a step against the session's sizes; throws Failure.
void check_step(const llm_session &session, const llm_step &step);

// Runs a submitted step with the team and writes its results.
void run_step(llm_session &session, Flight &flight);

// Rows of head logits that are computed at once.
constexpr size_t kHeadTile = 32;

} // namespace llmserving

#endif
