// The sampler against the CPU's, job by job, over random parameters; order, distribution, bad rows and great
// vocabularies.
#include "sampling_fixture.h"

#include <algorithm>
#include <cstdlib>
#include <set>

using namespace llmserving;
using namespace llmserving::gputest;
using llmserving_test::Random;

namespace {

template <class T> T one_of(Random &random, std::initializer_list<T> values) {
  return values.begin()[random.next() % values.size()];
}

// Rows of several kinds: spread out, on a coarse grid (many ties), all equal, with one value far above, or not finite.
std::vector<float> random_logits(Random &random, int32_t vocabulary) {
  std::vector<float> x(static_cast<size_t>(vocabulary));
  uint32_t kind = random.next() % 12;
  float spread = one_of(random, {0.5f, 3.0f, 8.0f});
  for (float &value : x) {
    value = spread * (random.uniform() + random.uniform() + random.uniform());
    if (kind < 3)
      value = std::nearbyint(2 * value) / 2; // -0 among them
    if (kind == 3)
      value = 1.5f;
  }
  float &any = x[random.next() % x.size()];
  if (kind == 4)
    any = 40;
  if (kind == 5 && random.next() % 3 == 0)
    any = one_of(random, {NAN, INFINITY, -INFINITY});
  return x;
}

std::vector<uint32_t> random_mask(Random &random, int32_t vocabulary) {
  std::vector<uint32_t> mask(static_cast<size_t>((vocabulary + 31) / 32));
  uint32_t density = random.next() % 4;
  for (uint32_t &word : mask)
    word = density == 0 ? 0 : density == 1 ? random.next() & random.next() & random.next() : random.next();
  return mask;
}

std::vector<int32_t> random_tokens(Random &random, int32_t vocabulary, size_t count, bool distinct) {
  std::vector<int32_t> tokens;
  std::set<int32_t> seen;
  while (tokens.size() < count) {
    int32_t token = static_cast<int32_t>(random.next() % static_cast<uint32_t>(vocabulary));
    if (!distinct || seen.insert(token).second)
      tokens.push_back(token);
  }
  return tokens;
}

SlotSetting random_slot(Random &random, int32_t vocabulary) {
  SlotSetting slot;
  llm_slot &p = slot.parameters;
  p.temperature = one_of(random, {0.0f, 1e-6f, 0.3f, 0.7f, 1.0f, 1.0f, 2.0f});
  p.top_p = one_of(random, {1.0f, 1.0f, 0.95f, 0.9f, 0.5f, 0.0f, 0.999f, 1e-3f});
  p.min_p = one_of(random, {0.0f, 0.0f, 0.05f, 0.3f, 1.0f});
  p.top_k = one_of(random, {0, -1, 1, 5, 40, 300, 100000});
  p.repetition = one_of(random, {1.0f, 1.0f, 1.3f, 0.8f});
  p.frequency = one_of(random, {0.0f, 0.0f, 0.5f, -0.25f});
  p.presence = one_of(random, {0.0f, 0.0f, 0.7f});
  p.min_tokens = one_of(random, {0, 0, 20});
  p.logprobs = one_of(random, {-1, 0, 3, 20});
  p.seed = static_cast<uint64_t>(random.next()) << 32 | random.next();
  if (random.next() % 2 == 0) {
    slot.bias_ids = random_tokens(random, vocabulary, 1 + random.next() % 10, true);
    for (size_t i = 0; i < slot.bias_ids.size(); i++)
      slot.bias.push_back(one_of(random, {-100.0f, 2.5f, -1.0f, 30.0f}));
  }
  slot.suppressed = random_tokens(random, vocabulary, random.next() % 5, true);
  slot.prompt = random_tokens(random, vocabulary, random.next() % 40, false);
  slot.output = random_tokens(random, vocabulary, random.next() % 40, false);
  return slot;
}

SamplingBatch random_batch(Random &random, int32_t vocabulary, size_t slots, size_t jobs) {
  SamplingBatch batch;
  batch.vocabulary = vocabulary;
  batch.top_stride = static_cast<int32_t>(random.next() % 25);
  for (size_t i = 0; i < slots; i++)
    batch.slots.push_back(random_slot(random, vocabulary));
  for (int i = 0; i < 8; i++) {
    batch.logits.push_back(random_logits(random, vocabulary));
    batch.masks.push_back(random_mask(random, vocabulary));
  }
  for (size_t i = 0; i < jobs; i++) {
    int32_t mask = random.next() % 3 == 0 ? static_cast<int32_t>(random.next() % 8) : -1;
    batch.jobs.push_back({static_cast<int32_t>(random.next() % 8), static_cast<int32_t>(random.next() % slots),
                          static_cast<int32_t>(random.next() % 3), static_cast<int32_t>(random.next() % 40),
                          static_cast<int32_t>(random.next() % 2), mask});
  }
  return batch;
}

// Counts after the jobs: what was there, and each committed token of a slot that counts.
void check_counts(const SamplingBatch &batch, const SamplingOutcome &outcome) {
  std::vector<SlotSetting> slots = batch.slots;
  for (size_t i = 0; i < batch.jobs.size(); i++) {
    SlotSetting &slot = slots[static_cast<size_t>(batch.jobs[i].slot)];
    if (batch.jobs[i].commit != 0 && slot.counting() && outcome.results[i].token >= 0)
      slot.output.push_back(outcome.results[i].token);
  }
  size_t stride = static_cast<size_t>(padded(batch.vocabulary));
  for (size_t i = 0; i < slots.size(); i++) {
    std::vector<uint16_t> wanted = counts_of(slots[i], batch.vocabulary);
    CHECK(std::equal(wanted.begin(), wanted.end(), outcome.counts.begin() + static_cast<std::ptrdiff_t>(i * stride)),
          "counts of slot %zu", i);
  }
}

void check_batches(int32_t vocabulary, int batches, size_t slots, size_t jobs, Random &random) {
  for (int i = 0; i < batches; i++) {
    SamplingBatch batch = random_batch(random, vocabulary, slots, jobs);
    SamplingOutcome outcome = DeviceBatch(batch).sample(groups_by_slot(batch));
    check_same(batch, outcome, on_cpu(batch), "twin");
    check_counts(batch, outcome);
  }
}

// Groups in another order, and jobs that depend on no other in groups of their own, give the same tokens.
void check_permutations(Random &random) {
  SamplingBatch batch = random_batch(random, 117, 10, 40);
  for (gpu::SampleJob &job : batch.jobs)
    job.commit = batch.slots[static_cast<size_t>(job.slot)].counting() ? job.commit : 1;
  SamplingOutcome wanted = on_cpu(batch);
  std::vector<std::vector<int32_t>> groups = groups_by_slot(batch), split;
  std::reverse(groups.begin(), groups.end());
  check_same(batch, DeviceBatch(batch).sample(groups), wanted, "reversed groups");
  for (const std::vector<int32_t> &group : groups) {
    bool counting = batch.slots[static_cast<size_t>(batch.jobs[static_cast<size_t>(group[0])].slot)].counting();
    for (size_t i = 0; i < group.size(); i++)
      if (!counting || i == 0)
        split.push_back({group[i]});
      else
        split.back().push_back(group[i]);
    split.emplace_back(); // an empty group
  }
  check_same(batch, DeviceBatch(batch).sample(split), wanted, "split groups");
}

// Draws of one distribution: chi-square over its tokens. (philox_test draws more.)
void check_distribution() {
  constexpr int DRAWS = 2000, VOCABULARY = 12, CHUNK = 100;
  SamplingBatch batch;
  batch.vocabulary = VOCABULARY;
  batch.logits.emplace_back();
  double total = 0;
  std::vector<double> weight;
  for (int i = 0; i < VOCABULARY; i++) {
    batch.logits[0].push_back(static_cast<float>(i * 5 % VOCABULARY) * 0.25f);
    weight.push_back(std::exp((i * 5 % VOCABULARY) * 0.25 / 1.5));
    total += weight.back();
  }
  batch.slots.resize(1);
  batch.slots[0].parameters.temperature = 1.5f;
  batch.slots[0].parameters.seed = 0x123456789abcdefull;
  std::vector<std::vector<int32_t>> groups;
  for (int i = 0; i < DRAWS; i++) {
    batch.jobs.push_back({0, 0, i % 3, i / 3, 0, -1});
    if (i % CHUNK == 0)
      groups.emplace_back();
    groups.back().push_back(i);
  }
  SamplingOutcome outcome = DeviceBatch(batch).sample(groups);
  std::vector<int> seen(VOCABULARY);
  for (const llm_sample_result &result : outcome.results)
    seen[static_cast<size_t>(result.token)]++;
  double chi = 0;
  for (size_t i = 0; i < VOCABULARY; i++) {
    double expected = DRAWS * weight[i] / total;
    chi += (seen[i] - expected) * (seen[i] - expected) / expected;
  }
  CHECK(chi < 31.3, "chi-square %g with 11 degrees of freedom (0.1 %%)", chi);
}

// More candidates than a block's shared memory takes: selection reads the row itself.
void check_flat_rows(int32_t vocabulary, Random &random) {
  SamplingBatch batch;
  batch.vocabulary = vocabulary;
  batch.top_stride = 5;
  for (float spread : {0.0f, 0.01f}) {
    batch.logits.emplace_back();
    for (int32_t i = 0; i < vocabulary; i++)
      batch.logits.back().push_back(spread * std::nearbyint(20 * random.uniform()));
  }
  struct Case {
    int32_t k;
    float p, min_p;
  };
  for (const Case &c :
       {Case{0, 1, 0}, {0, 0.7f, 0}, {1500, 1, 0}, {1500, 0.7f, 0}, {0, 0.3f, 0.5f}, {0, 0.3f, 0}, {7, 0.5f, 0}})
    for (int32_t row : {0, 1}) {
      SlotSetting slot;
      slot.parameters.temperature = 1;
      slot.parameters.top_k = c.k;
      slot.parameters.top_p = c.p;
      slot.parameters.min_p = c.min_p;
      slot.parameters.logprobs = 5;
      slot.parameters.seed = random.next();
      batch.jobs.push_back({row, static_cast<int32_t>(batch.slots.size()), 0, 3, 0, -1});
      batch.slots.push_back(slot);
    }
  check_same(batch, DeviceBatch(batch).sample(groups_by_slot(batch)), on_cpu(batch), "flat rows");
}

} // namespace

int main() {
  Random random(7);
  check_batches(32, 8, 12, 60, random);
  check_batches(257, 8, 16, 60, random);
  check_batches(1003, 6, 12, 40, random);
  check_permutations(random);
  check_distribution();
  check_flat_rows(1503, random);
  check_flat_rows(2903, random);
  check_flat_rows(9001, random); // 1024 threads
  check_batches(128256, 1, 3, 4, random);
  return llmserving_test::finish();
}
