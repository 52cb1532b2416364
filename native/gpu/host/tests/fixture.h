// What the tests of programs on the emulated device share.
#ifndef LLMSERVING_GPU_HOST_TESTS_FIXTURE_H
#define LLMSERVING_GPU_HOST_TESTS_FIXTURE_H

#include <cstring>

#include "tests/llama_session.h"

namespace llmserving_test {

struct Context {
  explicit Context(bool deterministic = false) {
    llm_context_options options = {1, LLM_ISA_AUTO, 0, 0, deterministic ? 1u : 0u, 0};
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

inline std::vector<int32_t> prompt(int length, int seed) {
  Random random(static_cast<uint64_t>(seed));
  std::vector<int32_t> tokens;
  for (int i = 0; i < length; i++)
    tokens.push_back(static_cast<int32_t>(random.next() % 101));
  return tokens;
}

inline std::vector<int32_t> slice(const std::vector<int32_t> &tokens, size_t first, size_t count) {
  auto begin = tokens.begin() + static_cast<long>(first);
  return std::vector<int32_t>(begin, begin + static_cast<long>(std::min(count, tokens.size() - first)));
}

// Logits of all rows of a prompt on a table row, in pieces.
inline std::vector<float> chunked(LlamaSession &session, int table_row, const std::vector<int32_t> &tokens, size_t piece) {
  std::vector<float> all;
  for (size_t at = 0; at < tokens.size(); at += piece) {
    std::vector<float> part = session.logits({{table_row, static_cast<int>(at), slice(tokens, at, piece)}}, true);
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

inline void check_equal(const std::vector<float> &actual, const float *expected, const char *what, int parameter) {
  size_t differ = 0;
  while (differ < actual.size() && memcmp(&actual[differ], expected + differ, 4) == 0)
    differ++;
  CHECK(differ == actual.size(), "%s %d: value %zu of %zu is %a, not %a", what, parameter, differ, actual.size(),
        static_cast<double>(actual[differ]), static_cast<double>(expected[differ]));
}

} // namespace llmserving_test

#endif
