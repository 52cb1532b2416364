// Steps of a two-layer program through the C ABI: against a reference in double precision, and against each other, bit
// by bit, however the work is cut.
#include <cstring>
#include <memory>

#include "tests/isas.h"
#include "tests/llama_session.h"
#include "tests/program_reference.h"

namespace llmserving_test {
namespace {

constexpr int kMaxRows = 33;

struct Context {
  explicit Context(uint32_t threads, uint32_t isa = LLM_ISA_AUTO) {
    llm_context_options options = {threads, isa, 50, 0, 0, 0};
    require(llm_context_create(&options, &context), "context");
  }
  ~Context() {
    llm_memory memory;
    require(llm_context_memory(context, &memory), "memory");
    CHECK(memory.allocated_bytes == 0 && memory.allocations == 0, "%llu bytes in %llu allocations are left",
          static_cast<unsigned long long>(memory.allocated_bytes), static_cast<unsigned long long>(memory.allocations));
    llm_context_destroy(context);
  }
  llm_context *context;
};

std::vector<int32_t> prompt(int length, int seed) {
  Random random(static_cast<uint64_t>(seed));
  std::vector<int32_t> tokens;
  for (int i = 0; i < length; i++)
    tokens.push_back(static_cast<int32_t>(random.next() % 101));
  return tokens;
}

std::vector<int32_t> slice(const std::vector<int32_t> &tokens, size_t first, size_t count) {
  auto begin = tokens.begin() + static_cast<long>(first);
  return std::vector<int32_t>(begin, begin + static_cast<long>(std::min(count, tokens.size() - first)));
}

// Logits of all rows of a prompt on a table row, in pieces.
std::vector<float> chunked(LlamaSession &session, int table_row, const std::vector<int32_t> &tokens, size_t piece) {
  std::vector<float> all;
  for (size_t at = 0; at < tokens.size(); at += piece) {
    std::vector<float> part = session.logits({{table_row, static_cast<int>(at), slice(tokens, at, piece)}}, true);
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

void check_equal(const std::vector<float> &actual, const float *expected, const char *what, int parameter) {
  size_t differ = 0;
  while (differ < actual.size() && memcmp(&actual[differ], expected + differ, 4) == 0)
    differ++;
  CHECK(differ == actual.size(), "%s %d: value %zu of %zu is %a, not %a", what, parameter, differ, actual.size(),
        static_cast<double>(actual[differ]), static_cast<double>(expected[differ]));
}

// Exact mode within 2e-5 of the largest logit; int8 and bf16 within a cosine of 0.995.
void check_reference(LlamaShape shape, uint32_t isa, double tolerance) {
  Context c(2, isa);
  LlamaProgram program(c.context, shape, 3);
  LlamaSession session(c.context, program, kMaxRows, 2, 20);
  std::vector<int32_t> tokens = prompt(150, 5);
  std::vector<float> actual = chunked(session, 0, tokens, kMaxRows);
  std::vector<std::vector<double>> expected = Reference(program).logits(tokens);
  size_t vocabulary = static_cast<size_t>(shape.vocabulary);
  for (size_t row = 0; row < tokens.size(); row++) {
    double worst = 0, largest = 0, dot = 0, a2 = 0, b2 = 0;
    for (size_t i = 0; i < vocabulary; i++) {
      double a = static_cast<double>(actual[row * vocabulary + i]), b = expected[row][i];
      worst = std::max(worst, std::fabs(a - b));
      largest = std::max(largest, std::fabs(b));
      dot += a * b;
      a2 += a * a;
      b2 += b * b;
    }
    bool fine = tolerance > 0 ? worst <= tolerance * largest : dot >= 0.995 * std::sqrt(a2 * b2);
    CHECK(fine, "isa %u type %u position %zu: error %g of %g, cosine %.6f", isa, shape.layer_type, row, worst, largest,
          dot / std::sqrt(a2 * b2));
  }
}

void check_references() {
  for (llm_isa isa : available_isas()) {
    LlamaShape exact;
    exact.activations = LLM_ACTIVATIONS_F32;
    exact.kv_type = LLM_KV_F32;
    for (uint32_t type : {LLM_TYPE_F32, LLM_TYPE_Q4_1}) {
      exact.layer_type = type;
      exact.head_norm = type == LLM_TYPE_F32;
      exact.window = type == LLM_TYPE_F32 ? 40 : 0;
      check_reference(exact, isa, 2e-5);
    }
    check_reference(LlamaShape(), isa, 0);
    LlamaShape int8;
    int8.kv_type = LLM_KV_INT8;
    check_reference(int8, isa, 0);
  }
}

// What every other way of computing is held to: one thread, one row at a time.
struct Expected {
  std::vector<std::vector<int32_t>> prompts;
  std::vector<std::vector<float>> logits;
};

Expected one_by_one(const LlamaShape &shape) {
  Context c(1);
  LlamaProgram program(c.context, shape, 9);
  LlamaSession session(c.context, program, kMaxRows, kMaxRows, 20);
  Expected e;
  for (int i = 0; i < kMaxRows; i++) {
    e.prompts.push_back(prompt(i < 2 ? 160 : 20, 100 + i));
    e.logits.push_back(chunked(session, i, e.prompts.back(), 1));
  }
  return e;
}

// Decode of row `position` of the first `batch` prompts in one step.
void check_batch(LlamaSession &session, const Expected &e, size_t batch, size_t position) {
  std::vector<Part> parts;
  for (size_t i = 0; i < batch; i++)
    parts.push_back({static_cast<int>(i), static_cast<int>(position), {e.prompts[i][position]}});
  std::vector<float> actual = session.logits(parts);
  size_t vocabulary = static_cast<size_t>(session.vocabulary);
  for (size_t i = 0; i < batch; i++)
    check_equal(std::vector<float>(actual.begin() + static_cast<long>(i * vocabulary),
                                   actual.begin() + static_cast<long>((i + 1) * vocabulary)),
                &e.logits[i][position * vocabulary], "batch of", static_cast<int>(batch));
}

// Two rows of one text: partial items of chunk 0, one over both where their blocks are the same, and of the rest.
void check_partial(LlamaSession &session, const Expected &e, bool shared_blocks) {
  size_t vocabulary = static_cast<size_t>(session.vocabulary);
  std::vector<int32_t> tables = session.tables;
  for (int column = 0; column < 8 && shared_blocks; column++)
    session.block(1, column) = session.block(0, column);
  for (size_t at = 128; at < 158; at += 16) // row 1 now goes on with prompt 0's text
    session.logits({{1, static_cast<int>(at), slice(e.prompts[0], at, std::min<size_t>(16, 158 - at))}});
  StepInput input({{0, 158, {e.prompts[0][158]}}, {1, 158, {e.prompts[0][158]}}});
  input.items.clear();
  input.item_sequences = {0, 1, 0, 1};
  input.items.push_back({0, LLM_ATTENTION_PARTIAL, 1, 1, 2, 1});
  input.items.push_back({0, LLM_ATTENTION_PARTIAL, 0, 1, 0, shared_blocks ? 2 : 1});
  if (!shared_blocks)
    input.items.push_back({0, LLM_ATTENTION_PARTIAL, 0, 1, 1, 1});
  input.items.push_back({0, LLM_ATTENTION_PARTIAL, 1, 1, 3, 1});
  std::vector<float> logits;
  input.ask_logits(logits, session.vocabulary);
  session.run(input);
  for (size_t i = 0; i < 2; i++)
    check_equal(std::vector<float>(logits.begin() + static_cast<long>(i * vocabulary),
                                   logits.begin() + static_cast<long>((i + 1) * vocabulary)),
                &e.logits[0][158 * vocabulary], "partial items, row", static_cast<int>(i));
  session.tables = tables;
}

void check_composition(const LlamaShape &shape, const Expected &e, uint32_t threads) {
  Context c(threads);
  LlamaProgram program(c.context, shape, 9);
  LlamaSession session(c.context, program, kMaxRows, kMaxRows, 20);
  for (size_t piece = 1; piece <= shape.block_size + 1; piece++)
    check_equal(chunked(session, 0, e.prompts[0], piece), e.logits[0].data(), "pieces of", static_cast<int>(piece));
  check_equal(chunked(session, 0, e.prompts[0], kMaxRows), e.logits[0].data(), "pieces of", kMaxRows);
  for (size_t i = 1; i < kMaxRows; i++)
    chunked(session, static_cast<int>(i), slice(e.prompts[i], 0, 19), 19);
  for (size_t batch = 2; batch <= kMaxRows; batch++)
    check_batch(session, e, batch, 19);
  chunked(session, 1, e.prompts[0], 32);
  check_partial(session, e, false);
  check_partial(session, e, true);
  // Prefill of one and decode of others in one step.
  std::vector<float> mixed =
      session.logits({{2, 19, {e.prompts[2][19]}}, {0, 120, slice(e.prompts[0], 120, 30)}, {3, 19, {e.prompts[3][19]}}});
  size_t vocabulary = static_cast<size_t>(shape.vocabulary);
  std::vector<float> expected(&e.logits[2][19 * vocabulary], &e.logits[2][20 * vocabulary - 1] + 1);
  expected.insert(expected.end(), &e.logits[0][149 * vocabulary], &e.logits[0][150 * vocabulary - 1] + 1);
  expected.insert(expected.end(), &e.logits[3][19 * vocabulary], &e.logits[3][20 * vocabulary - 1] + 1);
  check_equal(mixed, expected.data(), "mixed step, threads", static_cast<int>(threads));
}

// Live bytes and allocations are where they were once a session is gone, partial attention results included.
void check_memory() {
  Context c(2);
  LlamaProgram program(c.context, LlamaShape(), 21);
  llm_memory before, during, after;
  require(llm_context_memory(c.context, &before), "memory");
  {
    LlamaSession session(c.context, program, kMaxRows, 4, 80);
    chunked(session, 0, prompt(900, 1), kMaxRows);
    require(llm_context_memory(c.context, &during), "memory");
  }
  require(llm_context_memory(c.context, &after), "memory");
  CHECK(during.allocations > before.allocations && during.allocated_bytes > before.allocated_bytes, "nothing counted");
  CHECK(after.allocations == before.allocations && after.allocated_bytes == before.allocated_bytes,
        "%llu bytes more in %lld allocations", static_cast<unsigned long long>(after.allocated_bytes - before.allocated_bytes),
        static_cast<long long>(after.allocations - before.allocations));
}

// Copies of whole and part blocks, tokens taken from an earlier step's jobs, hidden states.
void check_block_copies_and_tickets(const LlamaShape &shape) {
  Context c(2);
  LlamaProgram program(c.context, shape, 21);
  LlamaSession session(c.context, program, kMaxRows, 4, 20);
  std::vector<int32_t> tokens = prompt(24, 77);
  session.logits({{0, 0, tokens}});
  StepInput first({{0, 24, {5}}}), second({{0, 25, {0}}}), fork({{1, 24, {5}}});
  first.ask_tokens(0);
  second.tokens[0] = {-1, 0, 0}; // of the first step's job
  llm_block_op ops[2] = {{0, 0, 0, session.block(0, 0), session.block(1, 0), 16},
                         {0, 0, 0, session.block(0, 1), session.block(1, 1), 8}};
  std::vector<float> logits[3];
  first.ask_logits(logits[0], session.vocabulary);
  second.ask_logits(logits[1], session.vocabulary);
  fork.ask_logits(logits[2], session.vocabulary);
  llm_step a = first.step(), b = second.step(), f = fork.step();
  f.block_ops = ops;
  f.block_op_count = 2;
  uint64_t tickets[3];
  require(llm_step_submit(session.session, &a, &tickets[0]), "first");
  second.tokens[0].ticket = tickets[0];
  require(llm_step_submit(session.session, &b, &tickets[1]), "second");
  require(llm_step_submit(session.session, &f, &tickets[2]), "fork");
  for (uint64_t ticket : tickets)
    require(llm_step_await(session.session, ticket, -1), "await");
  check_equal(logits[2], logits[0].data(), "copied blocks", 0);
  std::vector<float> again = session.logits({{0, 25, {first.results[0].token}}});
  check_equal(again, logits[1].data(), "a token by its ticket", 0);
}

} // namespace
} // namespace llmserving_test

int main() {
  using namespace llmserving_test;
  check_references();
  LlamaShape shapes[3];
  shapes[1].activations = LLM_ACTIVATIONS_F32;
  shapes[1].kv_type = LLM_KV_F32;
  shapes[1].window = 50;
  shapes[1].layer_type = LLM_TYPE_BF16;
  shapes[2].kv_type = LLM_KV_INT8;
  for (const LlamaShape &shape : shapes) {
    Expected expected = one_by_one(shape);
    for (uint32_t threads = 1; threads <= 3; threads++)
      check_composition(shape, expected, threads);
    check_block_copies_and_tickets(shape);
  }
  check_memory();
  return finish();
}
