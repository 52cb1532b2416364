// The profile of steps: what it counts, that it counts no moment twice, and that it changes no result.
#include <chrono>
#include <numeric>

#include "tests/llama_session.h"

namespace llmserving_test {
namespace {

using Nanos = std::vector<uint64_t>;

struct Context {
  explicit Context(uint32_t threads) {
    llm_context_options options = {threads, LLM_ISA_AUTO, 50, 0, 0, 0};
    require(llm_context_create(&options, &context), "context");
  }
  ~Context() { llm_context_destroy(context); }
  llm_context *context;
};

Nanos read(LlamaSession &session, bool on) {
  Nanos nanos(LLM_PROFILE_KINDS, 1);
  require(llm_session_profile(session.session, on, nanos.data(), LLM_PROFILE_KINDS), "profile");
  return nanos;
}

uint64_t sum(const Nanos &nanos) { return std::accumulate(nanos.begin(), nanos.end(), uint64_t{0}); }

StepInput tokens(int rows, int position) {
  std::vector<int32_t> prompt;
  for (int i = 0; i < rows; i++)
    prompt.push_back((position + 7 * i) % 101);
  StepInput input({{0, position, prompt}});
  input.ask_tokens(0);
  return input;
}

// Steps of one row (narrow), of a few (wide) and of many (blocked), twice.
uint64_t run(LlamaSession &session, std::vector<float> &logits) {
  auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 2; i++)
    for (int rows : {1, 12, 64}) {
      StepInput input = tokens(rows, 64);
      std::vector<float> row;
      input.ask_logits(row, session.vocabulary);
      session.run(input);
      logits.insert(logits.end(), row.begin(), row.end());
    }
  auto took = std::chrono::steady_clock::now() - start;
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(took).count());
}

void check_kinds(uint32_t threads) {
  Context c(threads);
  LlamaProgram program(c.context, LlamaShape(), 21);
  LlamaSession session(c.context, program, 64, 2, 10);
  StepInput before = tokens(64, 0);
  session.run(before);
  CHECK(sum(read(session, false)) == 0, "%u threads: something is counted without being asked for", threads);
  std::vector<float> plain, profiled;
  run(session, plain);
  CHECK(sum(read(session, true)) == 0, "%u threads: something was counted before it was asked for", threads);
  uint64_t wall = run(session, profiled);
  Nanos nanos = read(session, true);
  for (size_t kind = 0; kind < nanos.size(); kind++)
    CHECK(nanos[kind] > 0, "%u threads: no time for kind %zu", threads, kind);
  CHECK(sum(nanos) <= wall, "%u threads: %llu ns of %llu", threads, static_cast<unsigned long long>(sum(nanos)),
        static_cast<unsigned long long>(wall));
  CHECK(plain == profiled, "%u threads: other results", threads);
  CHECK(sum(read(session, true)) == 0, "%u threads: time is counted twice", threads);
  run(session, profiled);
  CHECK(sum(read(session, false)) > 0, "%u threads: it does not go on", threads);
  run(session, profiled);
  CHECK(sum(read(session, false)) == 0, "%u threads: it does not end", threads);
}

void check_arguments() {
  Context c(1);
  LlamaProgram program(c.context, LlamaShape(), 21);
  LlamaSession session(c.context, program, 16, 2, 10);
  uint64_t nanos[LLM_PROFILE_KINDS + 1] = {};
  CHECK(llm_session_profile(nullptr, 1, nanos, 1) == LLM_INVALID_ARGUMENT, "no session");
  CHECK(llm_session_profile(session.session, 1, nullptr, 1) == LLM_INVALID_ARGUMENT, "no room");
  CHECK(llm_session_profile(session.session, 1, nanos, LLM_PROFILE_KINDS + 1) == LLM_INVALID_ARGUMENT, "too many kinds");
  CHECK(llm_session_profile(session.session, 1, nullptr, 0) == LLM_OK, "%s", llm_last_error());
  StepInput input = tokens(1, 0);
  session.run(input);
  nanos[3] = 42;
  CHECK(llm_session_profile(session.session, 0, nanos, 3) == LLM_OK, "%s", llm_last_error());
  CHECK(nanos[LLM_OP_LINEAR] > 0 && nanos[3] == 42, "not the first three kinds");
}

} // namespace
} // namespace llmserving_test

int main() {
  using namespace llmserving_test;
  for (uint32_t threads = 1; threads <= 3; threads++)
    check_kinds(threads);
  check_arguments();
  return finish();
}
