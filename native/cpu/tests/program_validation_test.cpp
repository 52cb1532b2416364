// Malformed programs and steps are refused with a text, and random ones never crash: one field at a time, then many. For
// any library that has the ABI.
#include <cstring>
#include <functional>

#include "tests/llama_session.h"

namespace llmserving_test {
namespace {

// Everything a program's options point to, copied so that a test may spoil it.
struct ProgramInput {
  explicit ProgramInput(const LlamaProgram &p)
      : o(p.options()), ops(p.ops), widths(p.widths), tensors(p.tensors), caches(p.caches), group(p.group) {}

  llm_status create(llm_context *context) {
    o.ops = ops.data();
    o.widths = widths.data();
    o.tensors = tensors.data();
    o.caches = caches.data();
    o.groups = &group;
    llm_program *program = nullptr;
    llm_status status = llm_program_create(context, &o, &program);
    llm_program_destroy(program);
    return status;
  }

  llm_op &first(uint32_t kind) {
    for (llm_op &op : ops)
      if (op.kind == kind)
        return op;
    return ops[0];
  }

  llm_program_options o;
  std::vector<llm_op> ops;
  std::vector<uint32_t> widths;
  std::vector<llm_tensor> tensors;
  std::vector<llm_cache> caches;
  llm_kv_group group;
};

typedef std::function<void(ProgramInput &)> SpoilProgram;

const std::vector<SpoilProgram> &spoilt_programs() {
  static const std::vector<SpoilProgram> all = {
      [](ProgramInput &p) { p.o.block_size = 48; },
      [](ProgramInput &p) { p.o.kv_type = 6; },
      [](ProgramInput &p) { p.o.activations = LLM_ACTIVATIONS_F32; },
      [](ProgramInput &p) { p.o.vocabulary = 0; },
      [](ProgramInput &p) { p.o.vocabulary++; },
      [](ProgramInput &p) { p.o.hidden = -1; },
      [](ProgramInput &p) { p.o.hidden = 1 << 20; },
      [](ProgramInput &p) { p.o.head = 0; },
      [](ProgramInput &p) { p.o.head = -1; },
      [](ProgramInput &p) { p.o.op_count = 0; },
      [](ProgramInput &p) { p.o.group_count = 0; },
      [](ProgramInput &p) { p.group.window = -1; },
      [](ProgramInput &p) { p.widths[3] = 0; },
      [](ProgramInput &p) { p.widths[3]++; },
      [](ProgramInput &p) { p.widths[1] = 0xffffffff; },
      [](ProgramInput &p) { p.tensors[1].data = nullptr; },
      [](ProgramInput &p) { p.tensors[1].rows = 0; },
      [](ProgramInput &p) { p.tensors[1].columns = ~0ull; },
      [](ProgramInput &p) { p.tensors[1].bytes--; },
      [](ProgramInput &p) { p.tensors[1].storage = 7; },
      [](ProgramInput &p) { p.tensors[0].rows = 2; },
      [](ProgramInput &p) { p.tensors[0].bytes = 4; },
      [](ProgramInput &p) { p.caches[0].group = 1; },
      [](ProgramInput &p) { p.caches[1].layer = 0; },
      [](ProgramInput &p) { p.caches[0].heads = 0; },
      [](ProgramInput &p) { p.caches[0].heads = 3; },
      [](ProgramInput &p) { p.caches[0].k_dim = 12; },
      [](ProgramInput &p) { p.caches[0].v_dim = 1024; },
      [](ProgramInput &p) { p.ops[0].kind = 99; },
      [](ProgramInput &p) { p.ops[0].out = 5000; },
      [](ProgramInput &p) { p.ops[1].in[0] = 4; },
      [](ProgramInput &p) { p.ops[1].in[0] = -1; },
      [](ProgramInput &p) { p.ops[2].out = p.ops[1].out; },
      [](ProgramInput &p) { p.first(LLM_OP_NORM).weight[0] = -1; },
      [](ProgramInput &p) { p.first(LLM_OP_NORM).weight[0] = 1; },
      [](ProgramInput &p) { p.first(LLM_OP_NORM).i[0] = 2; },
      [](ProgramInput &p) { p.first(LLM_OP_LINEAR).i[0] = 5; },
      [](ProgramInput &p) { p.first(LLM_OP_LINEAR).i[0] = 2; },
      [](ProgramInput &p) { p.first(LLM_OP_LINEAR).weight[0] = 0; },
      [](ProgramInput &p) { p.first(LLM_OP_LINEAR).weight[4] = 1; },
      [](ProgramInput &p) { p.first(LLM_OP_ROPE_CACHE).i[0] = 1 << 30; },
      [](ProgramInput &p) { p.first(LLM_OP_ROPE_CACHE).i[1] = 9; },
      [](ProgramInput &p) { p.first(LLM_OP_ROPE_CACHE).i[2] = 7; },
      [](ProgramInput &p) { p.first(LLM_OP_ROPE_CACHE).i[3] = 3; },
      [](ProgramInput &p) { p.first(LLM_OP_ROPE_CACHE).weight[0] = -1; },
      [](ProgramInput &p) { p.first(LLM_OP_ATTENTION).i[0] = 3; },
      [](ProgramInput &p) { p.first(LLM_OP_ATTENTION).i[1] = -1; },
      [](ProgramInput &p) { p.first(LLM_OP_ACTIVATE_MULTIPLY).i[0] = 3; },
      [](ProgramInput &p) { p.first(LLM_OP_ADD).in[1] = -1; },
  };
  return all;
}

bool is_cpu(llm_context *context) {
  char text[1024];
  require(llm_context_describe(context, text, sizeof text), "describe");
  return strstr(text, "\"kind\":\"cpu\"") != nullptr;
}

// Types of keys and values that the device lacks are refused by name.
void check_kv_types(llm_context *context, const LlamaProgram &program) {
  for (uint32_t type = LLM_KV_F32; type <= LLM_KV_INT8; type++) {
    ProgramInput input(program);
    input.o.kv_type = type;
    bool fine = is_cpu(context) ? type <= LLM_KV_BF16 || type == LLM_KV_INT8 : type != LLM_KV_F32 && type != LLM_KV_F16;
    llm_status status = input.create(context);
    CHECK(fine ? status == LLM_OK : status == LLM_UNSUPPORTED && strstr(llm_last_error(), ", not ") != nullptr,
          "kv type %u: status %d, %s", type, status, llm_last_error());
  }
}

void check_buffer_writes(llm_context *context) {
  llm_buffer *buffer;
  require(llm_buffer_create(context, 100, &buffer), "buffer");
  uint8_t bytes[100] = {1, 2, 3};
  require(llm_buffer_write(buffer, 97, bytes, 3), "write");
  if (is_cpu(context))
    CHECK(memcmp(static_cast<uint8_t *>(llm_buffer_data(buffer)) + 97, bytes, 3) == 0, "written bytes are not there");
  CHECK(llm_buffer_write(buffer, 98, bytes, 3) == LLM_INVALID_ARGUMENT, "a write past the end");
  CHECK(llm_buffer_write(buffer, ~0ull, bytes, 3) == LLM_INVALID_ARGUMENT, "an offset that wraps");
  llm_buffer_destroy(buffer);
}

void check_probe() {
  char text[1024], shorter[8];
  require(llm_device_probe(text, sizeof text), "probe");
  CHECK(strncmp(text, "{\"kind\":\"", 9) == 0 && strstr(text, "\"usable\":true") != nullptr, "%s", text);
  require(llm_device_probe(shorter, sizeof shorter), "short probe");
  CHECK(strlen(shorter) == sizeof shorter - 1, "'%s' is not cut to size", shorter);
}

void check_programs(llm_context *context, const LlamaProgram &program) {
  CHECK(ProgramInput(program).create(context) == LLM_OK, "%s", llm_last_error());
  int number = 0;
  for (const SpoilProgram &spoil : spoilt_programs()) {
    ProgramInput input(program);
    spoil(input);
    llm_status status = input.create(context);
    CHECK(status == LLM_INVALID_ARGUMENT && llm_last_error()[0] != 0, "spoilt program %d: status %d", number, status);
    number++;
  }
}

struct StepCase {
  StepInput input;
  llm_block_op block_op;
  llm_target target = {0, 3, 0, 0};
  llm_sample_result target_result;
  std::vector<float> logits;
  llm_step step;

  explicit StepCase(LlamaSession &session)
      : input({{0, 0, {1, 2, 3}}, {1, 5, {4}}}), block_op{0, 0, 0, session.block(2, 0), session.block(3, 0), 5} {
    input.ask_tokens(0);
    input.ask_logits(logits, session.vocabulary);
    step = input.step();
    step.block_ops = &block_op;
    step.block_op_count = 1;
    step.targets = &target;
    step.target_count = 1;
    step.target_results = &target_result;
  }
};

typedef std::function<void(StepCase &)> SpoilStep;

const std::vector<SpoilStep> &spoilt_steps() {
  static const std::vector<SpoilStep> all = {
      [](StepCase &c) { c.step.token_count = 0; },
      [](StepCase &c) { c.step.token_count = 3; },
      [](StepCase &c) { c.step.token_count = 10000; },
      [](StepCase &c) { c.step.sequence_count = 1; },
      [](StepCase &c) { c.step.sequence_count = 100; },
      [](StepCase &c) { c.step.head_row_count = 100; },
      [](StepCase &c) { c.step.tokens = nullptr; },
      [](StepCase &c) { c.step.sequences = nullptr; },
      [](StepCase &c) { c.step.items = nullptr; },
      [](StepCase &c) { c.step.item_sequences = nullptr; },
      [](StepCase &c) { c.step.head_rows = nullptr; },
      [](StepCase &c) { c.step.results = nullptr; },
      [](StepCase &c) { c.step.target_results = nullptr; },
      [](StepCase &c) { c.step.block_ops = nullptr; },
      [](StepCase &c) { c.step.outputs = nullptr; },
      [](StepCase &c) { c.step.top_stride = 3; },
      [](StepCase &c) { c.input.tokens[1].id = 101; },
      [](StepCase &c) { c.input.tokens[1].id = -1; },
      [](StepCase &c) { c.input.tokens[1] = {-1, 0, 77}; },
      [](StepCase &c) { c.input.tokens[1] = {-1, 0, 0}; },
      [](StepCase &c) { c.input.sequences[0].rows = 2; },
      [](StepCase &c) { c.input.sequences[0].first_row = 1; },
      [](StepCase &c) { c.input.sequences[1].rows = 0; },
      [](StepCase &c) { c.input.sequences[1].position = -1; },
      [](StepCase &c) { c.input.sequences[1].position = 0x7fffffff; },
      [](StepCase &c) { c.input.sequences[1].table_row = 4; },
      [](StepCase &c) { c.input.sequences[1].table_row = -1; },
      [](StepCase &c) { c.input.items[0].group = 1; },
      [](StepCase &c) { c.input.items[0].mode = 2; },
      [](StepCase &c) { c.input.items[0].first = 5; },
      [](StepCase &c) { c.input.items[0].count = 2; },
      [](StepCase &c) { c.input.items[0].count = 0; },
      [](StepCase &c) { c.input.items[0].first_chunk = 1; },
      [](StepCase &c) { c.input.items[0].chunks = 0x7fffffff; },
      [](StepCase &c) { c.input.items[0].first = 1; },
      [](StepCase &c) { c.input.items[0] = {0, LLM_ATTENTION_PARTIAL, 0, 1, 0, 2}; c.step.item_count = 1; },
      [](StepCase &c) { c.step.item_count = 1; },
      [](StepCase &c) { c.input.item_sequences[0] = 2; },
      [](StepCase &c) { c.input.head_rows[0] = 4; },
      [](StepCase &c) { c.input.head_rows[0] = -1; },
      [](StepCase &c) { c.input.head_rows[1] = 0; },
      [](StepCase &c) { c.input.jobs[0].row = 2; },
      [](StepCase &c) { c.input.jobs[0].slot = 4; },
      [](StepCase &c) { c.input.jobs[0].mask = -2; },
      [](StepCase &c) { c.target.row = -1; },
      [](StepCase &c) { c.target.token = 101; },
      [](StepCase &c) { c.input.outputs[0].kind = 2; },
      [](StepCase &c) { c.input.outputs[0].row = 2; },
      [](StepCase &c) { c.input.outputs[0].data = nullptr; },
      [](StepCase &c) { c.block_op.kind = 1; },
      [](StepCase &c) { c.block_op.after = 2; },
      [](StepCase &c) { c.block_op.group = -1; },
      [](StepCase &c) { c.block_op.source = 1 << 20; },
      [](StepCase &c) { c.block_op.target = -1; },
      [](StepCase &c) { c.block_op.tokens = 17; },
  };
  return all;
}

void check_steps(LlamaSession &session) {
  int number = 0;
  for (const SpoilStep &spoil : spoilt_steps()) {
    StepCase c(session);
    spoil(c);
    uint64_t ticket;
    llm_status status = llm_step_submit(session.session, &c.step, &ticket);
    CHECK(status == LLM_INVALID_ARGUMENT && llm_last_error()[0] != 0, "spoilt step %d: status %d", number, status);
    if (status == LLM_OK)
      llm_step_await(session.session, ticket, -1);
    number++;
  }
  StepCase missing_mask(session);
  missing_mask.input.jobs[0].mask = 0;
  uint64_t ticket;
  require(llm_step_submit(session.session, &missing_mask.step, &ticket), "submit");
  CHECK(llm_step_await(session.session, ticket + 1, -1) == LLM_INVALID_ARGUMENT, "a later ticket");
  CHECK(llm_step_await(session.session, ticket, -1) == LLM_INVALID_ARGUMENT, "no mask was given");
  std::vector<uint32_t> words(4, 0xffffffff);
  CHECK(llm_step_masks(session.session, ticket, words.data(), 1, 3) == LLM_INVALID_ARGUMENT, "97..100 have no bits");
  require(llm_step_masks(session.session, ticket, words.data(), 1, 4), "masks");
  require(llm_step_await(session.session, ticket, -1), "await after masks");
}

void check_null_arguments(llm_context *context) {
  llm_program *program = nullptr;
  llm_session *session = nullptr;
  llm_step step = {};
  uint64_t number;
  CHECK(llm_program_create(context, nullptr, &program) == LLM_INVALID_ARGUMENT, "no options");
  CHECK(llm_session_create(nullptr, nullptr, &session) == LLM_INVALID_ARGUMENT, "no program");
  CHECK(llm_step_submit(nullptr, &step, &number) == LLM_INVALID_ARGUMENT, "no session");
  CHECK(llm_step_await(nullptr, 1, -1) == LLM_INVALID_ARGUMENT, "no session");
  CHECK(llm_program_block_bytes(nullptr, &number) == LLM_INVALID_ARGUMENT, "no program");
  CHECK(llm_context_memory(nullptr, nullptr) == LLM_INVALID_ARGUMENT, "no context");
}

// Overwrites some 32-bit words of an array with numbers that are likely to hurt.
template <class T> void mutate(std::vector<T> &array, Random &random) {
  if (array.empty() || random.next() % 3 != 0)
    return;
  static const int32_t odd[] = {0, 1, -1, 2, 3, 7, 16, 31, 64, 128, 1000, 1 << 16, 1 << 24, 0x7fffffff, -0x7fffffff - 1};
  int32_t *words = reinterpret_cast<int32_t *>(array.data() + random.next() % array.size());
  words[random.next() % (sizeof(T) / 4)] = odd[random.next() % (sizeof odd / sizeof odd[0])];
}

// Fields only: what arrays' lengths and addresses say is the caller's word.
void fuzz_programs(llm_context *context, const LlamaProgram &program, uint64_t seed, int rounds) {
  Random random(seed);
  int fine = 0;
  for (int round = 0; round < rounds; round++) {
    ProgramInput input(program);
    for (int i = 0; i < 4; i++) {
      mutate(input.ops, random);
      mutate(input.widths, random);
      mutate(input.caches, random);
    }
    if (random.next() % 4 == 0) {
      llm_tensor &t = input.tensors[random.next() % input.tensors.size()];
      (random.next() % 2 == 0 ? t.rows : t.columns) = random.next() % 3 == 0 ? ~0ull : random.next() % 300;
    }
    llm_status status = input.create(context);
    fine += status == LLM_OK ? 1 : 0;
    CHECK(status == LLM_OK || status == LLM_INVALID_ARGUMENT || status == LLM_UNSUPPORTED, "seed %llu round %d: status %d",
          static_cast<unsigned long long>(seed), round, status);
  }
  printf("fuzz seed %llu: %d of %d programs were fine\n", static_cast<unsigned long long>(seed), fine, rounds);
}

void fuzz_steps(LlamaSession &session, uint64_t seed, int rounds) {
  Random random(seed);
  int fine = 0;
  for (int round = 0; round < rounds; round++) {
    StepCase c(session);
    mutate(c.input.tokens, random);
    mutate(c.input.sequences, random);
    mutate(c.input.items, random);
    mutate(c.input.item_sequences, random);
    mutate(c.input.head_rows, random);
    mutate(c.input.jobs, random);
    uint64_t ticket;
    llm_status status = llm_step_submit(session.session, &c.step, &ticket);
    CHECK(status == LLM_OK || status == LLM_INVALID_ARGUMENT || status == LLM_UNSUPPORTED, "seed %llu round %d: status %d",
          static_cast<unsigned long long>(seed), round, status);
    if (status != LLM_OK)
      continue;
    fine++;
    std::vector<uint32_t> words(4 * 1001, 0xffffffff);
    llm_step_masks(session.session, ticket, words.data(), 1001, 4);
    if (llm_step_await(session.session, ticket, -1) == LLM_OK)
      continue;
    c.input.jobs[0].mask = c.input.jobs[1].mask = -1; // a mask that is not there
    require(llm_step_await(session.session, ticket, -1), "await without masks");
  }
  printf("fuzz seed %llu: %d of %d steps were fine\n", static_cast<unsigned long long>(seed), fine, rounds);
}

} // namespace
} // namespace llmserving_test

int main() {
  using namespace llmserving_test;
  llm_context_options options = {2, LLM_ISA_AUTO, 50, 0, 0, 0};
  llm_context *context;
  require(llm_context_create(&options, &context), "context");
  {
    LlamaProgram program(context, LlamaShape(), 1);
    LlamaSession session(context, program, 33, 4, 10);
    check_null_arguments(context);
    check_programs(context, program);
    check_kv_types(context, program);
    check_buffer_writes(context);
    check_probe();
    check_steps(session);
    bool cpu = is_cpu(context); // an emulated step takes a hundred times as long
    fuzz_programs(context, program, 11, cpu ? 20000 : 3000);
    fuzz_steps(session, 12, cpu ? 5000 : 400);
    session.logits({{0, 0, {1, 2, 3}}});
  }
  llm_context_destroy(context);
  return finish();
}
