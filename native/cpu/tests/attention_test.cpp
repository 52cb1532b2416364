// Attention against softmax in double, over odd shapes. Bound in f32: 3e-5. In bf16 the reference rounds q, k and v to
// bf16 as the cache does; what remains is the rounding of weights (2^-8 of each at most), so with |v| <= 1 the bound is 2^-8.
#include "tests/attention_fixture.h"

namespace llmserving_test {
namespace {

double rounded(float x, uint32_t kv_type) {
  if (kv_type == LLM_KV_F32)
    return x;
  uint32_t bits;
  memcpy(&bits, &x, 4);
  bits = (bits + 0x7fff + ((bits >> 16) & 1)) & 0xffff0000u;
  memcpy(&x, &bits, 4);
  return x;
}

// Everything a table row's reference needs, position by position.
struct History {
  std::vector<std::vector<float>> tokens;

  History(const Fixture &f, int table_row, int length) {
    for (int p = 0; p < length; p++) {
      tokens.emplace_back(f.qkv_width());
      f.token(table_row, p, tokens.back().data());
    }
  }

  std::vector<double> attend(const Shape &s, int position, int head) const {
    size_t k_dim = static_cast<size_t>(s.k_dim), v_dim = static_cast<size_t>(s.v_dim);
    size_t kv = static_cast<size_t>(head / (s.heads / s.kv_heads));
    size_t k_at = static_cast<size_t>(s.heads) * k_dim + kv * k_dim;
    size_t v_at = static_cast<size_t>(s.heads + s.kv_heads) * k_dim + kv * v_dim;
    const std::vector<float> &query = tokens[static_cast<size_t>(position)];
    int start = s.window > 0 ? std::max(0, position - s.window + 1) : 0;
    std::vector<double> scores, out(v_dim, 0.0);
    double highest = -1e300, sum = 0;
    for (int p = start; p <= position; p++) {
      double dot = 0;
      for (size_t d = 0; d < k_dim; d++)
        dot += rounded(query[static_cast<size_t>(head) * k_dim + d], s.kv_type)
               * rounded(tokens[static_cast<size_t>(p)][k_at + d], s.kv_type);
      dot *= s.scale;
      if (s.soft_cap != 0)
        dot = s.soft_cap * std::tanh(dot / s.soft_cap);
      scores.push_back(dot);
      highest = std::max(highest, dot);
    }
    for (int p = start; p <= position; p++) {
      double weight = std::exp(scores[static_cast<size_t>(p - start)] - highest);
      sum += weight;
      for (size_t d = 0; d < v_dim; d++)
        out[d] += weight * rounded(tokens[static_cast<size_t>(p)][v_at + d], s.kv_type);
    }
    for (double &x : out)
      x /= sum;
    return out;
  }
};

void compare(Fixture &f, const std::vector<llm_sequence> &sequences, double bound) {
  f.run(sequences, 2);
  size_t row = 0;
  for (const llm_sequence &s : sequences) {
    History history(f, s.table_row, s.position + s.rows);
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

Shape random_shape(Random &random, llm_isa isa) {
  const int dims[] = {64, 80, 96, 128, 256, 8, 24, 72, 40};
  Shape s;
  s.isa = isa;
  s.kv_type = random.next() % 2;
  s.block_size = 16u << random.next() % 4;
  s.kv_heads = 1 + static_cast<int>(random.next() % 3);
  s.heads = s.kv_heads * (1 + static_cast<int>(random.next() % 9));
  s.k_dim = dims[random.next() % 9];
  s.v_dim = random.next() % 4 == 0 ? dims[random.next() % 9] : s.k_dim;
  s.window = random.next() % 2 == 0 ? 0 : 1 + static_cast<int>(random.next() % 200);
  s.soft_cap = random.next() % 3 == 0 ? 2.0f : 0;
  s.scale = 4.0f / std::sqrt(static_cast<float>(s.k_dim));
  return s;
}

// Three sequences of up to 700 tokens, filled in steps of odd sizes; blocks behind the window are freed and poisoned.
void random_case(llm_isa isa, uint32_t seed) {
  Random random(seed);
  Fixture f(random_shape(random, isa), seed);
  double bound = f.shape.kv_type == LLM_KV_F32 ? 3e-5 : 1.0 / 256;
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

void one_token_of_any_length(llm_isa isa) {
  Shape s;
  s.isa = isa;
  Fixture f(s, 5);
  std::vector<llm_sequence> fill = {sequence(0, 0, 700)};
  f.write(fill);
  for (int position = 0; position < 700; position += position < 150 ? 1 : 13)
    compare(f, {sequence(0, position, 1)}, 1.0 / 256);
}

} // namespace
} // namespace llmserving_test

int main() {
  using namespace llmserving_test;
  for (llm_isa isa : isas()) {
    for (uint32_t seed = 1; seed <= 40; seed++)
      random_case(isa, seed);
    one_token_of_any_length(isa);
  }
  return finish();
}
