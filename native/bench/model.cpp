// Steps of a program with random weights, in the shape of SmolLM2-135M or of 1.17 billion weights, through the C ABI:
// prefill and decode.
#include <algorithm>
#include <cstdio>
#include <memory>

#include "bench/bench.h"
#include "bench/types.h"
#include "linear/linear.h"
#include "tests/llama_session.h"

namespace llmserving_bench {
namespace {

using namespace llmserving_test;

LlamaShape smollm2(uint32_t kv_type) {
  LlamaShape s;
  s.kv_type = kv_type;
  s.layers = 30;
  s.hidden = 576;
  s.heads = 9;
  s.kv_heads = 3;
  s.head_dim = 64;
  s.ffn = 1536;
  s.vocabulary = 49152;
  s.block_size = 32;
  return s;
}

LlamaShape large(uint32_t kv_type) {
  LlamaShape s = smollm2(kv_type);
  s.layers = 16;
  s.hidden = 2048;
  s.heads = 32;
  s.kv_heads = 8;
  s.ffn = 8192;
  return s;
}

const Named &layer_type(const Options &options) {
  for (const Named &type : kTypes)
    if (std::count(options.only.begin(), options.only.end(), type.name) > 0)
      return type;
  return kTypes[1];
}

std::vector<int32_t> tokens(int count, int seed) {
  std::vector<int32_t> result;
  for (int i = 0; i < count; i++)
    result.push_back((i * 7919 + seed) % 49152);
  return result;
}

void start_profile(llm_session *session) { require(llm_session_profile(session, 1, nullptr, 0), "profile"); }

void print_profile(llm_session *session, int steps) {
  static const char *const names[] = {"other", "embed", "linear", "norm", "rope", "attention", "activate", "add", "head", "sample", "wait"};
  uint64_t nanos[LLM_PROFILE_KINDS];
  require(llm_session_profile(session, 0, nanos, LLM_PROFILE_KINDS), "profile");
  printf("      us a step:");
  for (int kind = 0; kind < LLM_PROFILE_KINDS; kind++)
    if (nanos[kind] > 0)
      printf(" %s %.0f", names[kind], static_cast<double>(nanos[kind]) / 1e3 / steps);
  printf("\n");
}

// A sequence's first tokens, of which the session takes 512 in a step.
void begin(LlamaSession &session, int sequence, int count) {
  for (int at = 0; at < count; at += 512)
    session.logits({{sequence, at, tokens(std::min(512, count - at), sequence)}});
}

void prefill(LlamaSession &session, int count, int before, const Options &options) {
  begin(session, 0, before);
  StepInput input({{0, before, tokens(count, 1)}});
  input.ask_tokens(0);
  session.run(input);
  start_profile(session.session);
  int steps = 0;
  double took = best_of(4 * options.budget, [&] {
    session.run(input);
    steps++;
  });
  printf("    prefill %4d after %4d: %7.0f tokens/s  (%.2f ms)\n", count, before, count / took, took * 1e3);
  print_profile(session.session, steps);
}

// What a step reads of the program's matrices, in bytes.
double weight_bytes(const LlamaShape &s, uint32_t isa) {
  auto matrix = [&](uint32_t type, int rows, int columns) {
    return static_cast<double>(llmserving::packed_bytes(static_cast<llm_isa>(isa), static_cast<llm_type>(type),
                                                        static_cast<size_t>(rows), static_cast<size_t>(columns)));
  };
  double layer = matrix(s.layer_type, s.q_width() + 2 * s.kv_width() + 2 * s.ffn, s.hidden) +
                 matrix(s.layer_type, s.hidden, s.q_width()) + matrix(s.layer_type, s.hidden, s.ffn);
  return s.layers * layer + matrix(s.head_type, s.vocabulary, s.hidden);
}

// One step that decodes a token of each of `batch` sequences at a context; repeated, which leaves the cache as it is. Passes
// of reads between the steps tell how near they are to what memory gives.
void decode(LlamaSession &session, const LlamaShape &shape, const Reads &reads, int batch, int context, const Options &options) {
  std::vector<Part> parts;
  for (int i = 0; i < batch; i++) {
    begin(session, i, context);
    parts.push_back({i, context, tokens(1, i)});
  }
  StepInput input(parts);
  input.ask_tokens(0);
  session.run(input);
  start_profile(session.session);
  int steps = 0;
  InTurns took = in_turns(reads, 4 * options.budget, weight_bytes(shape, options.isa), [&] {
    session.run(input);
    steps++;
  });
  printf("    decode, %2d at %4d: %7.1f tokens/s  (%.3f ms, weights at %.0f %% of reads)\n", batch, context, batch / took.best,
         took.best * 1e3, 100 * took.of_reads);
  print_profile(session.session, steps);
}

} // namespace

void bench_model(const Options &options) {
  llm_context_options co = {static_cast<uint32_t>(options.threads), options.isa, 50, 0, 0, 0};
  llm_context *context;
  require(llm_context_create(&co, &context), "context");
  char text[512];
  require(llm_context_describe(context, text, sizeof text), "describe");
  const Named &type = layer_type(options);
  printf("%s, %s with a Q8_0 head, random weights: %s\n", options.large ? "1.17 billion weights" : "SmolLM2-135M's shape",
         type.name, text);
  std::vector<std::string> steps = options.only;
  steps.erase(std::remove(steps.begin(), steps.end(), type.name), steps.end());
  if (steps.empty())
    steps = {"d1@16",  "d1@128",  "d1@512", "d1@2048", "d1@2048:int8", "d2@128", "d4@128", "d8@128",
             "d16@128", "d32@128", "d8@1024", "d8@1024:int8", "p8", "p64", "p512", "p512:int8"};
  Reads reads(options.threads);
  for (bool int8 : {false, true}) {
    uint32_t kv_type = int8 ? LLM_KV_INT8 : LLM_KV_BF16;
    LlamaShape shape = options.large ? large(kv_type) : smollm2(kv_type);
    shape.layer_type = type.type;
    LlamaProgram program(context, shape, 1);
    LlamaSession session(context, program, 512, 32, 80);
    for (const std::string &step : steps) {
      int count, at = 0;
      if (int8 != (step.find(":int8") != std::string::npos))
        continue;
      if (sscanf(step.c_str(), "d%d@%d", &count, &at) == 2)
        decode(session, shape, reads, count, at, options);
      else if (sscanf(step.c_str(), "p%d@%d", &count, &at) >= 1)
        prefill(session, count, at, options);
    }
  }
  llm_context_destroy(context);
}

} // namespace llmserving_bench
