// Sums over ranks that share one memory, whose launches come one after another: the ranks publish first; the one that
// publishes last finds all flags raised and does both halves in one launch. Ranks at the same time:
// all_reduce_together_test.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "all_reduce_group.h"
#include "emulator/emulator.h"
#include "low_precision.h"

using namespace llmserving;
using namespace llmserving::gpu;
using namespace llmserving::gputest;
using llmserving_test::Random;

namespace {

// One step of all ranks; `last` publishes last.
template <class T> struct Step {
  std::vector<std::vector<T>> x, out, residual; // by rank
  std::vector<T> before;
  std::vector<float> weight;

  Step(Random &random, const AllReduceGroup<T> &group, int32_t rows, int32_t width, int32_t last, bool norm) {
    size_t count = static_cast<size_t>(rows) * width;
    std::vector<std::unique_ptr<Array<T>>> parts, outs, residuals;
    before = random_values<T>(random, count);
    weight = random_values<float>(random, width);
    Array<float> weights(weight);
    std::vector<AllReduceParams> params;
    for (int32_t rank = 0; rank < group.ranks; rank++) {
      x.push_back(random_values<T>(random, count));
      parts.push_back(std::make_unique<Array<T>>(x.back()));
      outs.push_back(std::make_unique<Array<T>>(count));
      residuals.push_back(std::make_unique<Array<T>>(before));
      params.push_back(group.params(rank, rows, width));
      params.back().x = parts.back()->data();
      params.back().out = outs.back()->data();
      params.back().residual = norm ? residuals.back()->data() : nullptr;
      params.back().weight = weights.data();
    }
    auto all = [&](AllReduceStep step, int32_t rank) {
      run(all_reduce_launch(step, dtype_of<T>(), rows, width), params[rank]);
    };
    for (int32_t rank = 0; rank < group.ranks; rank++)
      if (rank != last)
        all(AllReduceStep::Publish, rank);
    all(norm ? AllReduceStep::AllNorm : AllReduceStep::All, last);
    for (int32_t rank = 0; rank < group.ranks; rank++)
      if (rank != last)
        all(norm ? AllReduceStep::SumNorm : AllReduceStep::Sum, rank);
    for (int32_t rank = 0; rank < group.ranks; rank++) {
      out.push_back(outs[rank]->read());
      residual.push_back(residuals[rank]->read());
    }
  }

  Sum sum_at(size_t i) const {
    Sum sum;
    for (const std::vector<T> &part : x)
      sum.add(to_float(part[i]));
    return sum;
  }
};

template <class T> bool same(const std::vector<T> &a, const std::vector<T> &b) {
  for (size_t i = 0; i < a.size(); i++)
    if (a[i].bits != b[i].bits)
      return false;
  return true;
}

template <class T> void check_norm(const Step<T> &step, size_t rows, size_t width) {
  for (size_t row = 0; row < rows; row++) {
    double squares = 0;
    for (size_t j = 0; j < width; j++) {
      size_t i = row * width + j;
      Sum sum = step.sum_at(i);
      sum.add(to_float(step.before[i]));
      CHECK(near(step.residual[0][i], sum, 9), "residual %zu is %g, not %g", i, to_float(step.residual[0][i]),
            sum.value);
      double value = to_float(step.residual[0][i]);
      squares += value * value;
    }
    double inverse = 1 / std::sqrt(squares / static_cast<double>(width) + kAllReduceEpsilon);
    for (size_t j = 0; j < width; j++) {
      size_t i = row * width + j;
      double expected = to_float(step.residual[0][i]) * inverse * step.weight[j];
      CHECK(std::fabs(to_float(step.out[0][i]) - expected) <= epsilon_of<T>() * std::fabs(expected) + 1e-6,
            "out %zu is %g, not %g", i, to_float(step.out[0][i]), expected);
    }
  }
}

// rows: of each step, so that blocks come and go.
template <class T> void check_steps(int32_t ranks, int32_t width, bool norm, const std::vector<int32_t> &steps) {
  Random random(10);
  AllReduceGroup<T> group(ranks, *std::max_element(steps.begin(), steps.end()) * static_cast<int64_t>(width));
  int32_t last = 0;
  for (int32_t rows : steps) {
    last = (last + 1) % ranks;
    Step<T> step(random, group, rows, width, last, norm);
    for (int32_t rank = 1; rank < ranks; rank++)
      CHECK(same(step.out[0], step.out[rank]) && same(step.residual[0], step.residual[rank]), "ranks 0 and %d differ",
            rank);
    if (norm) {
      check_norm(step, rows, width);
      continue;
    }
    for (size_t i = 0; i < step.out[0].size(); i++)
      CHECK(near(step.out[0][i], step.sum_at(i), ranks), "ranks %d rows %d: sum %zu is %g, not %g", ranks, rows, i,
            to_float(step.out[0][i]), step.sum_at(i).value);
  }
}

// Rank 0 publishes step 2 before rank 1 has summed step 1, which must not see it.
void check_ahead() {
  constexpr int32_t width = 64;
  Random random(14);
  AllReduceGroup<bf16> group(2, width);
  std::vector<std::vector<bf16>> x; // of step and rank
  std::vector<std::unique_ptr<Array<bf16>>> parts, outs;
  std::vector<AllReduceParams> params;
  for (int32_t i = 0; i < 4; i++) {
    x.push_back(random_values<bf16>(random, width));
    parts.push_back(std::make_unique<Array<bf16>>(x[i]));
    outs.push_back(std::make_unique<Array<bf16>>(width));
    params.push_back(group.params(i % 2, 1, width));
    params[i].x = parts[i]->data();
    params[i].out = outs[i]->data();
  }
  auto all = [&](AllReduceStep step, int32_t i) { run(all_reduce_launch(step, DType::BF16, 1, width), params[i]); };
  all(AllReduceStep::Publish, 1);
  all(AllReduceStep::All, 0);
  all(AllReduceStep::Publish, 2);
  all(AllReduceStep::Sum, 1);
  all(AllReduceStep::All, 3);
  all(AllReduceStep::Sum, 2);
  for (int32_t i = 0; i < 4; i++) {
    std::vector<bf16> out = outs[i]->read();
    for (int32_t j = 0; j < width; j++) {
      Sum sum;
      sum.add(to_float(x[i / 2 * 2][j]));
      sum.add(to_float(x[i / 2 * 2 + 1][j]));
      CHECK(near(out[j], sum, 2), "step %d rank %d: sum %d is %g, not %g", i / 2 + 1, i % 2, j, to_float(out[j]),
            sum.value);
    }
  }
}

// Without its peer's flag a rank must not go on: here nobody will ever raise it.
void check_wait() {
  AllReduceGroup<bf16> group(2, 64);
  Array<bf16> x(std::vector<bf16>(64)), out(64);
  AllReduceParams p = group.params(0, 1, 64);
  p.x = x.data();
  p.out = out.data();
  emulator::Report report = emulator::launch(all_reduce_launch(AllReduceStep::All, DType::BF16, 1, 64), &p, sizeof p);
  CHECK(!report.ok() && report.findings[0].kind == emulator::Kind::Deadlock, "%s", report.text().c_str());
}

} // namespace

int main() {
  check_wait();
  check_ahead();
  check_steps<bf16>(1, 64, false, {1, 40, 3});
  check_steps<f16>(2, 72, false, {1, 40, 3});
  check_steps<f16>(4, 264, true, {1, 40, 3});
  check_steps<bf16>(2, 4104, true, {2}); // more than one vector to a thread
  for (bool norm : {false, true}) {
    check_steps<bf16>(8, 4096, norm, {3, 9});
    check_steps<f16>(8, 4096, norm, {3, 9});
  }
  CHECK(all_reduce_launch(AllReduceStep::AllNorm, DType::BF16, 1, ALL_REDUCE_MAX_WIDTH + 8).kernel == nullptr,
        "too wide");
  return llmserving_test::finish();
}
