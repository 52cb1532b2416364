// Logprobs of given tokens against double precision and against the CPU: ranks with ties, alternatives, bad rows.
#include "sampling_fixture.h"

#include <algorithm>
#include <numeric>

using namespace llmserving;
using namespace llmserving::gputest;
using llmserving_test::Random;

namespace {

struct Scores {
  std::vector<gpu::SampleResult> results;
  std::vector<gpu::SampleTop> tops;
};

Scores score(const std::vector<std::vector<float>> &rows, const std::vector<gpu::SampleTarget> &targets,
             int32_t top_stride) {
  int32_t vocabulary = static_cast<int32_t>(rows[0].size());
  size_t stride = static_cast<size_t>(padded(vocabulary));
  std::vector<float> flat;
  for (const std::vector<float> &row : rows) {
    flat.insert(flat.end(), row.begin(), row.end());
    flat.resize(flat.size() + stride - row.size(), NAN);
  }
  Array<float> logits(flat);
  Array<gpu::SampleTarget> device_targets(targets);
  Array<gpu::SampleResult> results(targets.size());
  Array<gpu::SampleTop> tops(targets.size() * static_cast<size_t>(top_stride));
  gpu::ScoreParams params = {logits.data(), device_targets.data(),        nullptr,    nullptr,   results.data(),
                             tops.data(),   static_cast<int64_t>(stride), vocabulary, top_stride};
  run(gpu::score_launch(static_cast<uint32_t>(targets.size()), vocabulary), params);
  return {results.read(), tops.read()};
}

// Tokens best first, ties by id.
std::vector<int32_t> sorted(const std::vector<float> &row) {
  std::vector<int32_t> ids(row.size());
  std::iota(ids.begin(), ids.end(), 0);
  std::stable_sort(ids.begin(), ids.end(),
                   [&](int32_t a, int32_t b) { return row[static_cast<size_t>(a)] > row[static_cast<size_t>(b)]; });
  return ids;
}

void check_row(const std::vector<float> &row, const gpu::SampleTarget &target, const gpu::SampleResult &result,
               const gpu::SampleTop *tops, int32_t top_stride) {
  double greatest = *std::max_element(row.begin(), row.end()), sum = 0;
  for (float x : row)
    sum += std::exp(static_cast<double>(x) - greatest);
  auto logprob = [&](int32_t token) {
    return static_cast<double>(row[static_cast<size_t>(token)]) - greatest - std::log(sum);
  };
  auto near = [](float own, double wanted) {
    return std::fabs(static_cast<double>(own) - wanted) <= 1e-6 + 3e-7 * std::fabs(wanted);
  };
  std::vector<int32_t> order = sorted(row);
  std::ptrdiff_t place = std::find(order.begin(), order.end(), target.token) - order.begin();
  CHECK(result.token == target.token && result.status == 0 && result.rank == place + 1, "token %d rank %d for %td",
        result.token, result.rank, place + 1);
  CHECK(near(result.logprob, logprob(target.token)), "logprob %g for %g", static_cast<double>(result.logprob),
        logprob(target.token));
  for (int32_t i = 0; i < top_stride; i++) {
    bool used = i < target.top && i < static_cast<int32_t>(row.size());
    int32_t wanted = used ? order[static_cast<size_t>(i)] : -1;
    CHECK(tops[i].token == wanted, "alternative %d is %d for %d", i, tops[i].token, wanted);
    CHECK(used ? near(tops[i].logprob, logprob(wanted)) : std::isnan(tops[i].logprob), "alternative %d", i);
    CHECK(tops[i].token != target.token || memcmp(&tops[i].logprob, &result.logprob, 4) == 0,
          "two logprobs of one token");
  }
}

void check_rows(size_t vocabulary, int32_t top_stride, Random &random) {
  std::vector<std::vector<float>> rows(4, std::vector<float>(vocabulary));
  for (float &x : rows[0])
    x = 10 * (random.uniform() + random.uniform() + random.uniform());
  for (float &x : rows[1])
    x = std::nearbyint(3 * random.uniform()); // many ties, -0 among them
  for (float &x : rows[2])
    x = -2.5f;
  for (float &x : rows[3])
    x = 1e4f + 90 * random.uniform(); // far from zero
  std::vector<gpu::SampleTarget> targets;
  for (int32_t row = 0; row < 4; row++)
    for (int32_t top : {-1, 0, 1, 5, top_stride})
      targets.push_back({row, static_cast<int32_t>(random.next() % vocabulary), top, 0});
  for (int32_t row = 0; row < 4; row++)
    targets.push_back({row, sorted(rows[static_cast<size_t>(row)])[0], top_stride, 0});
  Scores scores = score(rows, targets, top_stride);
  for (size_t i = 0; i < targets.size(); i++)
    check_row(rows[static_cast<size_t>(targets[i].row)], targets[i], scores.results[i],
              scores.tops.data() + i * static_cast<size_t>(top_stride), top_stride);
}

void check_refusals() {
  std::vector<std::vector<float>> rows(3, std::vector<float>(100, 1.0f));
  rows[1][99] = NAN;
  rows[2][0] = -INFINITY;
  std::vector<gpu::SampleTarget> targets = {{1, 3, 2, 0}, {2, 3, 2, 0}, {0, -1, 2, 0}, {0, 100, 2, 0}, {0, 99, 2, 0}};
  Scores scores = score(rows, targets, 2);
  for (size_t i = 0; i < targets.size(); i++) {
    bool refused = i < 4;
    CHECK(scores.results[i].status == (refused ? 1 : 0) && scores.results[i].token == (refused ? -1 : 99), "target %zu",
          i);
    CHECK(scores.tops[2 * i].token == (refused ? -1 : 0), "alternatives of target %zu", i);
  }
}

} // namespace

int main() {
  Random random(8);
  check_rows(1, 4, random);
  check_rows(32, 40, random);
  check_rows(1003, 20, random);
  check_rows(1024, 20, random);
  check_rows(1003, gpu::MAX_TOPS, random);
  check_rows(9001, 20, random); // 1024 threads
  check_refusals();
  return llmserving_test::finish();
}
