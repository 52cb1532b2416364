// What the host code asks of a device, call by call: the order of a step's calls, what must not happen inside one, and
// that nothing leaks, hangs or goes on after a failure, wherever it strikes.
#include <cstring>
#include <memory>

#include "drivers/recording.h"
#include "tests/llama_session.h"

namespace llmserving_test {
namespace {

using llmserving::Call;
using llmserving::Fault;
using llmserving::recorder;

llm_context *open() {
  llm_context_options options = {1, LLM_ISA_AUTO, 0, 0, 0, 0};
  llm_context *context = nullptr;
  require(llm_context_create(&options, &context), "context");
  return context;
}

const Call kStepCalls[] = {Call::Upload, Call::Download, Call::Record, Call::Launch, Call::LaunchGraph};

// A step of `rows` sequences at a position, each choosing a token.
void decode(LlamaSession &session, int rows, int position) {
  std::vector<Part> parts;
  for (int i = 0; i < rows; i++)
    parts.push_back({i, position, {i}});
  StepInput input(parts);
  input.ask_tokens(position);
  session.run(input);
}

void forbid_in_steps(bool forbidden) {
  recorder().forbid(Call::Allocate, forbidden);
  recorder().forbid(Call::Free, forbidden);
}

void print_violations(const char *what) {
  for (const std::string &violation : recorder().violations)
    CHECK(false, "%s: %s", what, violation.c_str());
}

// Of a step that decodes: one upload, a graph, the head, the sampler, one download, one event, and then the wait.
void check_decode_step() {
  llm_context *context = open();
  {
    LlamaProgram program(context, LlamaShape(), 1);
    LlamaSession session(context, program, 33, 8, 10);
    decode(session, 3, 0);
    CHECK(recorder().count(Call::BeginCapture) == 1 && recorder().count(Call::EndCapture) == 1, "no graph was captured");
    print_violations("a step that captures");
    recorder().reset();
    forbid_in_steps(true);
    decode(session, 3, 1);
    print_violations("a steady step");
    std::vector<Call> order;
    std::vector<std::string> kernels;
    for (const llmserving::RecordedCall &c : recorder().calls) {
      order.push_back(c.call);
      if (c.call == Call::Launch)
        kernels.push_back(c.name);
    }
    std::vector<Call> expected = {Call::Upload, Call::LaunchGraph, Call::Launch,     Call::Launch,
                                  Call::Download, Call::Record,      Call::Synchronize};
    CHECK(order == expected, "%zu calls, not upload, graph, head, sampler, download, event, wait", order.size());
    CHECK(kernels.size() == 2 && kernels[0].compare(0, 7, "linear_") == 0 && kernels[1].compare(0, 7, "sample_") == 0,
          "the kernels are not the head and the sampler");
    recorder().reset();
    decode(session, 4, 16); // the same size of pass; new blocks: their cells are uploaded with the rest
    CHECK(recorder().count(Call::Upload) == 1 && recorder().count(Call::LaunchGraph) == 1 &&
              recorder().count(Call::Launch) == 3 && recorder().count(Call::BeginCapture) == 0,
          "a padded step: %d uploads, %d graphs, %d launches", recorder().count(Call::Upload),
          recorder().count(Call::LaunchGraph), recorder().count(Call::Launch));
  }
  llm_context_destroy(context);
  recorder().reset();
}

// Kernels of the graph of a step that decodes three long sequences, whose attention is split.
std::vector<std::string> kernels_of_decode_step(const LlamaShape &shape) {
  std::vector<std::string> kernels;
  llm_context *context = open();
  {
    LlamaProgram program(context, shape, 1);
    LlamaSession session(context, program, 33, 8, 100);
    decode(session, 3, 1500);
    bool capturing = false;
    for (const llmserving::RecordedCall &c : recorder().calls) {
      capturing = c.call == Call::BeginCapture || (capturing && c.call != Call::EndCapture);
      if (capturing && c.call == Call::Launch)
        kernels.push_back(c.name);
    }
  }
  llm_context_destroy(context);
  recorder().reset();
  return kernels;
}

int count(const std::vector<std::string> &kernels, const char *part) {
  int found = 0;
  for (const std::string &kernel : kernels)
    found += kernel.find(part) != std::string::npos;
  return found;
}

// Launches of a layer of a dense model: norm, projections, rotation, attention, output, norm, projections, activation,
// output. Attention is one of them, whatever it is split into, for few heads per key head and for many.
void check_launches_per_layer() {
  for (int heads : {4, 16}) {
    LlamaShape shape, taller;
    shape.heads = taller.heads = heads;
    taller.layers = shape.layers + 3;
    std::vector<std::string> few = kernels_of_decode_step(shape), more = kernels_of_decode_step(taller);
    size_t per_layer = (more.size() - few.size()) / 3;
    CHECK(more.size() == few.size() + 3 * per_layer && per_layer > 0 && per_layer <= 9, "%zu launches per layer", per_layer);
    CHECK(count(few, "_attention_") == shape.layers && count(few, "merge_") == 0, "%d launches of attention and %d of merges",
          count(few, "_attention_"), count(few, "merge_"));
    CHECK(count(few, "linear_") == 4 * shape.layers, "%d launches of products in %d layers", count(few, "linear_"), shape.layers);
    shape.value_type = LLM_TYPE_Q8_0; // a launch of its own: its weights lie otherwise
    few = kernels_of_decode_step(shape);
    CHECK(count(few, "linear_") == 5 * shape.layers, "%d launches of products of two families", count(few, "linear_"));
  }
}

// Steps may be submitted while others run: nothing waits before the event of the step that is awaited.
void check_overlap() {
  llm_context *context = open();
  {
    LlamaProgram program(context, LlamaShape(), 1);
    LlamaSession session(context, program, 33, 4, 10);
    decode(session, 2, 0);
    recorder().reset();
    forbid_in_steps(true);
    recorder().forbid(Call::Synchronize, true);
    StepInput first({{0, 1, {5}}, {1, 1, {6}}}), second({{0, 2, {0}}, {1, 2, {0}}});
    first.ask_tokens(1);
    second.ask_tokens(2);
    llm_step a = first.step(), b = second.step();
    uint64_t tickets[2];
    require(llm_step_submit(session.session, &a, &tickets[0]), "first");
    second.tokens[0] = {-1, 0, tickets[0]};
    second.tokens[1] = {-1, 1, tickets[0]};
    require(llm_step_submit(session.session, &b, &tickets[1]), "second");
    print_violations("two steps in flight");
    recorder().forbid(Call::Synchronize, false);
    for (uint64_t ticket : tickets)
      require(llm_step_await(session.session, ticket, -1), "await");
    CHECK(recorder().count(Call::Synchronize) == 2, "%d waits for two steps", recorder().count(Call::Synchronize));
  }
  llm_context_destroy(context);
  recorder().reset();
}

// A masked step's head and sampler, and all of the steps behind it, wait for the masks.
void check_masks_hold_the_sampler_back() {
  llm_context *context = open();
  {
    LlamaProgram program(context, LlamaShape(), 1);
    LlamaSession session(context, program, 33, 4, 10);
    decode(session, 1, 0);
    recorder().reset();
    StepInput masked({{0, 1, {5}}}), next({{0, 2, {0}}});
    masked.ask_tokens(1);
    masked.jobs[0].mask = 0;
    next.ask_tokens(2);
    llm_step a = masked.step(), b = next.step();
    a.masked = 1;
    uint64_t tickets[2];
    require(llm_step_submit(session.session, &a, &tickets[0]), "masked");
    next.tokens[0] = {-1, 0, tickets[0]};
    require(llm_step_submit(session.session, &b, &tickets[1]), "next");
    CHECK(recorder().count(Call::LaunchGraph) == 1 && recorder().count(Call::Launch) == 0, "more than the forward pass");
    std::vector<uint32_t> words(4, 0xffffffff);
    require(llm_step_masks(session.session, tickets[0], words.data(), 1, 4), "masks");
    CHECK(recorder().count(Call::LaunchGraph) == 2 && recorder().count(Call::Upload) == 3 &&
              recorder().count(Call::Download) == 2,
          "masks did not let both steps go on");
    for (uint64_t ticket : tickets)
      require(llm_step_await(session.session, ticket, -1), "await");
  }
  llm_context_destroy(context);
  recorder().reset();
}

// A program, a session, a slot and three steps; the first status that is not fine. started: a session was there.
llm_status scenario(llm_context *context, const LlamaProgram &model, bool *started) {
  llm_program_options po = model.options();
  llm_program *program = nullptr;
  llm_buffer *pool = nullptr;
  llm_session *session = nullptr;
  std::vector<int32_t> tables = {0, 1, 2, 3};
  uint64_t bytes = 0;
  llm_status status = llm_program_create(context, &po, &program);
  if (status == LLM_OK)
    status = llm_program_block_bytes(program, &bytes);
  if (status == LLM_OK)
    status = llm_buffer_create(context, 4 * bytes, &pool);
  if (status == LLM_OK) {
    llm_session_options so = {};
    so.max_tokens = so.max_sequences = so.max_head_rows = 4;
    so.slots = so.table_rows = 2;
    so.table_columns = 2;
    so.blocks = 4;
    so.pool = llm_buffer_data(pool);
    so.tables = tables.data();
    status = llm_session_create(program, &so, &session);
  }
  *started = status == LLM_OK;
  llm_slot slot = {};
  slot.logprobs = -1;
  slot.top_p = 1;
  slot.repetition = 1.5f;
  if (status == LLM_OK)
    status = llm_slot_set(session, &slot);
  llm_status slot_status = status;
  for (int position = 0; position < 3 && status == LLM_OK; position++) {
    StepInput input({{0, position, {1}}});
    input.ask_tokens(position);
    llm_step step = input.step();
    uint64_t ticket = 0, other;
    status = llm_step_submit(session, &step, &ticket);
    if (status == LLM_OK)
      status = llm_step_await(session, ticket, -1);
    if (status != LLM_OK) // then it stays unusable
      CHECK(llm_step_submit(session, &step, &other) == LLM_FAILED, "a session goes on after a failure");
  }
  (void)slot_status;
  llm_session_destroy(session);
  llm_buffer_destroy(pool);
  llm_program_destroy(program);
  return status;
}

// Lets the n-th call of a kind fail, for every n.
void check_failures(Call call, Fault fault, llm_status expected) {
  llm_context *context = open();
  int n = 0, failed = 0;
  {
    LlamaProgram model(context, LlamaShape(), 1);
    llm_memory before, after;
    require(llm_context_memory(context, &before), "memory");
    size_t memory = recorder().memory.size(), objects = recorder().objects.size();
    for (; n < 2000; n++) {
      recorder().reset();
      recorder().fail(call, n, fault);
      bool started;
      llm_status status = scenario(context, model, &started);
      std::string text = llm_last_error();
      recorder().reset(); // a lost device comes back: the next scenario starts anew
      require(llm_context_memory(context, &after), "memory");
      CHECK(recorder().memory.size() == memory && recorder().objects.size() == objects &&
                after.allocations == before.allocations && after.allocated_bytes == before.allocated_bytes,
            "call %d, its %d-th: %zu allocations and %zu objects more", static_cast<int>(call), n,
            recorder().memory.size() - memory, recorder().objects.size() - objects);
      if (status == LLM_OK)
        break;
      failed++;
      CHECK(status == expected, "call %d, its %d-th: status %d, %s", static_cast<int>(call), n, status, text.c_str());
      if (expected == LLM_OUT_OF_MEMORY)
        CHECK(text.find("wanted for") != std::string::npos && text.find("are free") != std::string::npos, "%s", text.c_str());
    }
  }
  CHECK(failed > 0 && n < 2000, "call %d failed %d times", static_cast<int>(call), failed);
  llm_context_destroy(context);
  CHECK(recorder().memory.empty() && recorder().objects.empty(), "the context left something");
  recorder().reset();
}

// A context that cannot be made leaves nothing.
void check_context_failures() {
  for (int n = 0; n < 1; n++) {
    recorder().fail(Call::Allocate, n, Fault::OutOfMemory);
    llm_context_options options = {1, LLM_ISA_AUTO, 0, 0, 0, 0};
    llm_context *context = nullptr;
    CHECK(llm_context_create(&options, &context) == LLM_OUT_OF_MEMORY, "a context without memory");
    CHECK(recorder().memory.empty() && recorder().objects.empty(), "a failed context left something");
    recorder().reset();
  }
}

} // namespace
} // namespace llmserving_test

int main() {
  using namespace llmserving_test;
  check_decode_step();
  check_launches_per_layer();
  check_overlap();
  check_masks_hold_the_sampler_back();
  check_context_failures();
  check_failures(Call::Allocate, Fault::OutOfMemory, LLM_OUT_OF_MEMORY);
  for (Fault fault : {Fault::Failed, Fault::DeviceLost})
    for (Call call : {Call::Launch, Call::LaunchGraph, Call::Upload, Call::Download, Call::Record, Call::Synchronize,
                      Call::BeginCapture, Call::EndCapture})
      check_failures(call, fault, LLM_FAILED);
  return finish();
}
