// Attention over int8 keys and values: instruction sets against the scalar twin, and all against values that were never
// rounded.
#include "tests/attention_reference.h"

namespace llmserving_test {
namespace {

// The codes and scales that two sets write are the same bytes; their results differ where float operations are fused (a few
// 1e-7), where that moves an exponent across the half between two integers (1.1e-5, twice the error of its power), and where
// either moves a weight to the next of 32,512 steps (3e-5 of the greatest weight, |v| <= 1).
constexpr double TWINS = 6e-5;

// Rounding a code moves a key by 1 / 254 of the head's greatest element (|k| <= 1) at most, so a score by 4 sqrt(dim) / 254
// times the mean |q|, and a value by 1 / 254. Errors of many dimensions cancel: observed are 0.006, and the bound is 0.02.
constexpr double ROUNDING = 0.02;

double worst_difference(const std::vector<float> &a, const std::vector<float> &b) {
  double worst = a.size() == b.size() ? 0 : NAN;
  for (size_t i = 0; i < a.size() && worst == worst; i++) {
    double difference = std::fabs(static_cast<double>(a[i]) - b[i]);
    worst = difference > worst || difference != difference ? difference : worst;
  }
  return worst;
}

// What the fixture's last step gave for rows of one sequence against softmax in double over what was written.
double worst_error(Fixture &f, const llm_sequence &s, size_t first_row) {
  History history(f, s.table_row, s.position + s.rows, false);
  double worst = 0;
  for (int t = 0; t < s.rows; t += 5)
    for (int h = 0; h < f.shape.heads; h++) {
      std::vector<double> expected = history.attend(f.shape, s.position + t, h);
      for (size_t d = 0; d < expected.size(); d++) {
        double error = std::fabs(f.result(first_row + static_cast<size_t>(t), h)[d] - expected[d]);
        worst = error > worst || error != error ? error : worst;
      }
    }
  return worst;
}

// Two sequences: a prompt in two parts of odd lengths, then a token of each.
void random_case(uint32_t seed) {
  Random random(seed);
  Shape s = random_shape(random, LLM_ISA_SCALAR);
  s.kv_type = LLM_KV_INT8;
  int first = 1 + static_cast<int>(random.next() % 150), second = 1 + static_cast<int>(random.next() % 90);
  std::vector<std::vector<llm_sequence>> steps = {{sequence(0, 0, first), sequence(1, 0, second)},
                                                  {sequence(0, first, 1 + second / 3), sequence(1, second, 1)},
                                                  {sequence(0, first + 1 + second / 3, 1), sequence(1, second + 1, 1)}};
  Fixture twin(s, seed);
  std::vector<std::vector<float>> expected;
  for (std::vector<llm_sequence> &step : steps) {
    twin.run(step, 2);
    expected.push_back(twin.out);
    double error = worst_error(twin, step[0], 0);
    CHECK(error <= ROUNDING, "seed %u, %d rows at %d, dims %d/%d: %g off unrounded values", seed, step[0].rows,
          step[0].position, s.k_dim, s.v_dim, error);
  }
  for (llm_isa isa : available_isas()) {
    s.isa = isa;
    Fixture f(s, seed);
    for (size_t i = 0; i < steps.size(); i++) {
      f.run(steps[i], 1 + static_cast<int>(i));
      double difference = worst_difference(f.out, expected[i]);
      CHECK(difference <= TWINS, "isa %d, seed %u, step %zu, dims %d/%d: %g off the scalar twin", isa, seed, i, s.k_dim,
            s.v_dim, difference);
    }
    CHECK(memcmp(f.view().pool, twin.view().pool, f.blocks * f.block_bytes) == 0, "isa %d, seed %u: other bytes are cached",
          isa, seed);
  }
}

// Zeros, the smallest floats and one large element keep their meaning; what is not finite shows.
void extremes(llm_isa isa) {
  Shape s;
  s.isa = isa;
  s.kv_type = LLM_KV_INT8;
  s.heads = 1;
  for (float x : {0.0f, 1e-40f, 3e20f, INFINITY, -INFINITY, NAN}) {
    Fixture f(s, 9);
    std::vector<float> qkv(f.qkv_width(), 0.0f), q(64);
    qkv[0] = 1;
    qkv[64] = x == x && x - x == 0 ? 0.5f : x; // of the key
    qkv[128 + 7] = x;                          // of the value
    llm_sequence only = sequence(0, 0, 1);
    int32_t owner = 0;
    f.block(0, 0) = 3;
    rope_and_write_cache(isa, f.view(), {1, 0, 0, nullptr, nullptr, nullptr, nullptr, 0, 0}, qkv.data(), qkv.size(), q.data(),
                         {&only, &owner}, {0, 1, 0, 1});
    f.q = q;
    f.attend({only}, Fixture::flat_items({only}), {0}, 1);
    float y = f.result(0, 0)[7], other = f.result(0, 0)[6];
    if (x - x == 0)
      CHECK(std::fabs(y - x) <= 1e-30f + 1e-4f * std::fabs(x) && other == 0, "isa %d: %g became %g, zero %g", isa, x, y, other);
    else
      CHECK(y != y, "isa %d: %g became %g", isa, x, y);
  }
}

} // namespace
} // namespace llmserving_test

int main() {
  using namespace llmserving_test;
  for (uint32_t seed = 1; seed <= 25; seed++)
    random_case(seed);
  for (llm_isa isa : available_isas())
    extremes(isa);
  return finish();
}
