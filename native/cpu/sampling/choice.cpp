#include "sampling/choice.h"

#include <algorithm>
#include <cmath>

namespace llmserving {
namespace {

constexpr float GREEDY_BELOW = 1e-5f;

// Tokens below it have, all together, less than (1 - p) of the total: the prefix of mass p ends above.
float mass_cut(double p, double total, float maximum, double temperature, size_t vocabulary) {
  double rest = (1 - p) * total / static_cast<double>(vocabulary);
  double margin = 1e-3 + 1e-6 * std::fabs(maximum);
  return static_cast<float>(maximum + temperature * (std::log(rest) - 1e-3) - margin);
}

} // namespace

int32_t choose_token(const SamplingKernel &kernel, const SamplingParameters &parameters, const float *x,
                     size_t vocabulary, float maximum, const llm_sample_job &job, Selection &selection) {
  if (!(parameters.temperature >= GREEDY_BELOW))
    return static_cast<int32_t>(kernel.find(x, vocabulary, maximum));
  float inverse = 1.0f / parameters.temperature, cut = -INFINITY;
  double temperature = static_cast<double>(parameters.temperature);
  if (parameters.min_p > 0)
    cut = std::min(maximum, static_cast<float>(maximum + temperature * std::log(static_cast<double>(parameters.min_p))));
  bool top_k = parameters.top_k > 0 && static_cast<size_t>(parameters.top_k) < vocabulary;
  bool top_p = parameters.top_p < 1;
  Noise noise = {parameters.seed, static_cast<uint32_t>(job.choice), static_cast<uint32_t>(job.position)};
  if (!top_k && !top_p)
    return kernel.choose(x, nullptr, vocabulary, inverse, cut, maximum, noise).token;
  double p = std::max(0.0, static_cast<double>(parameters.top_p));
  if (top_k || parameters.min_p > 0) {
    if (top_k)
      selection.take_top(x, static_cast<size_t>(parameters.top_k), cut);
    else
      selection.take_above(x, cut);
    if (top_p)
      selection.keep_mass(p, -1, maximum, inverse, -INFINITY);
  } else {
    double total = kernel.exp_sum(x, vocabulary, maximum, inverse);
    float likely = selection.likely_cut(x, (1 - p) * total, maximum, inverse);
    selection.take_above(x, likely);
    if (!selection.keep_mass(p, total, maximum, inverse, likely)) {
      selection.take_above(x, mass_cut(p, total, maximum, temperature, vocabulary));
      selection.keep_mass(p, total, maximum, inverse, -INFINITY);
    }
  }
  return kernel.choose(selection.values(), selection.ids(), selection.size(), inverse, -INFINITY, maximum, noise).token;
}

} // namespace llmserving
