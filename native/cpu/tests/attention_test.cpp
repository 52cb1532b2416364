// Attention against softmax in double over what the cache holds, with odd shapes. Bound in f32: 3e-5. In bf16 the reference
// rounds q too; what remains is the rounding of weights (2^-8 of each at most), so with |v| <= 1 the bound is 2^-8. Over
// int8 codes, q and weights have 2^-16 of their greatest as largest error; observed are 1e-4, and the bound is 5e-4.
#include "tests/attention_reference.h"

namespace llmserving_test {
namespace {

void compare(Fixture &f, const std::vector<llm_sequence> &sequences, double bound) {
  f.run(sequences, 2);
  size_t row = 0;
  for (const llm_sequence &s : sequences) {
    History history(f, s.table_row, s.position + s.rows, true);
    for (int t = 0; t < s.rows; t++, row++) {
      if (t % 7 != 0 && t + 3 < s.rows)
        continue; // the reference is slow
      for (int h = 0; h < f.shape.heads; h++) {
        std::vector<double> expected = history.attend(f.shape, s.position + t, h);
        double worst = 0;
        for (size_t d = 0; d < expected.size(); d++) {
          double error = std::fabs(f.result(row, h)[d] - expected[d]);
          worst = error > worst || !(error == error) ? error : worst;
        }
        CHECK(worst <= bound,
              "isa %d kv %u block %u heads %d/%d dims %d/%d window %d cap %g position %d head %d seed %u: %g > %g",
              f.shape.isa, f.shape.kv_type, f.shape.block_size, f.shape.heads, f.shape.kv_heads, f.shape.k_dim,
              f.shape.v_dim, f.shape.window, f.shape.soft_cap, s.position + t, h, f.seed, worst, bound);
      }
    }
  }
}

// Three sequences of up to 700 tokens, filled in steps of odd sizes; blocks behind the window are freed and poisoned.
void random_case(llm_isa isa, uint32_t seed) {
  Random random(seed);
  Fixture f(random_shape(random, isa), seed);
  double bound = f.shape.kv_type == LLM_KV_F32 ? 3e-5 : f.shape.kv_type == LLM_KV_INT8 ? 5e-4 : 1.0 / 256;
  int length[3] = {0, 0, 0};
  for (int step = 0; step < 4; step++) {
    std::vector<llm_sequence> sequences;
    for (int i = 0; i < 3; i++) {
      int rows = step == 3 ? 1 : static_cast<int>(random.next() % (step == 1 ? 230 : 20));
      if (rows == 0)
        continue;
      f.free_behind_window(i, length[i]);
      sequences.push_back(sequence(i, length[i], rows));
      length[i] += rows;
    }
    if (!sequences.empty())
      compare(f, sequences, bound);
  }
}

void one_token_of_any_length(llm_isa isa, uint32_t kv_type, double bound) {
  Shape s;
  s.isa = isa;
  s.kv_type = kv_type;
  Fixture f(s, 5);
  std::vector<llm_sequence> fill = {sequence(0, 0, 700)};
  f.write(fill);
  for (int position = 0; position < 700; position += position < 150 ? 1 : 13)
    compare(f, {sequence(0, position, 1)}, bound);
}

} // namespace
} // namespace llmserving_test

int main() {
  using namespace llmserving_test;
  for (llm_isa isa : available_isas()) {
    for (uint32_t seed = 1; seed <= 60; seed++)
      random_case(isa, seed);
    one_token_of_any_length(isa, LLM_KV_BF16, 1.0 / 256);
    one_token_of_any_length(isa, LLM_KV_INT8, 5e-4);
  }
  return finish();
}
