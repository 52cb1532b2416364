// Frequencies of 40,000 draws against the probabilities that the parameters imply, by chi-square: at most five standard
// deviations above its mean. Seeds are fixed, so the test always sees the same draws.
#include <algorithm>
#include <memory>
#include <vector>

#include "sampling/sampler.h"
#include "tests/check.h"

namespace llmserving_test {
namespace {

using namespace llmserving;

constexpr int DRAWS = 40000;

llm_isa best_isa() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    return LLM_ISA_AVX512;
#endif
  return LLM_ISA_SCALAR;
}

// Probabilities of descending logits under T, then the first `kept` of them.
std::vector<double> probabilities(const std::vector<float> &logits, double temperature, size_t kept) {
  std::vector<double> p(logits.size(), 0.0);
  double sum = 0;
  for (size_t i = 0; i < kept; i++)
    sum += p[i] = std::exp((logits[i] - logits[0]) / temperature);
  for (double &x : p)
    x /= sum;
  return p;
}

// what: 0 = draws differ by position, 1 = by choice, 2 = by seed
void check_draws(const char *name, const std::vector<float> &logits, llm_slot slot, const std::vector<double> &p, int what) {
  std::unique_ptr<Sampler> s(create_sampler(best_isa(), logits.size(), 1, 1));
  std::vector<int> count(logits.size(), 0);
  s->set_slot(slot);
  for (int i = 0; i < DRAWS; i++) {
    if (what == 2) {
      slot.seed = static_cast<uint64_t>(i);
      s->set_slot(slot);
    }
    llm_sample_result result;
    s->sample({0, 0, what == 1 ? i : 0, what == 0 ? i : 0, 0, -1}, logits.data(), nullptr, &result, nullptr, 0, 0);
    count[static_cast<size_t>(result.token)]++;
  }
  double chi = 0, rest_expected = 0, rest = 0;
  int cells = 0;
  for (size_t i = 0; i < p.size(); i++) {
    double expected = p[i] * DRAWS;
    CHECK(p[i] > 0 || count[i] == 0, "%s: token %zu must not occur", name, i);
    if (expected < 8) { // rare ones together
      rest_expected += expected;
      rest += count[i];
      continue;
    }
    chi += (count[i] - expected) * (count[i] - expected) / expected;
    cells++;
  }
  if (rest_expected > 8) {
    chi += (rest - rest_expected) * (rest - rest_expected) / rest_expected;
    cells++;
  }
  double freedom = cells - 1;
  CHECK(chi < freedom + 5 * std::sqrt(2 * freedom) + 1e-9, "%s: chi-square %g with %g degrees of freedom", name, chi, freedom);
}

} // namespace
} // namespace llmserving_test

int main() {
  using namespace llmserving_test;
  std::vector<float> small, large;
  for (int i = 0; i < 40; i++)
    small.push_back(3.0f - 0.15f * static_cast<float>(i));
  for (int i = 0; i < 3000; i++) // a tail of half the mass, each token rarer than one in 5,000
    large.push_back(i < 10 ? 10.0f : 10.0f - 5.7f - 0.0001f * static_cast<float>(i));
  llm_slot slot = {};
  slot.logprobs = -1;
  slot.temperature = 1;
  slot.top_p = 1;
  slot.repetition = 1;
  slot.seed = 42;
  for (int what = 0; what < 3; what++) {
    check_draws("plain", small, slot, probabilities(small, 1, 40), what);
    check_draws("long tail", large, slot, probabilities(large, 1, 3000), what);
  }
  slot.temperature = 0.5f;
  check_draws("temperature", small, slot, probabilities(small, 0.5, 40), 0);
  slot.top_k = 7;
  check_draws("top_k", small, slot, probabilities(small, 0.5, 7), 0);
  slot.top_k = 0;
  slot.min_p = 0.0501f; // exp(-0.3 * 9) = 0.067, exp(-0.3 * 10) = 0.0498
  check_draws("min_p", small, slot, probabilities(small, 0.5, 10), 0);
  slot.min_p = 0;
  slot.top_p = 0.9f; // 1 - exp(-0.3 * 8) = 0.909, 1 - exp(-0.3 * 7) = 0.878
  check_draws("top_p", small, slot, probabilities(small, 0.5, 8), 0);
  return finish();
}
