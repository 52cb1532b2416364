// The sampler against a naive one in double that sorts the vocabulary; known answers for its random numbers.
#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>
#include <vector>

#include "sampling/kernels.h"
#include "sampling/sampler.h"
#include "support/failure.h"
#include "tests/check.h"
#include "tests/isas.h"

namespace llmserving_test {
namespace {

using namespace llmserving;

llm_slot plain_slot() {
  llm_slot slot = {};
  slot.logprobs = -1;
  slot.top_p = 1;
  slot.repetition = 1;
  return slot;
}

std::unique_ptr<Sampler> sampler(llm_isa isa, size_t vocabulary, size_t slots = 1) {
  return std::unique_ptr<Sampler>(create_sampler(isa, vocabulary, slots, 1));
}

struct Sampled {
  llm_sample_result result;
  std::vector<llm_top> top;
};

Sampled sample(Sampler &s, const llm_sample_job &job, const std::vector<float> &logits, const uint32_t *mask = nullptr,
               size_t stride = 0) {
  Sampled out;
  out.top.resize(stride);
  s.sample(job, logits.data(), mask, &out.result, out.top.data(), stride, 0);
  return out;
}

// kat_vectors of Random123: philox 4x32, 10 rounds.
void philox_gives_the_published_answers(const SamplingKernel &kernel) {
  struct Known {
    uint64_t key;
    uint32_t counter[4], words[4];
  };
  constexpr uint32_t ones = ~0u;
  for (const Known &known : {
           Known{0, {0, 0, 0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
           Known{~0ull, {ones, ones, ones, ones}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
           Known{0x299f31d0a4093822ull,
                 {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
                 {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
       }) {
    uint32_t words[4];
    kernel.philox(known.key, known.counter, words);
    for (int i = 0; i < 4; i++)
      CHECK(words[i] == known.words[i], "word %d: %08x", i, words[i]);
  }
}

uint32_t word_of(const Noise &noise, uint32_t id) {
  uint32_t counter[4] = {noise.choice, noise.position, id / 4, 0}, words[4];
  sampling_kernel(LLM_ISA_SCALAR).philox(noise.seed, counter, words);
  return words[id % 4];
}

void four_tokens_share_a_counter(const SamplingKernel &kernel) {
  Random random(7);
  for (int i = 0; i < 2000; i++) {
    Noise noise = {uint64_t{random.next()} << 32 | random.next(), random.next(), random.next()};
    uint32_t first = random.next() >> (1 + i % 31) << 4 & 0x7fffffff, words[16], again[16];
    kernel.noise_words(noise, first, words, again);
    for (uint32_t j = 0; j < 16; j++) {
      uint32_t word = word_of(noise, first + j);
      CHECK(words[j] == word && again[j] == word, "token %u: %08x and %08x, not %08x", first + j, words[j], again[j], word);
    }
  }
}

double noise_of(uint32_t word) {
  double v = std::min((word >> 1) * std::ldexp(1.0, -31) + std::ldexp(1.0, -32), 1 - std::ldexp(1.0, -24));
  return -std::log(-std::log1p(-v));
}

void noise_is_gumbel(const SamplingKernel &kernel) {
  Random random(1);
  for (int i = 0; i < 20000; i++) {
    uint32_t words[16];
    float noise[16];
    for (uint32_t &w : words)
      w = i % 2 == 0 ? random.next() : random.next() >> (random.next() % 32);
    words[0] = i == 0 ? 0 : i == 1 ? ~0u : words[0];
    kernel.gumbel(words, noise);
    for (int j = 0; j < 16; j++) {
      double expected = noise_of(words[j]);
      // The uniform itself is rounded to 24 bits: near 1 that is what bounds the error.
      double v = (words[j] >> 1) * std::ldexp(1.0, -31), slack = std::ldexp(1.0, -24) / std::max(1 - v, std::ldexp(1.0, -24));
      CHECK(std::fabs(noise[j] - expected) <= 2e-6 + slack, "word %08x: %g is not %g", words[j], noise[j], expected);
    }
  }
}

// 2e-7, and for each unit of |x| what its product with log2 e loses.
void powers_are_exact_to_rounding(const SamplingKernel &kernel) {
  std::vector<float> x, powers;
  for (int i = 0; i <= 8600; i++)
    x.push_back(static_cast<float>(-0.01 * i));
  powers.resize(x.size());
  kernel.exp(x.data(), x.size(), 0, 1, powers.data());
  for (size_t i = 0; i < x.size(); i++) {
    double expected = std::exp(static_cast<double>(x[i])), bound = expected * (2e-7 - 1e-7 * static_cast<double>(x[i]));
    CHECK(std::fabs(static_cast<double>(powers[i]) - expected) <= bound, "exp(%g): %g is not %g", x[i], powers[i], expected);
  }
  CHECK(powers[0] == 1, "exp(0): %g", powers[0]);
}

struct Naive {
  int32_t token = -1;
  bool clear = true; // no rounding of ours could decide otherwise
};

Naive naive_choice(const llm_slot &slot, const llm_sample_job &job, const std::vector<double> &x) {
  size_t n = x.size();
  std::vector<int32_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return x[static_cast<size_t>(a)] > x[static_cast<size_t>(b)]; });
  auto value = [&](size_t i) { return x[static_cast<size_t>(order[i])]; };
  Naive naive;
  double highest = value(0);
  if (slot.temperature < 1e-5f)
    return {order[0], true};
  auto power = [&](size_t i) { return std::exp((value(i) - highest) / slot.temperature); };
  size_t kept = 0;
  while (kept < n && value(kept) > -1e300 && power(kept) >= slot.min_p) {
    naive.clear = naive.clear && (slot.min_p == 0 || std::fabs(power(kept) - slot.min_p) > 1e-5 * slot.min_p);
    kept++;
  }
  if (kept < n && slot.min_p > 0 && power(kept) > slot.min_p * (1 - 1e-5))
    naive.clear = false;
  if (slot.top_k > 0)
    kept = std::min(kept, static_cast<size_t>(slot.top_k));
  if (slot.top_p < 1) {
    double total = 0, sum = 0;
    for (size_t i = 0; i < kept; i++)
      total += power(i);
    size_t prefix = 0;
    while (prefix < kept && (prefix == 0 || sum < slot.top_p * total)) {
      sum += power(prefix++);
      naive.clear = naive.clear && std::fabs(sum - slot.top_p * total) > 1e-6 * total;
    }
    kept = prefix;
  }
  double best = -1e300, second = -1e300;
  for (size_t i = 0; i < kept; i++) {
    Noise noise = {slot.seed, static_cast<uint32_t>(job.choice), static_cast<uint32_t>(job.position)};
    double key = value(i) / slot.temperature + noise_of(word_of(noise, static_cast<uint32_t>(order[i])));
    if (key > best) {
      second = best;
      best = key;
      naive.token = order[i];
    } else {
      second = std::max(second, key);
    }
  }
  naive.clear = naive.clear && best - second > 1e-5 * (1 + std::fabs(best));
  return naive;
}

struct Problem {
  std::vector<float> logits;
  llm_slot slot = plain_slot();
  llm_sample_job job = {0, 0, 0, 0, 0, -1};
  std::vector<int32_t> suppressed, bias_ids, prompt, output;
  std::vector<float> bias;
  std::vector<uint32_t> mask;

  explicit Problem(Random &random) {
    const size_t sizes[] = {1, 2, 15, 16, 17, 100, 333, 1000, 2500};
    logits.resize(sizes[random.next() % 9]);
    float spread = static_cast<float>(1u << random.next() % 6);
    bool ties = random.next() % 3 == 0;
    for (float &x : logits) {
      x = random.activation() * spread / 4;
      x = ties ? std::round(x * 2) / 2 : x;
    }
    const float temperatures[] = {0, 1, 0.7f, 0.2f, 2, 1e-6f, 1e-4f, 1e5f};
    slot.temperature = temperatures[random.next() % 8];
    const float tops[] = {1, 0.9f, 0.5f, 0.1f, 0.99f, 0, 1, 1};
    slot.top_p = tops[random.next() % 8];
    const int32_t ks[] = {0, -1, 1, 2, 10, 50, 400, 100000};
    slot.top_k = ks[random.next() % 8];
    const float mins[] = {0, 0, 0, 0.05f, 0.3f, 1};
    slot.min_p = mins[random.next() % 6];
    slot.seed = random.next() * 0x100000001ull;
    job.choice = static_cast<int32_t>(random.next() % 3);
    job.position = static_cast<int32_t>(random.next() % 1000);
    changes(random);
  }

  void changes(Random &random) {
    auto tokens = [&](std::vector<int32_t> &list, uint32_t most) {
      for (uint32_t i = random.next() % most; i > 0; i--)
        list.push_back(static_cast<int32_t>(random.next() % logits.size()));
    };
    if (random.next() % 3 == 0) {
      tokens(prompt, 40);
      tokens(output, 200);
      slot.repetition = random.next() % 2 == 0 ? 1.3f : 1;
      slot.frequency = random.next() % 2 == 0 ? 0.2f : 0;
      slot.presence = random.next() % 2 == 0 ? -0.7f : 0;
    }
    if (random.next() % 4 == 0) {
      tokens(bias_ids, 10);
      for (size_t i = 0; i < bias_ids.size(); i++)
        bias.push_back(random.uniform() * 150);
    }
    if (random.next() % 4 == 0 && logits.size() > 20) {
      tokens(suppressed, 5);
      slot.min_tokens = 500;
    }
    if (random.next() % 4 == 0) {
      mask.resize((logits.size() + 31) / 32);
      for (uint32_t &word : mask)
        word = random.next() & random.next();
      mask[0] |= 1;
    }
    slot.suppressed = suppressed.data();
    slot.suppressed_count = static_cast<int32_t>(suppressed.size());
    slot.bias_ids = bias_ids.data();
    slot.bias = bias.data();
    slot.bias_count = static_cast<int32_t>(bias.size());
    slot.prompt = prompt.data();
    slot.prompt_count = static_cast<int32_t>(prompt.size());
    slot.output = output.data();
    slot.output_count = static_cast<int32_t>(output.size());
  }

  const uint32_t *allowed() const { return mask.empty() ? nullptr : mask.data(); }

  // The logits after mask, bias, suppression and penalties, in double.
  std::vector<double> changed() const {
    std::vector<double> x(logits.begin(), logits.end());
    for (size_t i = 0; i < x.size(); i++)
      if (!mask.empty() && (mask[i / 32] >> (i % 32) & 1) == 0)
        x[i] = -INFINITY;
    for (size_t i = 0; i < bias.size(); i++)
      x[static_cast<size_t>(bias_ids[i])] += std::min(100.0f, std::max(-100.0f, bias[i]));
    for (int32_t token : suppressed)
      if (job.position < slot.min_tokens)
        x[static_cast<size_t>(token)] = -INFINITY;
    for (size_t i = 0; i < x.size(); i++) {
      auto times = std::count(output.begin(), output.end(), static_cast<int32_t>(i));
      bool seen = times > 0 || std::count(prompt.begin(), prompt.end(), static_cast<int32_t>(i)) > 0;
      if (seen)
        x[i] = x[i] > 0 ? x[i] / slot.repetition : x[i] * slot.repetition;
      x[i] -= slot.frequency * static_cast<double>(times) + (times > 0 ? slot.presence : 0);
    }
    return x;
  }
};

void choices_equal_the_naive_ones() {
  int unclear = 0, total = 3000;
  for (int seed = 1; seed <= total; seed++) {
    Random random(static_cast<uint64_t>(seed));
    Problem problem(random);
    Naive naive = naive_choice(problem.slot, problem.job, problem.changed());
    int32_t first = -2;
    for (llm_isa isa : available_isas()) {
      auto s = sampler(isa, problem.logits.size());
      s->set_slot(problem.slot);
      Sampled out = sample(*s, problem.job, problem.logits, problem.allowed());
      first = first == -2 ? out.result.token : first;
      CHECK(out.result.token == first, "seed %d isa %d: %d, but %d in scalar code", seed, isa, out.result.token, first);
      if (out.result.status == 2) {
        CHECK(out.result.token == -1, "seed %d", seed);
        continue;
      }
      bool changed = problem.slot.output_count > 0 || problem.slot.bias_count > 0;
      if (changed && problem.slot.temperature < 1e-5f) // a tie in float may be none in double
        naive.clear = naive.clear && std::fabs(problem.changed()[static_cast<size_t>(naive.token)]
                                               - problem.changed()[static_cast<size_t>(out.result.token)]) > 1e-4;
      CHECK(out.result.token == naive.token || !naive.clear,
            "seed %d isa %d vocabulary %zu T %g k %d p %g min %g: %d, not %d", seed, isa, problem.logits.size(),
            problem.slot.temperature, problem.slot.top_k, problem.slot.top_p, problem.slot.min_p, out.result.token,
            naive.token);
    }
    unclear += naive.clear ? 0 : 1;
  }
  CHECK(unclear < total / 3, "%d of %d", unclear, total);
}

// Spread like a model's; the same with low values where a sample of each 16th block would look, so that it misleads; and
// with a few tokens far above the others.
std::vector<std::vector<float>> big_vocabularies() {
  Random random(9);
  std::vector<std::vector<float>> result(3, std::vector<float>(49152));
  for (size_t i = 0; i < result[0].size(); i++) {
    float x = 2 * (random.uniform() + random.uniform() + random.uniform() + random.uniform());
    result[0][i] = x;
    result[1][i] = i / 16 % 16 == 0 ? x - 30 : x;
    result[2][i] = i % 9001 == 5 ? x + 25 : x;
  }
  return result;
}

void big_vocabulary_chooses_alike() {
  for (const std::vector<float> &logits : big_vocabularies())
    for (float temperature : {0.7f, 1.0f, 1.5f})
      for (float top_p : {1.0f, 0.9f, 0.5f, 0.9999f})
        for (int position = 0; position < 6; position++) {
          llm_slot slot = plain_slot();
          slot.temperature = temperature;
          slot.top_p = top_p;
          slot.seed = 77;
          llm_sample_job job = {0, 0, 0, position, 0, -1};
          Naive naive = naive_choice(slot, job, std::vector<double>(logits.begin(), logits.end()));
          for (llm_isa isa : available_isas()) {
            auto s = sampler(isa, logits.size());
            s->set_slot(slot);
            int32_t token = sample(*s, job, logits).result.token;
            CHECK(token == naive.token || !naive.clear, "isa %d T %g p %g: %d, not %d", isa, temperature, top_p, token, naive.token);
          }
        }
}

void logprobs_are_of_raw_logits(llm_isa isa) {
  for (int seed = 1; seed <= 60; seed++) {
    Random random(static_cast<uint64_t>(seed) + 500);
    Problem problem(random);
    problem.mask.clear();
    problem.slot.logprobs = static_cast<int32_t>(random.next() % 21);
    size_t n = problem.logits.size();
    auto s = sampler(isa, n);
    s->set_slot(problem.slot);
    Sampled out = sample(*s, problem.job, problem.logits, nullptr, 24);
    if (out.result.status != 0)
      continue;
    std::vector<int32_t> order(n);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
      return problem.logits[static_cast<size_t>(a)] > problem.logits[static_cast<size_t>(b)];
    });
    double sum = 0, highest = problem.logits[static_cast<size_t>(order[0])];
    for (float x : problem.logits)
      sum += std::exp(x - highest);
    auto expected = [&](int32_t token) { return problem.logits[static_cast<size_t>(token)] - highest - std::log(sum); };
    size_t wanted = std::min(n, static_cast<size_t>(problem.slot.logprobs));
    for (size_t i = 0; i < 24; i++) {
      CHECK(out.top[i].token == (i < wanted ? order[i] : -1), "seed %d entry %zu: %d", seed, i, out.top[i].token);
      if (i < wanted)
        CHECK(std::fabs(out.top[i].logprob - expected(order[i])) < 1e-5, "seed %d entry %zu: %g", seed, i, out.top[i].logprob);
      if (i < wanted && order[i] == out.result.token)
        CHECK(memcmp(&out.top[i].logprob, &out.result.logprob, 4) == 0, "seed %d", seed);
    }
    CHECK(order[static_cast<size_t>(out.result.rank) - 1] == out.result.token, "seed %d rank %d", seed, out.result.rank);
    llm_target target = {0, order[n / 2], 3, 0};
    Sampled scored;
    scored.top.resize(5);
    s->score(target, problem.logits.data(), &scored.result, scored.top.data(), 5, 0);
    CHECK(scored.result.token == order[n / 2] && scored.result.rank == static_cast<int32_t>(n / 2) + 1, "seed %d", seed);
    CHECK(std::fabs(scored.result.logprob - expected(order[n / 2])) < 1e-5, "seed %d", seed);
    CHECK(scored.top[0].token == order[0] && scored.top[4].token == -1, "seed %d", seed);
  }
}

void bad_logits_have_a_status(llm_isa isa) {
  for (size_t at : {size_t{0}, size_t{16}, size_t{36}})
    for (float bad : {NAN, std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) {
      std::vector<float> logits(37, 1.0f);
      logits[at] = bad;
      auto s = sampler(isa, logits.size());
      llm_slot slot = plain_slot();
      slot.logprobs = 2;
      s->set_slot(slot);
      Sampled out = sample(*s, {0, 0, 0, 0, 1, -1}, logits, nullptr, 3);
      CHECK(out.result.status == 1 && out.result.token == -1 && out.top[0].token == -1, "isa %d at %zu", isa, at);
    }
  std::vector<float> logits(37, 1.0f);
  std::vector<uint32_t> none(2, 0);
  auto s = sampler(isa, logits.size());
  s->set_slot(plain_slot());
  CHECK(sample(*s, {0, 0, 0, 0, 0, 0}, logits, none.data()).result.status == 2, "isa %d", isa);
  none[1] = 1u << 4;
  CHECK(sample(*s, {0, 0, 0, 0, 0, 0}, logits, none.data()).result.token == 36, "isa %d", isa);
}

// Greedy ties, and the suppressed token comes back at min_tokens.
void ties_go_to_the_lowest_id(llm_isa isa) {
  std::vector<float> logits(50, 0.0f);
  logits[33] = logits[40] = logits[49] = 2;
  logits[3] = -0.0f;
  auto s = sampler(isa, logits.size());
  llm_slot slot = plain_slot();
  int32_t suppressed = 33;
  slot.suppressed = &suppressed;
  slot.suppressed_count = 1;
  slot.min_tokens = 4;
  s->set_slot(slot);
  CHECK(sample(*s, {0, 0, 0, 3, 0, -1}, logits).result.token == 40, "isa %d", isa);
  CHECK(sample(*s, {0, 0, 0, 4, 0, -1}, logits).result.token == 33, "isa %d", isa);
}

// Counting by commits equals a slot set anew with the same output.
void commits_equal_a_rebuilt_slot(llm_isa isa) {
  Random random(4);
  std::vector<float> logits(300);
  for (float &x : logits)
    x = random.uniform() * 3;
  llm_slot slot = plain_slot();
  slot.temperature = 0.9f;
  slot.frequency = 0.4f;
  slot.presence = 0.2f;
  slot.repetition = 1.1f;
  auto running = sampler(isa, logits.size()), rebuilt = sampler(isa, logits.size());
  running->set_slot(slot);
  std::vector<int32_t> output;
  for (int position = 0; position < 400; position++) {
    slot.output = output.data();
    slot.output_count = static_cast<int32_t>(output.size());
    rebuilt->set_slot(slot);
    int32_t looked = sample(*running, {0, 0, 0, position, 0, -1}, logits).result.token; // without commit
    int32_t token = sample(*running, {0, 0, 0, position, 1, -1}, logits).result.token;
    int32_t expected = sample(*rebuilt, {0, 0, 0, position, 0, -1}, logits).result.token;
    CHECK(token == expected && looked == expected, "isa %d position %d: %d %d %d", isa, position, looked, token, expected);
    output.push_back(token);
  }
}

void order_of_jobs_changes_nothing(llm_isa isa) {
  Random random(6);
  std::vector<float> logits(1000);
  for (float &x : logits)
    x = random.uniform() * 4;
  auto s = sampler(isa, logits.size(), 8);
  llm_slot slot = plain_slot();
  slot.temperature = 1;
  std::vector<llm_sample_job> jobs;
  for (int i = 0; i < 8; i++) {
    slot.slot = i;
    slot.top_k = i % 3 * 20;
    slot.seed = static_cast<uint64_t>(i) / 2;
    s->set_slot(slot);
    for (int choice = 0; choice < 4; choice++)
      jobs.push_back({0, i, choice, 5, 0, -1});
  }
  std::vector<int32_t> first;
  for (const llm_sample_job &job : jobs)
    first.push_back(sample(*s, job, logits).result.token);
  for (size_t i = jobs.size(); i-- > 0;)
    CHECK(sample(*s, jobs[i], logits).result.token == first[i], "isa %d job %zu", isa, i);
}

void tokens_outside_the_vocabulary_are_refused() {
  auto s = sampler(LLM_ISA_SCALAR, 10);
  llm_slot slot = plain_slot();
  int32_t token = 10;
  slot.prompt = &token;
  slot.prompt_count = 1;
  bool refused = false;
  try {
    s->set_slot(slot);
  } catch (const Failure &failure) {
    refused = failure.status == LLM_INVALID_ARGUMENT;
  }
  CHECK(refused, "prompt token 10 of 10");
}

} // namespace
} // namespace llmserving_test

int main() {
  using namespace llmserving_test;
  for (llm_isa isa : available_isas()) {
    philox_gives_the_published_answers(llmserving::sampling_kernel(isa));
    four_tokens_share_a_counter(llmserving::sampling_kernel(isa));
    noise_is_gumbel(llmserving::sampling_kernel(isa));
    powers_are_exact_to_rounding(llmserving::sampling_kernel(isa));
    logprobs_are_of_raw_logits(isa);
    bad_logits_have_a_status(isa);
    ties_go_to_the_lowest_id(isa);
    commits_equal_a_rebuilt_slot(isa);
    order_of_jobs_changes_nothing(isa);
  }
  choices_equal_the_naive_ones();
  big_vocabulary_chooses_alike();
  tokens_outside_the_vocabulary_are_refused();
  return finish();
}
