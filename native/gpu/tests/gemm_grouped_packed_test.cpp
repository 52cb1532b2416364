// gemm_grouped_packed against double precision over the weights that the packed matrices stand for.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "harness.h"
#include "linear_weights.h"
#include "llmserving/gpu/gemm_grouped_packed.h"
#include "llmserving/gpu/moe_align.h"
#include "low_precision.h"
#include "pack.h"

using namespace llmserving;
using namespace llmserving::gpu;
using namespace llmserving::gputest;
using llmserving_test::Random;

namespace {

struct Shape {
  int32_t tokens, top_k, experts, n, k, tile;
};

struct Experts {
  std::vector<float> values;   // [experts][n][k]
  std::vector<uint8_t> packed; // [experts][stride]
  int64_t stride;

  Experts(Random &random, const Shape &s, uint32_t type, LinearFamily family, DType activations)
      : stride(packed_bytes(family, s.n, s.k)) {
    const FileType &file =
        *std::find_if(std::begin(kFileTypes), std::end(kFileTypes), [&](const FileType &t) { return t.type == type; });
    size_t count = static_cast<size_t>(s.n) * s.k;
    values.resize(s.experts * count);
    packed.resize(s.experts * static_cast<size_t>(stride));
    for (int32_t e = 0; e < s.experts; e++) {
      std::vector<uint8_t> source = random_blocks(file, s.n, s.k, 1, random);
      CHECK(pack(type, activations, s.n, s.k, source.data(), packed.data() + e * stride), "type %u", type);
      unpack(family, activations, s.n, s.k, packed.data() + e * stride, values.data() + e * count);
    }
  }
};

// Pairs in blocks of their experts; the last expert of several has none.
struct Plan {
  std::vector<int32_t> pair_experts, slots, block_experts;

  Plan(Random &random, const Shape &s) {
    for (int32_t pair = 0; pair < s.tokens * s.top_k; pair++)
      pair_experts.push_back(static_cast<int32_t>(random.next() % static_cast<uint32_t>(std::max(1, s.experts - 1))));
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

template <class T> Traffic check_gemm(uint32_t type, LinearFamily family, const Shape &s, int32_t share) {
  Random random(12);
  Experts experts(random, s, type, family, dtype_of<T>());
  Plan plan(random, s);
  int32_t pairs = s.tokens * s.top_k, most = moe_align_max_blocks(pairs, s.experts, s.tile);
  std::vector<T> x = random_values<T>(random, static_cast<size_t>(pairs / share) * s.k);
  Array<T> x_array(x), y(static_cast<size_t>(pairs) * s.n);
  Array<uint8_t> w(experts.packed);
  Array<int32_t> slots(plan.slots), block_experts(plan.block_experts),
      blocks(std::vector<int32_t>{static_cast<int32_t>(plan.block_experts.size())});
  GemmGroupedPackedParams p = {x_array.data(), w.data(),       y.data(), slots.data(), block_experts.data(),
                               blocks.data(),  experts.stride, s.n,      s.k,          share};
  Traffic traffic = run(gemm_grouped_packed_launch(family, dtype_of<T>(), s.tile, most, s.n), p);
  std::vector<T> result = y.read();
  for (int32_t pair = 0; pair < pairs; pair++)
    for (int32_t j = 0; j < s.n; j++) {
      Sum sum;
      const T *row = x.data() + static_cast<size_t>(pair / share) * s.k;
      const float *weights = experts.values.data() + (static_cast<size_t>(plan.pair_experts[pair]) * s.n + j) * s.k;
      for (int32_t c = 0; c < s.k; c++)
        sum.add(static_cast<double>(to_float(row[c])) * weights[c]);
      T got = result[static_cast<size_t>(pair) * s.n + j];
      // Codes and minima are summed apart: their magnitudes count, not the weights'.
      double error = std::fabs(to_float(got) - sum.value);
      CHECK(error <= epsilon_of<T>() * std::fabs(sum.value) + 1e-4 * (1 + sum.magnitude),
            "type %u tile %d n %d k %d: y[%d][%d] = %g, not %g", type, s.tile, s.n, s.k, pair, j, to_float(got),
            sum.value);
    }
  return traffic;
}

template <class T> void check_family(uint32_t type, LinearFamily family, int32_t block) {
  check_gemm<T>(type, family, {1, 1, 1, 100, block, 32}, 1);
  check_gemm<T>(type, family, {17, 2, 8, 100, std::max(96, block), 32}, 2);
  check_gemm<T>(type, family, {65, 2, 2, 136, std::max(160, block), 128}, 1);
  for (int32_t tile : {32, 128}) { // what the gates read
    int32_t k = tile == 32 ? 2048 : 1024;
    Traffic t = check_gemm<T>(type, family, {tile, 1, 1, 128, k, tile}, 1);
    CHECK(t.load_efficiency() >= 0.95 && t.store_efficiency() >= 0.95, "%g %g", t.load_efficiency(),
          t.store_efficiency());
    CHECK(t.bank_conflicts() <= 1.05, "%g", t.bank_conflicts());
    CHECK(static_cast<double>(t.unique_load_bytes) <=
              1.02 * (static_cast<double>(packed_bytes(family, 128, k)) + 2.0 * k * tile + 512),
          "weights once");
  }
}

template <class T> void check_type() {
  check_family<T>(LLM_TYPE_Q8_0, LinearFamily::Int8, 32);
  check_family<T>(LLM_TYPE_Q6_K, LinearFamily::Int8Group16, 256);
  check_family<T>(LLM_TYPE_Q4_0, LinearFamily::Int4, 32);
  check_family<T>(LLM_TYPE_Q4_1, LinearFamily::Int4Min, 32);
}

} // namespace

int main() {
  check_type<bf16>();
  check_type<f16>();
  CHECK(gemm_grouped_packed_launch(LinearFamily::Int4, DType::BF16, 64, 1, 1).kernel == nullptr, "no tile of 64");
  CHECK(gemm_grouped_packed_launch(LinearFamily::Float, DType::BF16, 32, 1, 1).kernel == nullptr,
        "plain weights: gemm_grouped");
  return llmserving_test::finish();
}
