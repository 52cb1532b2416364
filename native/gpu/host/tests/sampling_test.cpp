// What a step's jobs and targets bring back, held against the logits of the same step: tokens, logprobs, ranks,
// alternatives, masks, bias, suppressed ids, penalties, and head rows in several tiles.
#include <algorithm>

#include "gpu/host/tests/fixture.h"

namespace llmserving_test {
namespace {

llm_slot plain_slot(int32_t index) {
  llm_slot slot = {};
  slot.slot = index;
  slot.logprobs = -1;
  slot.top_p = slot.repetition = 1;
  return slot;
}

int32_t best(const float *logits, int vocabulary) {
  return static_cast<int32_t>(std::max_element(logits, logits + vocabulary) - logits);
}

double logprob(const float *logits, int vocabulary, int32_t token) {
  double sum = 0, most = static_cast<double>(*std::max_element(logits, logits + vocabulary));
  for (int i = 0; i < vocabulary; i++)
    sum += std::exp(static_cast<double>(logits[i]) - most);
  return static_cast<double>(logits[token]) - most - std::log(sum);
}

int rank_of(const float *logits, int vocabulary, int32_t token) {
  int rank = 1;
  for (int32_t i = 0; i < vocabulary; i++)
    rank += logits[i] > logits[token] || (logits[i] == logits[token] && i < token) ? 1 : 0;
  return rank;
}

void check_score(const llm_sample_result &result, const llm_top *tops, int top_count, int wanted, const float *logits,
                 int vocabulary, const char *what, size_t index) {
  double expected = logprob(logits, vocabulary, result.token);
  CHECK(std::fabs(static_cast<double>(result.logprob) - expected) < 1e-4, "%s %zu: logprob %g, not %g", what, index,
        static_cast<double>(result.logprob), expected);
  CHECK(result.rank == rank_of(logits, vocabulary, result.token), "%s %zu: rank %d", what, index, result.rank);
  for (int i = 0; i < top_count; i++) {
    if (i >= wanted) {
      CHECK(tops[i].token == -1, "%s %zu: alternative %d is %d", what, index, i, tops[i].token);
      continue;
    }
    CHECK(tops[i].token >= 0 && rank_of(logits, vocabulary, tops[i].token) == i + 1, "%s %zu: alternative %d is %d", what,
          index, i, tops[i].token);
    double own = logprob(logits, vocabulary, tops[i].token);
    CHECK(std::fabs(static_cast<double>(tops[i].logprob) - own) < 1e-4, "%s %zu: alternative %d", what, index, i);
  }
}

// More head rows than a tile holds, jobs and targets on many of them, in no order.
void check_tiles() {
  Context c;
  LlamaShape shape;
  shape.layers = 1;
  LlamaProgram program(c.context, shape, 5);
  LlamaSession session(c.context, program, 300, 8, 20);
  llm_slot slot = plain_slot(2);
  slot.logprobs = 3;
  require(llm_slot_set(session.session, &slot), "slot");
  StepInput input({{0, 0, prompt(300, 4)}}, true);
  std::vector<float> logits;
  input.ask_logits(logits, session.vocabulary);
  std::vector<llm_target> targets;
  for (int32_t row : {299, 0, 255, 256, 17}) {
    input.jobs.push_back({row, 2, 0, 0, 0, -1});
    targets.push_back({row, row % 101, row % 4, 0});
  }
  input.results.resize(5);
  llm_sample_result target_results[5];
  llm_top job_tops[5 * 4], target_tops[5 * 4];
  llm_step step = input.step();
  step.targets = targets.data();
  step.target_count = 5;
  step.top_stride = 4;
  step.job_tops = job_tops;
  step.target_results = target_results;
  step.target_tops = target_tops;
  uint64_t ticket;
  require(llm_step_submit(session.session, &step, &ticket), "submit");
  require(llm_step_await(session.session, ticket, -1), "await");
  for (size_t i = 0; i < 5; i++) {
    const float *row = &logits[static_cast<size_t>(targets[i].row) * 101];
    CHECK(input.results[i].token == best(row, 101) && input.results[i].status == 0, "job %zu: token %d", i,
          input.results[i].token);
    check_score(input.results[i], job_tops + 4 * i, 4, 3, row, 101, "job", i);
    CHECK(target_results[i].token == targets[i].token, "target %zu", i);
    check_score(target_results[i], target_tops + 4 * i, 4, targets[i].top, row, 101, "target", i);
  }
}

// A step of one row; its jobs are given.
std::vector<llm_sample_result> choose(LlamaSession &session, int position, const std::vector<llm_sample_job> &jobs,
                                      std::vector<float> &logits, const std::vector<uint32_t> &masks = {}) {
  StepInput input({{0, position, {7}}});
  input.jobs = jobs;
  input.results.resize(jobs.size());
  input.ask_logits(logits, session.vocabulary);
  llm_step step = input.step();
  step.masked = masks.empty() ? 0 : 1;
  uint64_t ticket;
  require(llm_step_submit(session.session, &step, &ticket), "submit");
  if (!masks.empty())
    require(llm_step_masks(session.session, ticket, masks.data(), static_cast<uint32_t>(masks.size() / 4), 4), "masks");
  require(llm_step_await(session.session, ticket, -1), "await");
  return input.results;
}

void check_masks(LlamaSession &session) {
  std::vector<float> logits;
  std::vector<uint32_t> masks(8, 0); // of two jobs: all but the best, and nothing
  choose(session, 0, {}, logits);
  int32_t first = best(logits.data(), 101);
  for (int32_t i = 0; i < 101; i++)
    masks[static_cast<size_t>(i / 32)] |= i == first ? 0 : 1u << (i % 32);
  std::vector<llm_sample_result> results =
      choose(session, 0, {{0, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 1}, {0, 2, 0, 0, 0, -1}}, logits, masks);
  CHECK(rank_of(logits.data(), 101, results[0].token) == 2, "the masked best token: rank %d",
        rank_of(logits.data(), 101, results[0].token));
  CHECK(results[1].status == 2 && results[1].token == -1, "everything masked: status %d", results[1].status);
  CHECK(results[2].token == first, "an unmasked job");
}

// Bias and suppressed ids move the choice; committed tokens are counted, by jobs of one step and of the next.
void check_slots(LlamaSession &session) {
  std::vector<float> logits;
  choose(session, 0, {}, logits);
  int32_t first = best(logits.data(), 101), biased = (first + 5) % 101;
  float bias = 90;
  llm_slot slot = plain_slot(0);
  slot.bias_count = 1;
  slot.bias_ids = &biased;
  slot.bias = &bias;
  require(llm_slot_set(session.session, &slot), "bias");
  CHECK(choose(session, 0, {{0, 0, 0, 0, 0, -1}}, logits)[0].token == biased, "the bias changes nothing");
  slot = plain_slot(0);
  slot.min_tokens = 1;
  slot.suppressed_count = 1;
  slot.suppressed = &first;
  require(llm_slot_set(session.session, &slot), "suppressed");
  std::vector<llm_sample_result> results = choose(session, 0, {{0, 0, 0, 0, 0, -1}, {0, 0, 1, 1, 0, -1}}, logits);
  CHECK(results[0].token != first && results[1].token == first, "suppressed until a minimum: %d, %d", results[0].token,
        results[1].token);
  slot = plain_slot(0);
  slot.presence = 1000;
  require(llm_slot_set(session.session, &slot), "presence");
  std::vector<int32_t> chosen;
  for (int step = 0; step < 3; step++) {
    results = choose(session, 0, {{0, 0, 0, 2 * step, 1, -1}, {0, 0, 0, 2 * step + 1, 1, -1}}, logits);
    chosen.push_back(results[0].token);
    chosen.push_back(results[1].token);
  }
  for (size_t i = 0; i < chosen.size(); i++)
    CHECK(rank_of(logits.data(), 101, chosen[i]) == static_cast<int>(i) + 1, "penalized choice %zu has rank %d", i,
          rank_of(logits.data(), 101, chosen[i]));
  llm_slot refused = plain_slot(0);
  refused.logprobs = 500;
  CHECK(llm_slot_set(session.session, &refused) == LLM_UNSUPPORTED, "500 alternatives");
  int32_t outside = 101;
  refused = plain_slot(0);
  refused.suppressed_count = 1;
  refused.suppressed = &outside;
  CHECK(llm_slot_set(session.session, &refused) == LLM_INVALID_ARGUMENT, "a token outside the vocabulary");
}

// A slot's seed, the choice and the position decide, nothing else.
void check_noise(LlamaSession &session) {
  std::vector<float> logits;
  for (int32_t i = 0; i < 4; i++) {
    llm_slot slot = plain_slot(i);
    slot.temperature = 2;
    slot.seed = i < 3 ? 123456789012345ull : 5;
    require(llm_slot_set(session.session, &slot), "slot");
  }
  std::vector<llm_sample_job> jobs;
  for (int32_t n = 0; n < 24; n++)
    for (int32_t slot : {0, 1, 3})
      jobs.push_back({0, slot, n, n / 3, 0, -1});
  std::vector<llm_sample_result> results = choose(session, 0, jobs, logits), again = choose(session, 0, jobs, logits);
  int other = 0, distinct = 0;
  for (size_t i = 0; i < results.size(); i += 3) {
    CHECK(results[i].token == results[i + 1].token, "equal seeds choose %d and %d", results[i].token, results[i + 1].token);
    CHECK(results[i].token == again[i].token, "the same job chooses %d, then %d", results[i].token, again[i].token);
    other += results[i].token != results[i + 2].token ? 1 : 0;
    distinct += i > 0 && results[i].token != results[i - 3].token ? 1 : 0;
  }
  CHECK(other > 10 && distinct > 10, "%d choices differ by seed, %d by choice", other, distinct);
}

} // namespace
} // namespace llmserving_test

int main() {
  using namespace llmserving_test;
  check_tiles();
  Context c;
  LlamaProgram program(c.context, LlamaShape(), 5);
  {
    LlamaSession session(c.context, program, 33, 4, 10);
    check_masks(session);
    check_slots(session);
    check_noise(session);
  }
  return finish();
}
