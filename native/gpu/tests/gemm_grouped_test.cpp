// gemm_grouped against double precision: experts without pairs, tiles with empty slots, shared rows.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "harness.h"
#include "llmserving/gpu/gemm_grouped.h"
#include "llmserving/gpu/moe_align.h"
#include "low_precision.h"

using namespace llmserving;
using namespace llmserving::gpu;
using namespace llmserving::gputest;
using llmserving_test::Random;

namespace {

struct Shape {
  int32_t tokens, top_k, experts, n, k, tile;
};

// The pairs of each expert in blocks of `tile`; the last expert has none.
struct Plan {
  std::vector<int32_t> pair_experts, slots, block_experts;

  Plan(Random &random, const Shape &s) {
    int32_t used = std::max(1, s.experts - 1);
    for (int32_t pair = 0; pair < s.tokens * s.top_k; pair++)
      pair_experts.push_back(static_cast<int32_t>(random.next() % static_cast<uint32_t>(used)));
    for (int32_t expert = 0; expert < s.experts; expert++) {
      for (size_t pair = 0; pair < pair_experts.size(); pair++)
        if (pair_experts[pair] == expert)
          slots.push_back(static_cast<int32_t>(pair));
      while (slots.size() % s.tile != 0)
        slots.push_back(-1);
      block_experts.resize(slots.size() / s.tile, expert);
    }
  }
};

template <class T> Traffic check_gemm(const Shape &s, int32_t share) {
  Random random(9);
  Plan plan(random, s);
  int32_t pairs = s.tokens * s.top_k, most = moe_align_max_blocks(pairs, s.experts, s.tile);
  std::vector<T> x = random_values<T>(random, static_cast<size_t>(pairs / share) * s.k);
  std::vector<T> w = random_values<T>(random, static_cast<size_t>(s.experts) * s.n * s.k);
  Array<T> x_array(x), w_array(w), y(static_cast<size_t>(pairs) * s.n);
  Array<int32_t> slots(plan.slots), block_experts(plan.block_experts),
      blocks(std::vector<int32_t>{static_cast<int32_t>(plan.block_experts.size())});
  GemmGroupedParams p = {
      x_array.data(), w_array.data(), y.data(), slots.data(), block_experts.data(), blocks.data(), s.n, s.k, share};
  Traffic traffic = run(gemm_grouped_launch(dtype_of<T>(), s.tile, most, s.n), p);
  std::vector<T> result = y.read(); // all pairs have slots
  for (int32_t pair = 0; pair < pairs; pair++)
    for (int32_t j = 0; j < s.n; j++) {
      Sum sum;
      const T *row = x.data() + static_cast<size_t>(pair / share) * s.k;
      const T *weights = w.data() + (static_cast<size_t>(plan.pair_experts[pair]) * s.n + j) * s.k;
      for (int32_t c = 0; c < s.k; c++)
        sum.add(static_cast<double>(to_float(row[c])) * to_float(weights[c]));
      T got = result[static_cast<size_t>(pair) * s.n + j];
      CHECK(near(got, sum, s.k), "experts %d tile %d n %d k %d: y[%d][%d] = %g, not %g", s.experts, s.tile, s.n, s.k,
            pair, j, to_float(got), sum.value);
    }
  CHECK(traffic.ldmatrix_wavefronts == traffic.ldmatrix_ideal, "conflicts of ldmatrix");
  return traffic;
}

template <class T> void check_traffic() {
  for (const Shape &s :
       {Shape{32, 1, 3, 128, 1024, 16}, Shape{128, 1, 2, 128, 1024, 64}, Shape{256, 1, 2, 128, 1024, 128}}) {
    Traffic traffic = check_gemm<T>(s, 1);
    CHECK(traffic.load_efficiency() >= 0.95 && traffic.store_efficiency() >= 0.95, "%g %g", traffic.load_efficiency(),
          traffic.store_efficiency());
    CHECK(traffic.bank_conflicts() <= 1.05, "%g", traffic.bank_conflicts());
  }
}

} // namespace

int main() {
  check_gemm<bf16>({1, 1, 1, 100, 96, 16}, 1);
  check_gemm<bf16>({17, 2, 8, 100, 96, 16}, 2);
  check_gemm<f16>({15, 4, 60, 136, 40, 16}, 1);
  check_gemm<f16>({65, 2, 2, 100, 96, 64}, 2);
  check_gemm<bf16>({65, 2, 3, 72, 200, 128}, 1);
  check_gemm<f16>({33, 4, 2, 136, 96, 128}, 4);
  check_traffic<bf16>();
  check_traffic<f16>();
  CHECK(gemm_grouped_launch(DType::BF16, 32, 1, 1).kernel == nullptr, "no tile of 32");
  CHECK(gemm_grouped_tile(64, 8) == 16 && gemm_grouped_tile(65536, 8) == 128, "tiles");
  return llmserving_test::finish();
}
