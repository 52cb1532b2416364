// A program with its cache, sampler slots, scratch memory and steps in flight.
#ifndef LLMSERVING_PROGRAM_SESSION_H
#define LLMSERVING_PROGRAM_SESSION_H

#include <atomic>
#include <memory>
#include <vector>

#include "common/check_step.h"
#include "program/profile.h"
#include "program/program.h"
#include "program/row_ops.h"
#include "sampling/sampler.h"

namespace llmserving {

// Up to so many query rows, every worker computes norms, activations and sums of all rows for itself: cheaper than to
// wait for each other.
constexpr size_t kNarrowRows = 8;

// A step of so many query rows per worker, or more, is cut into blocks of rows.
constexpr size_t kLeastBlock = 16;
// Rows of a block, at most: enough to make good use of each weight, few enough that workers end nearly together and that
// the values between two matrix products stay in a core's second-level cache.
constexpr size_t kMostBlock = 64;
// By so many rows, at most, a block exceeds its even share, for whole tiles of activations.
constexpr size_t kBlockRounding = 8;

// What a worker has for itself.
struct Workspace {
  Memory values;    // as the session's, for kNarrowRows tokens: narrow steps
  Memory block;     // values within a block of a blocked step
  size_t block_first = 0; // row of the step that the block begins with
  Memory packed[3]; // activations
  Memory head_hidden;
};

// A submitted step, and afterwards the tokens that later steps may refer to.
struct Flight {
  uint64_t ticket = 0;
  llm_step step{};
  const uint32_t *masks = nullptr;
  uint32_t mask_count = 0, mask_words = 0;
  std::vector<int32_t> chosen; // per job, once awaited
};

} // namespace llmserving

struct llm_session : llmserving::SessionState {
  llm_program *program;
  llmserving::Counted counted;
  std::vector<std::unique_ptr<llmserving::AttentionStep>> attention; // per shape of the program's
  std::unique_ptr<llmserving::Sampler> sampler;
  const llmserving::RowOps *rows;

  llmserving::Memory values;                 // [slot][max_tokens][width]
  llmserving::Memory packed[3];              // activations, by ActivationKind
  llmserving::Memory rotations;              // of each of the program's: cosines, then sines [max_tokens][rotated / 2]
  std::vector<llmserving::Workspace> workspaces; // per worker
  size_t block_capacity = 0;                     // rows of a block, at most; 0: no step is blocked
  llmserving::Memory head_hidden, head_logits, head_packed;
  std::vector<int32_t> token_ids, row_sequence;
  std::vector<std::atomic<size_t>> tickets; // of each node two per operation and one for the head: next of its work units
  llmserving::Profile profile;

  llmserving::Flight flights[2 * llmserving::kMaxInFlight];
  bool broken = false;
  std::atomic<uint64_t> progress{0};

  explicit llm_session(llm_program *p, const llm_session_options &o);

  float *value(int32_t index) const {
    return values.as<float>() + program->value_offset[static_cast<size_t>(index)] * options.max_tokens;
  }
  // From a node's tickets to the next one's, in cache lines of its own.
  size_t ticket_stride() const { return 2 * program->ops.size() + 8; }
  // The angles of one of the program's rotations: cosines, or sines.
  float *angles(size_t rotation, bool sines) const;
  llmserving::Flight &flight(uint64_t ticket) { return flights[ticket % (2 * llmserving::kMaxInFlight)]; }
  llmserving::CacheView cache_view(int32_t cache) const;
};

namespace llmserving {

// Rows of head logits that are computed at once.
constexpr size_t kHeadTile = 32;

// Runs a submitted step with the team and writes its results.
void run_step(llm_session &session, Flight &flight);

} // namespace llmserving

#endif
