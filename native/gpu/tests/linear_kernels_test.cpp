// Matrix products with packed weights, for every family and kind of activations, against sums in double precision over
// the weights that the packed matrix stands for.
#include <string>

#include "linear_fixture.h"

using namespace llmserving;
using namespace llmserving::gputest;

namespace {

void check(const Launch &launch, uint32_t file, DType type, int32_t m, int32_t n, int32_t k, const Options &o = {}) {
  Random random(file + static_cast<uint64_t>(m * 7 + n * 31 + k));
  Weights w(file, type, n, k, random);
  Tokens x(type, m, k, random);
  std::vector<float> bias(static_cast<size_t>(n));
  for (float &b : bias)
    b = random.uniform();
  compare(launch.kernel, type, w, x, o, bias, compute(launch, type, w, x, o, bias));
}

void small_sizes() {
  const int32_t ms[] = {1, 2, 7, 8, 9, 15, 16, 17, 33}, ns[] = {16, 48, 100, 129, 33, 1, 31, 64, 17};
  for (const Case &c : kCases)
    for (DType type : kActivationTypes)
      for (int i = 0; i < 9; i++) {
        LinearFamily family = family_of(c.type, type);
        Options o;
        o.bias = i % 2 == 1;
        o.f32_out = i % 3 == 2;
        o.offset = i % 4;
        o.extra = i % 3;
        int32_t k = c.k[i % 3];
        check(linear_small_launch(family, type, sizes(ms[i], ns[i], k)), c.type, type, ms[i], ns[i], k, o);
      }
}

void tiled_sizes() {
  const int32_t ms[] = {1, 65, 129}, ns[] = {129, 100, 16};
  for (const Case &c : kCases)
    for (DType type : kActivationTypes)
      for (int i = 0; i < 3; i++) {
        LinearFamily family = family_of(c.type, type);
        Options o;
        o.bias = i == 1;
        o.f32_out = i == 2;
        o.offset = 4 * i + i / 2;
        for (int32_t tokens : {GEMM_FEW_TOKENS, GEMM_TOKENS})
          check(linear_gemm_launch(family, type, sizes(ms[i], ns[i], c.k[i]), tokens), c.type, type, ms[i], ns[i], c.k[i], o);
      }
}

// Types that share a family with another one.
void other_types() {
  for (uint32_t file : {LLM_TYPE_F32, LLM_TYPE_F16, LLM_TYPE_Q5_0, LLM_TYPE_IQ4_NL, LLM_TYPE_Q5_K, LLM_TYPE_Q4_K, LLM_TYPE_Q3_K})
    for (DType type : kActivationTypes)
      check(linear_launch(family_of(file, type), type, sizes(3, 40, 256)), file, type, 3, 40, 256);
}

void logits() {
  Options o;
  o.f32_out = true;
  o.scale = 0.25f;
  o.cap = 5;
  std::vector<int32_t> rows = {4, 0, 2};
  o.rows = &rows;
  for (DType type : kActivationTypes) {
    check(linear_small_launch(LinearFamily::Int8, type, sizes(3, 203, 64)), LLM_TYPE_Q8_0, type, 5, 203, 64, o);
    check(linear_gemm_launch(LinearFamily::Float, type, sizes(3, 131, 64), GEMM_FEW_TOKENS), LLM_TYPE_BF16, type, 5, 131, 64, o);
  }
}

// A token's outputs are the same to the bit alone, among others, and from either kernel.
void batch_invariance() {
  for (const Case &c : kCases)
    for (DType type : kActivationTypes) {
      Random random(c.type);
      Weights w(c.type, type, 48, 768, random);
      Tokens x(type, 17, 768, random);
      Options o;
      o.f32_out = true;
      std::vector<float> all = compute(linear_gemm_launch(w.family, type, sizes(17, w.n, w.k), GEMM_TOKENS), type, w, x, o, {0});
      CHECK(all == compute(linear_gemm_launch(w.family, type, sizes(17, w.n, w.k), GEMM_FEW_TOKENS), type, w, x, o, {0}),
            "type %u: tiles differ", c.type);
      CHECK(all == compute(linear_small_launch(w.family, type, sizes(17, w.n, w.k)), type, w, x, o, {0}), "type %u: kernels differ", c.type);
      std::vector<int32_t> rows = {16, 3};
      o.rows = &rows;
      std::vector<float> some = compute(linear_small_launch(w.family, type, sizes(2, w.n, w.k)), type, w, x, o, {0});
      for (int32_t i = 0; i < w.n; i++)
        CHECK(some[static_cast<size_t>(i)] == all[static_cast<size_t>(16 * w.n + i)] &&
                  some[static_cast<size_t>(w.n + i)] == all[static_cast<size_t>(3 * w.n + i)],
              "type %u row %d", c.type, i);
    }
}

int print_bits() {
  for (const Case &c : kCases)
    for (DType type : kActivationTypes) {
      Random random(c.type);
      Weights w(c.type, type, 48, 768, random);
      Tokens x(type, 17, 768, random);
      Options o;
      o.f32_out = true;
      for (const Launch &launch : {linear_small_launch(w.family, type, sizes(17, w.n, w.k)),
                                   linear_gemm_launch(w.family, type, sizes(17, w.n, w.k), GEMM_TOKENS)}) {
        uint64_t hash = 14695981039346656037u; // FNV-1a
        for (float value : compute(launch, type, w, x, o, {0}))
          hash = (hash ^ bits_of_float(value)) * 1099511628211u;
        printf("%s %016llx\n", launch.kernel, static_cast<unsigned long long>(hash));
      }
    }
  return llmserving_test::finish();
}

// Weights are read once per 16 tokens at most, in whole sectors, without conflicts in shared memory.
void check_traffic(const Launch &launch, uint32_t file, DType type, int32_t m, int32_t n, int32_t k, int32_t row_blocks) {
  Random random(file);
  Weights w(file, type, n, k, random);
  Tokens x(type, m, k, random, 16); // rows of whole sectors
  Traffic t;
  compute(launch, type, w, x, {}, {0}, &t);
  double tokens = 2.0 * m * k, weights = static_cast<double>(w.packed.size());
  double unique = static_cast<double>(t.unique_load_bytes), requested = static_cast<double>(t.load_bytes);
  CHECK(t.load_efficiency() >= 0.95, "%s m %d: %.3f", launch.kernel, m, t.load_efficiency());
  CHECK(t.store_efficiency() >= 0.95, "%s m %d: %.3f", launch.kernel, m, t.store_efficiency());
  CHECK(unique <= 1.02 * (weights + tokens), "%s m %d: %.0f of %.0f", launch.kernel, m, unique, weights + tokens);
  CHECK(requested <= 1.02 * (weights + row_blocks * tokens), "%s m %d: %.0f", launch.kernel, m, requested);
  CHECK(t.bank_conflicts() <= 1.05, "%s m %d: %.3f", launch.kernel, m, t.bank_conflicts());
}

void traffic() {
  for (const Case &c : kCases)
    for (DType type : kActivationTypes) {
      LinearFamily family = family_of(c.type, type);
      for (int32_t m : {1, 8, 16}) {
        Launch launch = linear_small_launch(family, type, sizes(m, 128, 1024));
        check_traffic(launch, c.type, type, m, 128, 1024, static_cast<int32_t>(launch.grid_y));
      }
      for (int32_t m : {GEMM_FEW_TOKENS, GEMM_TOKENS}) {
        int32_t k = m == GEMM_TOKENS ? 512 : 1024;
        check_traffic(linear_gemm_launch(family, type, sizes(m, 128, k), m), c.type, type, m, 128, k, 1);
      }
    }
}

// Rows first .. n - 1 as a plain matrix.
void check_unpacking(const Weights &w, DType type, int32_t first) {
  size_t stride = static_cast<size_t>(w.k + 31) / 16 * 16; // rows of whole sectors, and more than a row
  size_t rows = static_cast<size_t>(w.n - first), columns = static_cast<size_t>(w.k);
  Array<uint8_t> packed(w.packed);
  Array<uint16_t> y(std::vector<uint16_t>(rows * stride, 0x5a5a));
  LinearUnpackParams p = {packed.data(), y.data(), static_cast<int64_t>(stride), w.n - first, w.k, first};
  Launch launch = linear_unpack_launch(w.family, type, w.n - first, w.k);
  Traffic t = gputest::run(launch, p);
  CHECK(t.store_efficiency() >= 0.95, "%s: %.3f", launch.kernel, t.store_efficiency());
  std::vector<uint16_t> bits = y.read();
  for (size_t row = 0; row < rows; row++) {
    for (size_t k = columns; k < stride; k++)
      CHECK(bits[row * stride + k] == 0x5a5a, "%s wrote beyond a row", launch.kernel);
    for (size_t k = 0; k < columns; k++) {
      float expected = w.values[(static_cast<size_t>(first) + row) * columns + k];
      float allowed = std::fabs(expected) * std::ldexp(1.0f, type == DType::F16 ? -11 : -8) + std::ldexp(1.0f, -25);
      CHECK(std::fabs(to_value(type, bits[row * stride + k]) - expected) <= allowed, "%s row %d column %d", launch.kernel,
            static_cast<int>(row), static_cast<int>(k));
    }
  }
}

void unpacking() {
  for (const Case &c : kCases)
    for (DType type : kActivationTypes) {
      Random random(c.type);
      Weights w(c.type, type, 37, c.k[2], random);
      check_unpacking(w, type, 0);
      check_unpacking(w, type, 16);
    }
}

// Which kernel a shape gets.
void choices() {
  auto kernel = [](int32_t m, int32_t n) { return std::string(linear_launch(LinearFamily::Int4, DType::BF16, sizes(m, n, 64)).kernel); };
  CHECK(kernel(1, 4096) == "linear_small_int4_bf16_8" && kernel(16, 4096) == "linear_small_int4_bf16_16", "few tokens");
  CHECK(kernel(17, 16384) == "linear_gemm_int4_bf16_64" && kernel(81, 4096) == "linear_gemm_int4_bf16_64", "some tokens, tiles enough");
  CHECK(kernel(64, 4096) == "linear_small_int4_bf16_16" && kernel(100, 1024) == "linear_small_int4_bf16_16", "some tokens, few tiles");
  CHECK(kernel(4096, 4096) == "linear_gemm_int4_bf16" && kernel(200, 1024) == "linear_gemm_int4_bf16_64", "many tokens");
}

void refusals() {
  CHECK(linear_launch(LinearFamily::Int4, DType::F32, sizes(1, 16, 64)).kernel == nullptr, "f32 activations");
  CHECK(linear_launch(LinearFamily::Int4, DType::BF16, sizes(0, 16, 64)).kernel == nullptr, "no tokens");
  CHECK(linear_launch(LinearFamily::Float, DType::BF16, sizes(1, 16, 60)).kernel == nullptr, "rows that are not aligned");
  CHECK(linear_launch(LinearFamily::Float, DType::BF16, sizes(1, 0, 64)).kernel == nullptr, "no outputs");
}

} // namespace

// With `bits`, prints what tells the outputs of all kernels apart, and nothing else: programs with other shapes of the kernels
// print the same.
int main(int argc, char **argv) {
  if (argc > 1 && std::string(argv[1]) == "bits")
    return print_bits();
  small_sizes();
  tiled_sizes();
  other_types();
  logits();
  batch_invariance();
  traffic();
  unpacking();
  choices();
  refusals();
  return llmserving_test::finish();
}
