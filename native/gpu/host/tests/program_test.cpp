// Steps of small programs through the C ABI on the emulated device: against a reference in double precision, which the
// CPU's exact mode is held to as well, and against each other, bit by bit.
#include <cstring>

#include "tests/llama_session.h"
#include "tests/program_reference.h"

namespace llmserving_test {
namespace {

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

std::vector<float> chunked(LlamaSession &session, int table_row, const std::vector<int32_t> &tokens, size_t piece) {
  std::vector<float> all;
  for (size_t at = 0; at < tokens.size(); at += piece) {
    std::vector<float> part = session.logits({{table_row, static_cast<int>(at), slice(tokens, at, piece)}}, true);
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

// bf16 activations with f32 sums and an f32 residual stream: a cosine above 0.999 at every position, and errors within
// 4 % of the largest logit.
void check_reference(const LlamaShape &shape, const char *what) {
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
    CHECK(cosine > 0.999 && worst <= 0.04 * largest, "%s, position %zu: error %g of %g, cosine %.6f", what, row, worst,
          largest, cosine);
  }
  printf("%s: least cosine %.6f, greatest error %.2f %% of the largest logit\n", what, least, 100 * greatest);
}

} // namespace
} // namespace llmserving_test

int main() {
  using namespace llmserving_test;
  LlamaShape shape;
  check_reference(shape, "Q4_1");
  return finish();
}
