// Sums over ranks that run at the same time, several steps of each without waiting for the others' end, as on GPUs that
// share memory: under schedules in which any rank may be ahead or behind the results must be the same to the bit, and
// nothing may be read or overwritten before a flag says so. Protocols with one bug each show that this is seen.
#include <algorithm>
#include <string>

#include "all_reduce_group.h"
#include "check.h"
#include "low_precision.h"

using namespace llmserving;
using namespace llmserving::gpu;
using namespace llmserving::gputest;
using emulator::Kind;
using emulator::Report;
using emulator::Schedule;
using llmserving_test::Random;

namespace {

struct Named {
  std::string name;
  emulator::Options options;
};

std::vector<Named> schedules(int32_t ranks) {
  std::vector<Named> all = {{"forward", {emulator::Analysis::Full, Schedule::Forward, 1, 32, false}},
                            {"reverse", {emulator::Analysis::Full, Schedule::Reverse, 1, 64, false}}};
  for (uint32_t seed = 1; seed <= 4; seed++)
    all.push_back({"random " + std::to_string(seed), {emulator::Analysis::Full, Schedule::Random, seed, 32, false}});
  for (uint32_t rank = 0; rank < static_cast<uint32_t>(ranks); rank++)
    all.push_back({"slow rank " + std::to_string(rank), {emulator::Analysis::Full, Schedule::Ahead, rank, 32, false}});
  return all;
}

constexpr int32_t kWidth = 72;

// All ranks' steps: rows of each, so that blocks come and go.
template <class T> class Work {
public:
  Work(int32_t ranks, bool norm, const std::vector<int32_t> &rows)
      : norm_(norm), group_(ranks, *std::max_element(rows.begin(), rows.end()) * kWidth),
        weight_(std::vector<float>(kWidth, 1)), commands_(static_cast<size_t>(ranks)) {
    Random random(21);
    for (int32_t step_rows : rows)
      for (int32_t rank = 0; rank < ranks; rank++)
        add(random, rank, step_rows);
    for (int32_t rank = 0; rank < ranks; rank++)
      for (size_t step = 0; step < rows.size(); step++) {
        const AllReduceParams &p = params_[step * static_cast<size_t>(ranks) + static_cast<size_t>(rank)];
        commands_[static_cast<size_t>(rank)].push_back({launch(p.rows), &p, sizeof(p)});
      }
  }

  // With another kernel in place of the product's.
  void replace(const char *kernel) {
    for (std::vector<emulator::Command> &stream : commands_)
      for (emulator::Command &command : stream)
        command.launch.kernel = kernel;
  }
  void use_one_buffer() {
    for (AllReduceParams &p : params_)
      p.capacity = 0;
  }
  Report run(const emulator::Options &options) { return emulator::launch_together(commands_, options); }

  // Of step and rank.
  std::vector<T> result(size_t i) const { return outs_[i]->read(); }
  // The sum of all ranks at an element of a step.
  Sum sum(size_t step, size_t element) const {
    Sum sum;
    for (int32_t rank = 0; rank < group_.ranks; rank++)
      sum.add(to_float(x_[step * static_cast<size_t>(group_.ranks) + static_cast<size_t>(rank)][element]));
    return sum;
  }
  size_t results() const { return outs_.size(); }

private:
  Launch launch(int32_t rows) const {
    return all_reduce_launch(norm_ ? AllReduceStep::AllNorm : AllReduceStep::All, dtype_of<T>(), rows, kWidth);
  }

  void add(Random &random, int32_t rank, int32_t rows) {
    size_t count = static_cast<size_t>(rows) * kWidth;
    x_.push_back(random_values<T>(random, count));
    parts_.push_back(std::make_unique<Array<T>>(x_.back()));
    outs_.push_back(std::make_unique<Array<T>>(count));
    residuals_.push_back(std::make_unique<Array<T>>(std::vector<T>(count)));
    params_.reserve(64); // commands point into it
    params_.push_back(group_.params(rank, rows, kWidth));
    AllReduceParams &p = params_.back();
    p.x = parts_.back()->data();
    p.out = outs_.back()->data();
    p.residual = norm_ ? residuals_.back()->data() : nullptr;
    p.weight = weight_.data();
  }

  bool norm_;
  AllReduceGroup<T> group_;
  Array<float> weight_;
  std::vector<std::vector<T>> x_;
  std::vector<std::unique_ptr<Array<T>>> parts_, outs_, residuals_;
  std::vector<AllReduceParams> params_;
  std::vector<std::vector<emulator::Command>> commands_;
};

template <class T> std::vector<uint16_t> bits_of(const std::vector<T> &values) {
  std::vector<uint16_t> bits;
  for (T value : values)
    bits.push_back(value.bits);
  return bits;
}

template <class T> void check_ranks(int32_t ranks, bool norm) {
  const std::vector<int32_t> rows = {3, 1, 4, 2};
  std::vector<std::vector<uint16_t>> first;
  for (const Named &schedule : schedules(ranks)) {
    Work<T> work(ranks, norm, rows);
    Report report = work.run(schedule.options);
    CHECK(report.ok(), "%d ranks, %s\n%s", ranks, schedule.name.c_str(), report.text().c_str());
    if (!report.ok())
      return;
    for (size_t i = 0; i < work.results(); i++) {
      std::vector<T> result = work.result(i);
      if (first.size() <= i)
        first.push_back(bits_of(result));
      size_t same_step = i / static_cast<size_t>(ranks) * static_cast<size_t>(ranks);
      CHECK(bits_of(result) == first[i], "%d ranks, %s: another result %zu", ranks, schedule.name.c_str(), i);
      CHECK(bits_of(result) == first[same_step], "%d ranks, %s: ranks differ", ranks, schedule.name.c_str());
      for (size_t element = 0; element < result.size() && !norm; element++)
        CHECK(near(result[element], work.sum(i / static_cast<size_t>(ranks), element), ranks), "sum %zu of result %zu",
              element, i);
    }
  }
}

// Whether any of the schedules shows the bug as a finding of this kind.
bool is_seen(const std::string &kernel, bool one_buffer, Kind kind) {
  for (const Named &schedule : schedules(2)) {
    Work<bf16> work(2, false, {2, 2, 2});
    if (!kernel.empty())
      work.replace(kernel.c_str());
    if (one_buffer)
      work.use_one_buffer();
    Report report = work.run(schedule.options);
    if (!report.ok() && report.findings[0].kind == kind)
      return true;
  }
  return false;
}

} // namespace

int main() {
  for (bool norm : {false, true}) {
    check_ranks<bf16>(2, norm);
    check_ranks<f16>(4, norm);
  }
  CHECK(is_seen("", true, Kind::Race), "a rank ahead overwrites what its peer still reads");
  CHECK(is_seen("fault_all_reduce_no_wait", false, Kind::Race), "rows are read before they are published");
  CHECK(is_seen("fault_all_reduce_early_flag", false, Kind::Race), "the flag is raised before the rows are there");
  CHECK(is_seen("fault_all_reduce_lost_flag", false, Kind::Deadlock), "a flag that is taken down can be lost");
  return llmserving_test::finish();
}
