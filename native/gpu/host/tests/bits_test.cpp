// The same bits in whatever way steps are run: as graphs or launch by launch, one in flight or three, alone or in a batch.
#include <cstdlib>

#include "gpu/host/tests/fixture.h"

namespace llmserving_test {
namespace {

constexpr int kRows = 10;

// Greedy generation of `steps` tokens on `rows` sequences after prompts, with up to `depth` steps in flight: a step's
// tokens are those of the step before, by its ticket. Returns tokens and all logits.
struct Generation {
  std::vector<int32_t> tokens;
  std::vector<float> logits;
};

Generation generate(llm_context *context, const LlamaProgram &program, int rows, int steps, size_t depth) {
  LlamaSession session(context, program, 40, kRows, 12);
  for (int i = 0; i < rows; i++)
    chunked(session, i, prompt(20 + 3 * i, 50 + i), 40);
  std::vector<StepInput> inputs;
  std::vector<std::vector<float>> logits(static_cast<size_t>(steps));
  std::vector<llm_step> submitted(static_cast<size_t>(steps));
  std::vector<uint64_t> tickets(static_cast<size_t>(steps));
  inputs.reserve(static_cast<size_t>(steps));
  size_t awaited = 0;
  for (size_t s = 0; s < static_cast<size_t>(steps); s++) {
    std::vector<Part> parts;
    for (int i = 0; i < rows; i++)
      parts.push_back({i, 20 + 3 * i + static_cast<int>(s), {3}});
    inputs.emplace_back(parts);
    for (size_t i = 0; i < inputs[s].tokens.size() && s > 0; i++)
      inputs[s].tokens[i] = {-1, static_cast<int32_t>(i), tickets[s - 1]};
    inputs[s].ask_tokens(static_cast<int>(s));
    inputs[s].ask_logits(logits[s], session.vocabulary);
    submitted[s] = inputs[s].step();
    require(llm_step_submit(session.session, &submitted[s], &tickets[s]), "submit");
    while (s + 1 - awaited >= depth || (s + 1 == submitted.size() && awaited <= s))
      require(llm_step_await(session.session, tickets[awaited++], -1), "await");
  }
  Generation result;
  for (size_t s = 0; s < inputs.size(); s++) {
    for (const llm_sample_result &r : inputs[s].results)
      result.tokens.push_back(r.token);
    result.logits.insert(result.logits.end(), logits[s].begin(), logits[s].end());
  }
  return result;
}

void check_depths_and_graphs() {
  Context c;
  LlamaProgram program(c.context, LlamaShape(), 9);
  for (int rows : {1, kRows}) {
    Generation expected = generate(c.context, program, rows, 5, 1);
    for (size_t depth : {2, 3, 4}) {
      if (rows > 1 && depth == 4)
        continue;
      Generation actual = generate(c.context, program, rows, 5, depth);
      CHECK(actual.tokens == expected.tokens, "depth %zu chooses other tokens", depth);
      check_equal(actual.logits, expected.logits.data(), "depth", static_cast<int>(depth));
    }
    setenv("LLMSERVING_GPU_GRAPHS", "off", 1);
    Generation direct = generate(c.context, program, rows, 5, 2);
    unsetenv("LLMSERVING_GPU_GRAPHS");
    check_equal(direct.logits, expected.logits.data(), "launch by launch, rows", rows);
  }
}

// Deterministic contexts: prompts in pieces of any size, decoded alone or together, in shared and partial items.
void check_deterministic() {
  Context c(true);
  LlamaProgram program(c.context, LlamaShape(), 9);
  size_t vocabulary = static_cast<size_t>(program.s.vocabulary);
  LlamaSession session(c.context, program, 40, kRows, 12);
  std::vector<std::vector<int32_t>> prompts;
  std::vector<std::vector<float>> alone;
  for (int i = 0; i < kRows; i++) {
    prompts.push_back(prompt(i == 0 ? 140 : 20, 100 + i));
    alone.push_back(chunked(session, i, prompts.back(), 1));
  }
  for (size_t piece : {15, 17, 40})
    check_equal(chunked(session, 0, prompts[0], piece), alone[0].data(), "pieces of", static_cast<int>(piece));
  for (int batch : {2, 3, 9, kRows}) {
    std::vector<Part> parts;
    for (int i = 0; i < batch; i++)
      parts.push_back({i, 19, {prompts[static_cast<size_t>(i)][19]}});
    std::vector<float> together = session.logits(parts);
    for (size_t i = 0; i < static_cast<size_t>(batch); i++)
      check_equal(std::vector<float>(&together[i * vocabulary], &together[(i + 1) * vocabulary - 1] + 1),
                  &alone[i][19 * vocabulary], "batch of", batch);
  }
  chunked(session, 0, prompts[0], 40); // position 19 was written again
  for (int column = 0; column < 8; column++)
    session.block(1, column) = session.block(0, column);
  session.logits({{1, 128, slice(prompts[0], 128, 11)}});
  StepInput input({{0, 139, {prompts[0][139]}}, {1, 139, {prompts[0][139]}}});
  input.item_sequences = {0, 1, 0, 1};
  input.items = {{0, LLM_ATTENTION_PARTIAL, 1, 1, 2, 1}, {0, LLM_ATTENTION_PARTIAL, 0, 1, 0, 2},
                 {0, LLM_ATTENTION_PARTIAL, 1, 1, 3, 1}};
  std::vector<float> logits;
  input.ask_logits(logits, session.vocabulary);
  session.run(input);
  for (size_t i = 0; i < 2; i++)
    check_equal(std::vector<float>(&logits[i * vocabulary], &logits[(i + 1) * vocabulary - 1] + 1),
                &alone[0][139 * vocabulary], "shared chunks, row", static_cast<int>(i));
}

} // namespace
} // namespace llmserving_test

int main() {
  using namespace llmserving_test;
  check_depths_and_graphs();
  check_deterministic();
  return finish();
}
