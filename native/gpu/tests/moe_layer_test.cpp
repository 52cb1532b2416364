// A whole feed-forward layer of a mixture of experts: route, align, gate and up, activation, down, combine; against
// double precision from the logits on. Each token alone must give the same bits as in the batch.
#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "harness.h"
#include "llmserving/gpu/activation.h"
#include "llmserving/gpu/gemm_grouped.h"
#include "llmserving/gpu/moe_align.h"
#include "llmserving/gpu/moe_combine.h"
#include "llmserving/gpu/moe_route.h"
#include "low_precision.h"

using namespace llmserving;
using namespace llmserving::gpu;
using namespace llmserving::gputest;
using llmserving_test::Random;

namespace {

constexpr int32_t kExperts = 8, kTopK = 2, kHidden = 96, kInner = 72, kTile = 16;

template <class T> struct Layer {
  std::vector<T> gate_up; // [experts][2 * inner][hidden]: gate, then up
  std::vector<T> down;    // [experts][hidden][inner]

  explicit Layer(Random &random)
      : gate_up(random_values<T>(random, kExperts * 2 * kInner * kHidden, 0.3f)),
        down(random_values<T>(random, kExperts * kHidden * kInner, 0.3f)) {}
};

template <class T> struct Input {
  std::vector<float> logits; // [tokens][experts]
  std::vector<T> x;          // [tokens][hidden]; also what the layer's result is added to
};

// Everything that the launches read and write.
template <class T> struct Buffers {
  Array<float> logits, weights;
  Array<T> x, gate_up, down, inner_pairs, activated, pairs, out;
  Array<int32_t> experts, slots, block_experts, blocks, counts;

  Buffers(const Layer<T> &layer, const Input<T> &in, size_t tokens)
      : logits(in.logits), weights(tokens * kTopK), x(in.x), gate_up(layer.gate_up), down(layer.down),
        inner_pairs(tokens * kTopK * 2 * kInner), activated(tokens * kTopK * kInner), pairs(tokens * kTopK * kHidden),
        out(tokens * kHidden), experts(tokens * kTopK), slots(static_cast<size_t>(most_blocks(tokens)) * kTile),
        block_experts(static_cast<size_t>(most_blocks(tokens))), blocks(1), counts(1) {}

  static int32_t most_blocks(size_t tokens) {
    return moe_align_max_blocks(static_cast<int32_t>(tokens) * kTopK, kExperts, kTile);
  }
};

template <class T> std::vector<T> compute(const Layer<T> &layer, const Input<T> &in) {
  int32_t tokens = static_cast<int32_t>(in.x.size()) / kHidden, pairs = tokens * kTopK;
  Buffers<T> b(layer, in, static_cast<size_t>(tokens));
  int32_t blocks = Buffers<T>::most_blocks(static_cast<size_t>(tokens));
  MoeRouteParams route = {
      b.logits.data(), b.experts.data(), b.weights.data(), tokens, kExperts, kTopK, MoeScore::Softmax, 1, 1};
  run(moe_route_launch(DType::F32, tokens, kExperts, kTopK), route);
  MoeAlignParams align = {b.experts.data(), b.slots.data(),  b.block_experts.data(),
                          b.blocks.data(),  b.counts.data(), pairs,
                          kExperts,         kTile,           1};
  run(moe_align_launch(MoeAlignStep::Small, pairs), align);
  GemmGroupedParams product = {b.x.data(),
                               b.gate_up.data(),
                               b.inner_pairs.data(),
                               b.slots.data(),
                               b.block_experts.data(),
                               b.blocks.data(),
                               2 * kInner,
                               kHidden,
                               kTopK};
  run(gemm_grouped_launch(dtype_of<T>(), kTile, blocks, 2 * kInner), product);
  ActivationParams activation = {};
  activation.input = b.inner_pairs.data();
  activation.output = b.activated.data();
  activation.width = kInner;
  activation.kind = SILU;
  run(activation_launch(dtype_of<T>(), dtype_of<T>(), static_cast<uint32_t>(pairs), kInner), activation);
  GemmGroupedParams down = {b.activated.data(),
                            b.down.data(),
                            b.pairs.data(),
                            b.slots.data(),
                            b.block_experts.data(),
                            b.blocks.data(),
                            kHidden,
                            kInner,
                            1};
  run(gemm_grouped_launch(dtype_of<T>(), kTile, blocks, kHidden), down);
  MoeCombineParams combine = {b.pairs.data(), b.weights.data(), b.experts.data(), b.x.data(), b.out.data(), tokens,
                              kTopK,          kExperts,         kHidden};
  run(moe_combine_launch(dtype_of<T>(), tokens, kHidden), combine);
  return b.out.read();
}

// What one expert makes of a row, and the sum of the magnitudes that go into it.
template <class T> std::vector<Sum> expert_output(const Layer<T> &layer, int32_t expert, const T *x) {
  std::vector<double> inner(kInner);
  for (int32_t i = 0; i < kInner; i++) {
    double gate = 0, up = 0;
    for (int32_t k = 0; k < kHidden; k++) {
      size_t row = static_cast<size_t>(expert) * 2 * kInner + i;
      gate += static_cast<double>(to_float(x[k])) * to_float(layer.gate_up[row * kHidden + k]);
      up += static_cast<double>(to_float(x[k])) * to_float(layer.gate_up[(row + kInner) * kHidden + k]);
    }
    inner[i] = gate / (1 + std::exp(-gate)) * up;
  }
  std::vector<Sum> out(kHidden);
  for (int32_t j = 0; j < kHidden; j++)
    for (int32_t i = 0; i < kInner; i++)
      out[j].add(inner[i] * to_float(layer.down[(static_cast<size_t>(expert) * kHidden + j) * kInner + i]));
  return out;
}

template <class T> void check_token(const Layer<T> &layer, const float *logits, const T *x, const T *result) {
  std::vector<int32_t> order(kExperts);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return logits[a] > logits[b]; });
  double total = 0;
  for (int32_t j = 0; j < kTopK; j++)
    total += std::exp(logits[order[j]]);
  std::vector<Sum> sums(kHidden);
  for (int32_t j = 0; j < kTopK; j++) {
    std::vector<Sum> out = expert_output(layer, order[j], x);
    double weight = std::exp(logits[order[j]]) / total;
    for (int32_t i = 0; i < kHidden; i++) {
      sums[i].value += weight * out[i].value;
      sums[i].magnitude += weight * out[i].magnitude;
    }
  }
  for (int32_t i = 0; i < kHidden; i++) {
    double expected = to_float(x[i]) + sums[i].value;
    // Gate, up, their product, and each expert's output are rounded to T.
    double allowed = epsilon_of<T>() * (std::fabs(expected) + 2 * sums[i].magnitude) + 1e-6;
    CHECK(std::fabs(to_float(result[i]) - expected) <= allowed, "column %d is %g, not %g", i, to_float(result[i]),
          expected);
  }
}

template <class T> void check_layer(int32_t tokens) {
  Random random(13);
  Layer<T> layer(random);
  Input<T> in = {random_values<float>(random, static_cast<size_t>(tokens) * kExperts, 3),
                 random_values<T>(random, static_cast<size_t>(tokens) * kHidden)};
  std::vector<T> result = compute(layer, in);
  for (int32_t token = 0; token < tokens; token++)
    check_token(layer, in.logits.data() + token * kExperts, in.x.data() + token * kHidden,
                result.data() + token * kHidden);
  int32_t last = tokens - 1;
  Input<T> alone = {{in.logits.begin() + last * kExperts, in.logits.end()},
                    {in.x.begin() + last * kHidden, in.x.end()}};
  std::vector<T> one = compute(layer, alone);
  for (int32_t i = 0; i < kHidden; i++)
    CHECK(one[i].bits == result[last * kHidden + i].bits, "column %d differs alone", i);
}

} // namespace

int main() {
  check_layer<bf16>(17);
  check_layer<f16>(5);
  return llmserving_test::finish();
}
