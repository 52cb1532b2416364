// Routing, alignment and combination of a mixture of experts against plain C++.
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "harness.h"
#include "llmserving/gpu/moe_align.h"
#include "llmserving/gpu/moe_combine.h"
#include "llmserving/gpu/moe_route.h"
#include "low_precision.h"

using namespace llmserving;
using namespace llmserving::gpu;
using namespace llmserving::gputest;
using llmserving_test::Random;

namespace {

struct Route {
  int32_t tokens, count, top_k;
  MoeScore score = MoeScore::Softmax;
  int32_t renormalize = 0;
  float scale = 1;
};

// Experts by descending logit, NaN last, equal ones by number.
std::vector<int32_t> order_of(const std::vector<float> &logits) {
  std::vector<int32_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    bool real_a = !std::isnan(logits[a]), real_b = !std::isnan(logits[b]);
    return real_a && (!real_b || logits[a] > logits[b]);
  });
  return order;
}

void check_token(const Route &r, const std::vector<float> &logits, const int32_t *experts, const float *weights) {
  std::vector<int32_t> order = order_of(logits);
  double greatest = logits[order[0]] > -INFINITY ? logits[order[0]] : 0, total = 0, chosen = 0;
  std::vector<double> scores(r.count);
  for (int32_t e = 0; e < r.count; e++) {
    double logit = std::isnan(logits[e]) ? -INFINITY : logits[e];
    scores[e] =
        r.score == MoeScore::Softmax ? logit == greatest ? 1 : std::exp(logit - greatest) : 1 / (1 + std::exp(-logit));
    total += scores[e];
  }
  for (int32_t j = 0; j < r.top_k; j++)
    chosen += scores[order[j]];
  double divisor = r.renormalize != 0 ? chosen : r.score == MoeScore::Softmax ? total : 1;
  for (int32_t j = 0; j < r.top_k; j++) {
    double expected = divisor > 0 ? scores[order[j]] / divisor * r.scale : 0;
    CHECK(experts[j] == order[j], "choice %d is expert %d, not %d", j, experts[j], order[j]);
    CHECK(std::fabs(weights[j] - expected) <= 1e-5 * std::fabs(expected) + 1e-7, "weight %d is %g, not %g", j,
          weights[j], expected);
  }
}

template <class L> void check_route(const Route &r, const std::vector<L> &logits) {
  Array<L> logit_array(logits);
  Array<int32_t> experts(static_cast<size_t>(r.tokens) * r.top_k);
  Array<float> weights(static_cast<size_t>(r.tokens) * r.top_k);
  MoeRouteParams p = {logit_array.data(), experts.data(), weights.data(), r.tokens, r.count, r.top_k, r.score,
                      r.renormalize,      r.scale};
  Traffic traffic = run(moe_route_launch(dtype_of<L>(), r.tokens, r.count, r.top_k), p);
  CHECK(r.count % 32 != 0 || sizeof(L) != 4 || traffic.load_efficiency() >= 0.95, "%g", traffic.load_efficiency());
  std::vector<int32_t> e = experts.read();
  std::vector<float> w = weights.read();
  for (int32_t token = 0; token < r.tokens; token++) {
    std::vector<float> row;
    for (int32_t i = 0; i < r.count; i++)
      row.push_back(to_float(logits[static_cast<size_t>(token) * r.count + i]));
    check_token(r, row, e.data() + static_cast<size_t>(token) * r.top_k,
                w.data() + static_cast<size_t>(token) * r.top_k);
  }
}

void check_routes() {
  Random random(6);
  for (const Route &r :
       {Route{1, 1, 1}, Route{5, 8, 2, MoeScore::Softmax, 1, 1}, Route{17, 60, 4, MoeScore::Sigmoid, 0, 2.5f},
        Route{3, 256, 8, MoeScore::Sigmoid, 1, 1}, Route{9, 128, 8, MoeScore::Softmax, 0, 1}}) {
    size_t count = static_cast<size_t>(r.tokens) * r.count;
    check_route(r, random_values<float>(random, count, 8));
    check_route(r, random_values<bf16>(random, count, 8)); // many equal ones
    check_route(r, random_values<f16>(random, count, 8));
  }
  const float inf = INFINITY;
  std::vector<float> odd = {0,     0,   0,    0,    0,    0,    0,    0,    NAN,  1,   NAN, 1,   -inf, 2,
                            -0.0f, 0,   -inf, -inf, -inf, -inf, -inf, -inf, -inf, NAN, NAN, NAN, NAN,  NAN,
                            NAN,   NAN, NAN,  NAN,  inf,  1,    inf,  -inf, 0,    NAN, 0,   0};
  for (MoeScore score : {MoeScore::Softmax, MoeScore::Sigmoid})
    for (int32_t renormalize : {0, 1})
      check_route(Route{5, 8, 8, score, renormalize, 1}, odd);
  CHECK(moe_route_launch(DType::F32, 1, 257, 1).kernel == nullptr &&
            moe_route_launch(DType::F32, 1, 4, 5).kernel == nullptr,
        "limits");
}

struct Aligned {
  std::vector<int32_t> slots, block_experts;
};
Aligned align_reference(const std::vector<int32_t> &experts, int32_t count, int32_t tile) {
  Aligned result;
  for (int32_t expert = 0; expert < count; expert++) {
    for (size_t pair = 0; pair < experts.size(); pair++)
      if (experts[pair] == expert)
        result.slots.push_back(static_cast<int32_t>(pair));
    while (result.slots.size() % tile != 0)
      result.slots.push_back(-1);
    result.block_experts.resize(result.slots.size() / tile, expert);
  }
  return result;
}

// The launches that align pairs, as a host does them.
void run_align(const MoeAlignParams &p, bool small) {
  if (small) {
    run(moe_align_launch(MoeAlignStep::Small, p.pairs), p);
    return;
  }
  run(moe_align_launch(MoeAlignStep::Count, p.pairs), p);
  run(moe_align_launch(MoeAlignStep::Scan, p.pairs), p);
  run(moe_align_launch(MoeAlignStep::Scatter, p.pairs), p);
}

void check_align(const std::vector<int32_t> &experts, int32_t count, int32_t tile, bool small) {
  int32_t pairs = static_cast<int32_t>(experts.size()), most = moe_align_max_blocks(pairs, count, tile);
  int32_t chunks = moe_align_chunks(pairs);
  std::vector<int32_t> dummy(1);
  Array<int32_t> expert_array(pairs == 0 ? dummy : experts), blocks(1), counts(static_cast<size_t>(chunks) * count + 1);
  Array<int32_t> slots(std::vector<int32_t>(static_cast<size_t>(most) * tile + 1, -7)),
      block_experts(std::vector<int32_t>(static_cast<size_t>(most) + 1, -7));
  MoeAlignParams p = {expert_array.data(),
                      slots.data(),
                      block_experts.data(),
                      blocks.data(),
                      counts.data(),
                      pairs,
                      count,
                      tile,
                      chunks};
  run_align(p, small);
  Aligned expected = align_reference(experts, count, tile);
  size_t used = static_cast<size_t>(blocks.read()[0]);
  CHECK(used == expected.block_experts.size() && used <= static_cast<size_t>(most), "%zu blocks, not %zu of at most %d",
        used, expected.block_experts.size(), most);
  std::vector<int32_t> slot_values = slots.read(), block_values = block_experts.read();
  for (size_t i = 0; i < expected.slots.size(); i++)
    CHECK(slot_values[i] == expected.slots[i], "slot %zu is %d, not %d", i, slot_values[i], expected.slots[i]);
  for (size_t i = 0; i < used; i++)
    CHECK(block_values[i] == expected.block_experts[i], "block %zu has expert %d, not %d", i, block_values[i],
          expected.block_experts[i]);
}

void check_aligns() {
  Random random(7);
  for (int32_t count : {1, 8, 60, 256})
    for (int32_t pairs : {1, 2, 33, 300, 1024, 2500}) {
      std::vector<int32_t> experts(pairs);
      for (int32_t &expert : experts)
        expert = static_cast<int32_t>(random.next() % static_cast<uint32_t>(count));
      if (pairs == 300)
        for (size_t i = 0; i < experts.size(); i += 7)
          experts[i] = i % 2 == 0 ? -1 : count; // not placed
      if (pairs <= MOE_ALIGN_CHUNK)
        check_align(experts, count, 16, true);
      if (pairs == 33 || pairs > 1000)
        check_align(experts, count, pairs == 2500 ? 64 : 16, false);
    }
  check_align({}, 8, 16, true);
}

template <class T> void check_combine(int32_t tokens, int32_t top_k, int32_t width, bool with_add) {
  Random random(8);
  size_t count = static_cast<size_t>(tokens) * top_k;
  std::vector<T> pairs = random_values<T>(random, count * width),
                 add = random_values<T>(random, static_cast<size_t>(tokens) * width);
  std::vector<float> weights(count);
  std::vector<int32_t> experts(count);
  for (size_t i = 0; i < count; i++) {
    weights[i] = random.uniform();
    experts[i] = i % 5 == 3 ? -1 : static_cast<int32_t>(i % 8);
    if (experts[i] < 0)
      std::fill_n(pairs.begin() + i * width, width, from_float<T>(NAN)); // never read
  }
  Array<T> pair_array(pairs), add_array(add), out(add.size());
  Array<float> weight_array(weights);
  Array<int32_t> expert_array(experts);
  MoeCombineParams p = {pair_array.data(),
                        weight_array.data(),
                        expert_array.data(),
                        with_add ? add_array.data() : nullptr,
                        out.data(),
                        tokens,
                        top_k,
                        8,
                        width};
  Traffic traffic = run(moe_combine_launch(dtype_of<T>(), tokens, width), p);
  CHECK(width < 1024 || (traffic.load_efficiency() >= 0.95 && traffic.store_efficiency() >= 0.95), "%g",
        traffic.load_efficiency());
  std::vector<T> result = out.read();
  for (int32_t token = 0; token < tokens; token++)
    for (int32_t column = 0; column < width; column++) {
      Sum sum;
      if (with_add)
        sum.add(to_float(add[static_cast<size_t>(token) * width + column]));
      for (int32_t choice = 0; choice < top_k; choice++) {
        size_t pair = static_cast<size_t>(token) * top_k + choice;
        if (experts[pair] >= 0)
          sum.add(static_cast<double>(weights[pair]) * to_float(pairs[pair * width + column]));
      }
      T got = result[static_cast<size_t>(token) * width + column];
      CHECK(near(got, sum, top_k + 1), "token %d column %d: %g, not %g", token, column, to_float(got), sum.value);
    }
}

} // namespace

int main() {
  check_routes();
  check_aligns();
  check_combine<bf16>(1, 1, 8, false);
  check_combine<bf16>(3, 8, 1032, true);
  check_combine<bf16>(4, 8, 2048, true);
  check_combine<f16>(4, 8, 2048, true);
  check_combine<f16>(17, 2, 96, true);
  return llmserving_test::finish();
}
