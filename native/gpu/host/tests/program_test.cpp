// Steps of small programs through the C ABI on the emulated device against a reference in double precision, to which the
// CPU's exact mode is held within 2e-5 by a test of its own; block copies, tokens by tickets, hidden states, memory.
#include "gpu/host/tests/fixture.h"
#include "tests/program_reference.h"

namespace llmserving_test {
namespace {

// Every position's logits: within a cosine and a part of the largest logit.
void check_reference(const LlamaShape &shape, const char *what, double least_cosine, double most_error) {
  Context c;
  LlamaProgram program(c.context, shape, 3);
  LlamaSession session(c.context, program, 33, 2, 20);
  std::vector<int32_t> tokens = prompt(150, 5);
  std::vector<float> actual = chunked(session, 0, slice(tokens, 0, 146), 33);
  for (size_t at = 146; at < tokens.size(); at++) { // the last ones one by one
    std::vector<float> row = session.logits({{0, static_cast<int>(at), {tokens[at]}}});
    actual.insert(actual.end(), row.begin(), row.end());
  }
  std::vector<std::vector<double>> expected = Reference(program).logits(tokens);
  size_t vocabulary = static_cast<size_t>(shape.vocabulary);
  double least = 1, greatest = 0;
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
    double cosine = dot / std::sqrt(a2 * b2);
    least = std::min(least, cosine);
    greatest = std::max(greatest, worst / largest);
    CHECK(cosine > least_cosine && worst <= most_error * largest, "%s, position %zu: error %g of %g, cosine %.6f", what, row, worst,
          largest, cosine);
  }
  printf("%s: least cosine %.6f, greatest error %.2f %% of the largest logit\n", what, least, 100 * greatest);
}

// bf16 activations, f32 sums and residual stream, bf16 keys and values; then narrower ones, of 3 and 2 bits of mantissa.
void check_references() {
  LlamaShape shape;
  check_reference(shape, "Q4_1", 0.999, 0.04);
  shape.layer_type = shape.head_type = LLM_TYPE_BF16;
  shape.head_norm = true;
  shape.window = 40;
  check_reference(shape, "bf16, head norms, window", 0.999, 0.04);
  shape = LlamaShape();
  shape.value_type = LLM_TYPE_Q8_0;
  check_reference(shape, "Q4_1, values by Q8_0", 0.999, 0.04);
  shape = LlamaShape();
  shape.layer_type = LLM_TYPE_Q8_0;
  shape.heads = 8;
  shape.kv_heads = 1;
  shape.head_dim = 64;
  shape.block_size = 64;
  check_reference(shape, "Q8_0, 8 heads on 1", 0.999, 0.04);
  for (uint32_t type : {LLM_KV_INT8, LLM_KV_E4M3, LLM_KV_E5M2}) {
    shape = LlamaShape();
    shape.kv_type = type;
    check_reference(shape, type == LLM_KV_INT8 ? "int8 cache" : type == LLM_KV_E4M3 ? "e4m3 cache" : "e5m2 cache",
                    type == LLM_KV_INT8 ? 0.999 : type == LLM_KV_E4M3 ? 0.995 : 0.99,
                    type == LLM_KV_INT8 ? 0.04 : type == LLM_KV_E4M3 ? 0.12 : 0.18);
  }
}

// Heads of all dimensions over caches of all types: there are kernels that fit into a block's shared memory.
void check_head_dimensions() {
  Context c;
  LlamaShape shape;
  shape.layers = 1;
  for (int dim : {64, 80, 96, 128, 256})
    for (uint32_t type : {LLM_KV_BF16, LLM_KV_INT8, LLM_KV_E4M3, LLM_KV_E5M2}) {
      shape.head_dim = dim;
      shape.kv_type = type;
      LlamaProgram program(c.context, shape, 3);
      LlamaSession session(c.context, program, 40, 2, 20);
      std::vector<float> logits = session.logits({{0, 0, prompt(35, 5)}, {1, 0, {7}}});
      for (float logit : logits)
        CHECK(std::isfinite(logit), "%d dimensions, cache type %u: a logit is %g", dim, type, static_cast<double>(logit));
    }
  shape.kv_type = LLM_KV_INT8;
  check_reference(shape, "256 dimensions, int8 cache", 0.999, 0.04);
}

// More query heads on a key head than a tile has rows are refused with the program, not with a step.
void check_many_heads() {
  Context c;
  LlamaShape shape;
  shape.layers = 1;
  shape.heads = 128;
  shape.kv_heads = 1;
  shape.head_dim = 16;
  LlamaProgram program(c.context, shape, 3); // as many as a tile over a bf16 cache
  llm_program_options options = program.options();
  options.kv_type = LLM_KV_INT8;
  llm_program *refused = nullptr;
  CHECK(llm_program_create(c.context, &options, &refused) == LLM_UNSUPPORTED && strstr(llm_last_error(), "128 query heads") != nullptr,
        "not refused: %s", llm_last_error());
}

// Copies of whole and part blocks, tokens taken from an earlier step's jobs, chains of copies.
void check_block_copies_and_tickets() {
  Context c(true);
  LlamaProgram program(c.context, LlamaShape(), 21);
  LlamaSession session(c.context, program, 33, 4, 20);
  session.logits({{0, 0, prompt(24, 77)}});
  StepInput first({{0, 24, {5}}}), second({{0, 25, {0}}}), fork({{1, 24, {5}}});
  first.ask_tokens(0);
  std::vector<float> logits[3];
  first.ask_logits(logits[0], session.vocabulary);
  second.ask_logits(logits[1], session.vocabulary);
  fork.ask_logits(logits[2], session.vocabulary);
  // To row 2's blocks, and from there to row 1's: the second copy needs the first.
  llm_block_op ops[4] = {{0, 0, 0, session.block(0, 0), session.block(2, 0), 16},
                         {0, 0, 0, session.block(2, 0), session.block(1, 0), 16},
                         {0, 0, 0, session.block(0, 1), session.block(2, 1), 8},
                         {0, 0, 0, session.block(2, 1), session.block(1, 1), 8}};
  llm_step a = first.step(), b = second.step(), f = fork.step();
  f.block_ops = ops;
  f.block_op_count = 4;
  uint64_t tickets[3];
  require(llm_step_submit(session.session, &a, &tickets[0]), "first");
  second.tokens[0] = {-1, 0, tickets[0]};
  require(llm_step_submit(session.session, &b, &tickets[1]), "second");
  require(llm_step_submit(session.session, &f, &tickets[2]), "fork");
  for (uint64_t ticket : tickets)
    require(llm_step_await(session.session, ticket, -1), "await");
  check_equal(logits[2], logits[0].data(), "copied blocks", 0);
  std::vector<float> again = session.logits({{0, 25, {first.results[0].token}}});
  check_equal(again, logits[1].data(), "a token by its ticket", 0);
}

// Hidden states times the head are the logits.
void check_hidden_states() {
  Context c;
  LlamaShape shape;
  LlamaProgram program(c.context, shape, 21);
  LlamaSession session(c.context, program, 33, 4, 20);
  StepInput input({{0, 0, prompt(20, 3)}});
  std::vector<float> logits, hidden(static_cast<size_t>(shape.hidden), NAN);
  input.ask_logits(logits, session.vocabulary);
  input.outputs.push_back({0, 19, hidden.data()});
  session.run(input);
  std::vector<float> head = program.values(program.embedding());
  for (size_t v = 0; v < logits.size(); v++) {
    double sum = 0, size = 0;
    for (size_t d = 0; d < hidden.size(); d++) {
      double product = static_cast<double>(head[v * hidden.size() + d]) * static_cast<double>(hidden[d]);
      sum += product;
      size += std::fabs(product);
    }
    CHECK(std::fabs(sum - static_cast<double>(logits[v])) <= 1e-5 * size, "logit %zu is %g, from hidden states %g", v,
          static_cast<double>(logits[v]), sum);
  }
}

// A wait that is cut short may be repeated; progress grows meanwhile.
void check_timeout_and_progress() {
  Context c;
  LlamaProgram program(c.context, LlamaShape(), 21);
  LlamaSession session(c.context, program, 33, 4, 20);
  uint64_t before = llm_session_progress(session.session), ticket;
  StepInput input({{0, 0, prompt(32, 3)}, {1, 0, {1}}});
  input.ask_tokens(0);
  llm_step step = input.step();
  require(llm_step_submit(session.session, &step, &ticket), "submit");
  llm_status status = llm_step_await(session.session, ticket, 0);
  CHECK(status == LLM_TIMEOUT || status == LLM_OK, "status %d", status); // a device may be that fast: the stand-in is
  if (status == LLM_TIMEOUT)
    require(llm_step_await(session.session, ticket, int64_t{60} * 1000000000), "the second wait");
  CHECK(input.results[0].token >= 0, "no token after a second wait");
  CHECK(llm_session_progress(session.session) > before, "no progress");
}

void check_that_there_is_no_profile() {
  Context c;
  LlamaProgram program(c.context, LlamaShape(), 21);
  LlamaSession session(c.context, program, 33, 4, 20);
  CHECK(llm_session_profile(session.session, 1, nullptr, 0) == LLM_UNSUPPORTED, "a profile");
  CHECK(strstr(llm_last_error(), "profile") != nullptr, "text: %s", llm_last_error());
  CHECK(llm_session_profile(nullptr, 1, nullptr, 0) == LLM_INVALID_ARGUMENT, "no session");
}

void check_memory() {
  Context c;
  LlamaProgram program(c.context, LlamaShape(), 21);
  llm_memory before, during, after;
  require(llm_context_memory(c.context, &before), "memory");
  {
    LlamaSession session(c.context, program, 33, 4, 40);
    chunked(session, 0, prompt(300, 1), 33);
    require(llm_context_memory(c.context, &during), "memory");
  }
  require(llm_context_memory(c.context, &after), "memory");
  CHECK(during.allocations > before.allocations && during.allocated_bytes > before.allocated_bytes, "nothing counted");
  CHECK(after.allocations == before.allocations && after.allocated_bytes == before.allocated_bytes, "a session leaves memory");
}

// What the device finds wrong ends the session, with the report's text; destruction works.
void check_finding() {
  Context c;
  LlamaProgram program(c.context, LlamaShape(), 21);
  llm_buffer *pool;
  uint64_t bytes;
  require(llm_program_block_bytes(program.program, &bytes), "block bytes");
  require(llm_buffer_create(c.context, 4 * bytes, &pool), "pool");
  std::vector<int32_t> tables = {0, 1, 2, 3};
  llm_session_options o = {4, 4, 4, 2, 4, 2, 2, 0, llm_buffer_data(pool), tables.data()};
  llm_session *session;
  require(llm_session_create(program.program, &o, &session), "session");
  llm_buffer_destroy(pool); // a caller's error that only the device can see
  StepInput input({{0, 0, {1}}});
  llm_step step = input.step();
  uint64_t ticket;
  require(llm_step_submit(session, &step, &ticket), "submit");
  CHECK(llm_step_await(session, ticket, -1) == LLM_FAILED, "no finding");
  CHECK(strstr(llm_last_error(), "rope_cache") != nullptr || strstr(llm_last_error(), "LAUNCH_FAILED") != nullptr,
        "not the finding: %s", llm_last_error());
  CHECK(llm_step_submit(session, &step, &ticket) == LLM_FAILED, "the session goes on");
  llm_session_destroy(session);
}

} // namespace
} // namespace llmserving_test

int main() {
  using namespace llmserving_test;
  check_references();
  check_head_dimensions();
  check_many_heads();
  check_block_copies_and_tickets();
  check_hidden_states();
  check_timeout_and_progress();
  check_that_there_is_no_profile();
  check_memory();
  check_finding();
  return finish();
}
