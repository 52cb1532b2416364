// Matrix products with packed weights, for every family and kind of activations, against sums in double precision over
// the weights that the packed matrix stands for.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "harness.h"
#include "linear_weights.h"
#include "llmserving/gpu/linear.h"
#include "pack.h"
#include "tests/check.h"

using namespace llmserving;
using namespace llmserving::gpu;
using llmserving::gputest::Array;
using llmserving::gputest::Traffic;
using llmserving_test::Random;

namespace {

constexpr DType kActivations[] = {DType::BF16, DType::F16};

uint16_t to_bits(DType type, float value) {
  return type == DType::F16 ? from_float<f16>(value).bits : from_float<bf16>(value).bits;
}
float to_value(DType type, uint16_t bits) { return type == DType::F16 ? to_float(f16{bits}) : to_float(bf16{bits}); }

const FileType &file_type(uint32_t type) {
  return *std::find_if(std::begin(kFileTypes), std::end(kFileTypes), [&](const FileType &t) { return t.type == type; });
}

LinearFamily family_of(uint32_t file, DType activations) {
  PackedFormat format;
  CHECK(packed_format(file, activations, &format), "type %u", file);
  return format.family;
}

// A packed matrix, with its weights.
struct Weights {
  LinearFamily family;
  int32_t n, k;
  std::vector<float> values; // [n][k]
  std::vector<uint8_t> packed;

  Weights(uint32_t type, DType activations, int32_t rows, int32_t columns, Random &random) : n(rows), k(columns) {
    uint64_t r = static_cast<uint64_t>(rows), c = static_cast<uint64_t>(columns);
    family = family_of(type, activations);
    std::vector<uint8_t> source = random_blocks(file_type(type), r, c, 1, random);
    packed.resize(static_cast<size_t>(gpu::packed_bytes(family, n, k)));
    CHECK(pack(type, activations, r, c, source.data(), packed.data()), "type %u", type);
    values.resize(r * c);
    unpack(family, activations, r, c, packed.data(), values.data());
  }
};

struct Tokens {
  int32_t m, k, stride;
  std::vector<uint16_t> bits;

  Tokens(DType type, int32_t tokens, int32_t columns, Random &random, int32_t padding = 8)
      : m(tokens), k(columns), stride(columns + padding) {
    bits.resize(static_cast<size_t>(m) * static_cast<size_t>(stride));
    for (uint16_t &b : bits)
      b = to_bits(type, random.activation());
    // What lies beyond a row must not count, not even as 0 * NaN.
    for (int32_t token = 0; token < m; token++)
      for (int32_t i = k; i < stride; i++)
        bits[static_cast<size_t>(token * stride + i)] = 0x7fff;
  }
};

struct Options {
  bool bias = false, f32_out = false;
  float scale = 1, cap = 0;
  int32_t offset = 0, extra = 0; // column of the first output, and columns after the last one
  const std::vector<int32_t> *rows = nullptr;
};

// Outputs [m][n] as f32, checked for writes outside their columns.
std::vector<float> compute(const Launch &launch, DType type, const Weights &w, const Tokens &x, const Options &o,
                           const std::vector<float> &bias, Traffic *traffic = nullptr) {
  int32_t m = o.rows == nullptr ? x.m : static_cast<int32_t>(o.rows->size()), stride = o.offset + w.n + o.extra;
  Array<uint16_t> tokens(x.bits);
  Array<uint8_t> weights(w.packed);
  Array<float> added(bias);
  Array<int32_t> rows(o.rows == nullptr ? std::vector<int32_t>{0} : *o.rows);
  std::vector<uint8_t> before(static_cast<size_t>(m) * static_cast<size_t>(stride) * (o.f32_out ? 4 : 2), 0x5a);
  Array<uint8_t> y(before);
  LinearParams p = {};
  p.x = tokens.data();
  p.w = weights.data();
  p.bias = o.bias ? added.data() : nullptr;
  p.rows = o.rows == nullptr ? nullptr : rows.data();
  p.y = y.data();
  p.x_stride = x.stride;
  p.y_stride = stride;
  p.y_offset = o.offset;
  p.m = m;
  p.n = w.n;
  p.k = w.k;
  p.f32_out = o.f32_out;
  p.scale = o.scale;
  p.cap = o.cap;
  CHECK(launch.kernel != nullptr, "no instance");
  Traffic t = gputest::run(launch, p);
  if (traffic != nullptr)
    *traffic = t;
  std::vector<uint8_t> bytes = y.read();
  std::vector<float> outputs;
  for (int32_t token = 0; token < m; token++)
    for (int32_t i = 0; i < stride; i++) {
      size_t at = static_cast<size_t>(token * stride + i);
      bool inside = i >= o.offset && i < o.offset + w.n;
      uint32_t bits = 0;
      memcpy(&bits, bytes.data() + at * (o.f32_out ? 4 : 2), o.f32_out ? 4 : 2);
      CHECK(inside || bits == (o.f32_out ? 0x5a5a5a5au : 0x5a5au), "%s wrote column %d of token %d", launch.kernel, i, token);
      if (inside)
        outputs.push_back(o.f32_out ? float_of_bits(bits) : to_value(type, static_cast<uint16_t>(bits)));
    }
  return outputs;
}

// Tolerance: k 2^-22 sum |w x| for sums in f32 and the rounding of codes' products, then the output's own rounding.
void compare(const char *kernel, DType type, const Weights &w, const Tokens &x, const Options &o,
             const std::vector<float> &bias, const std::vector<float> &actual) {
  int32_t m = o.rows == nullptr ? x.m : static_cast<int32_t>(o.rows->size());
  for (int32_t token = 0; token < m; token++)
    for (int32_t i = 0; i < w.n; i++) {
      double sum = o.bias ? bias[static_cast<size_t>(i)] : 0, magnitude = std::fabs(sum);
      int32_t row = o.rows == nullptr ? token : (*o.rows)[static_cast<size_t>(token)];
      for (int32_t k = 0; k < w.k; k++) {
        double product = static_cast<double>(w.values[static_cast<size_t>(i * w.k + k)]) *
                         to_value(type, x.bits[static_cast<size_t>(row * x.stride + k)]);
        sum += product;
        magnitude += std::fabs(product);
      }
      sum *= o.scale;
      double error = std::ldexp(w.k * magnitude * o.scale, -22);
      if (o.cap != 0) {
        sum = o.cap * std::tanh(sum / o.cap);
        error += o.cap * std::ldexp(1, -20);
      }
      if (!o.f32_out)
        error += std::fabs(sum) * std::ldexp(1, type == DType::F16 ? -11 : -8) + std::ldexp(1, -25);
      float got = actual[static_cast<size_t>(token * w.n + i)];
      CHECK(std::fabs(got - sum) <= error, "%s m %d n %d k %d: token %d row %d: %g, not %g (%g)", kernel, m, w.n, w.k, token,
            i, got, sum, error);
    }
}

void check(const Launch &launch, uint32_t file, DType type, int32_t m, int32_t n, int32_t k, const Options &o = {}) {
  Random random(file + static_cast<uint64_t>(m * 7 + n * 31 + k));
  Weights w(file, type, n, k, random);
  Tokens x(type, m, k, random);
  std::vector<float> bias(static_cast<size_t>(n));
  for (float &b : bias)
    b = random.uniform();
  compare(launch.kernel, type, w, x, o, bias, compute(launch, type, w, x, o, bias));
}

// One file type per family, with what k must be a multiple of.
struct Case {
  uint32_t type;
  int32_t k[3];
};
constexpr Case kCases[] = {{LLM_TYPE_BF16, {8, 72, 320}},  {LLM_TYPE_Q8_0, {32, 96, 320}}, {LLM_TYPE_Q5_1, {32, 96, 320}},
                           {LLM_TYPE_Q6_K, {256, 256, 512}}, {LLM_TYPE_Q4_0, {64, 96, 320}}, {LLM_TYPE_Q4_1, {32, 96, 320}},
                           {LLM_TYPE_Q2_K, {256, 256, 512}}};

void small_sizes() {
  const int32_t ms[] = {1, 2, 7, 8, 9, 15, 16, 17, 33}, ns[] = {16, 48, 100, 129, 33, 1, 31, 64, 17};
  for (const Case &c : kCases)
    for (DType type : kActivations)
      for (int i = 0; i < 9; i++) {
        LinearFamily family = family_of(c.type, type);
        Options o;
        o.bias = i % 2 == 1;
        o.f32_out = i % 3 == 2;
        o.offset = i % 4;
        o.extra = i % 3;
        int32_t k = c.k[i % 3];
        check(linear_small_launch(family, type, ms[i], ns[i], k), c.type, type, ms[i], ns[i], k, o);
      }
}

void tiled_sizes() {
  const int32_t ms[] = {1, 65, 129}, ns[] = {129, 100, 16};
  for (const Case &c : kCases)
    for (DType type : kActivations)
      for (int i = 0; i < 3; i++) {
        LinearFamily family = family_of(c.type, type);
        Options o;
        o.bias = i == 1;
        o.f32_out = i == 2;
        o.offset = 4 * i + i / 2;
        for (int32_t tokens : {GEMM_FEW_TOKENS, GEMM_TOKENS})
          check(linear_gemm_launch(family, type, ms[i], ns[i], c.k[i], tokens), c.type, type, ms[i], ns[i], c.k[i], o);
      }
}

// Types that share a family with another one.
void other_types() {
  for (uint32_t file : {LLM_TYPE_F32, LLM_TYPE_F16, LLM_TYPE_Q5_0, LLM_TYPE_IQ4_NL, LLM_TYPE_Q5_K, LLM_TYPE_Q4_K, LLM_TYPE_Q3_K})
    for (DType type : kActivations)
      check(linear_launch(family_of(file, type), type, 3, 40, 256), file, type, 3, 40, 256);
}

void logits() {
  Options o;
  o.f32_out = true;
  o.scale = 0.25f;
  o.cap = 5;
  std::vector<int32_t> rows = {4, 0, 2};
  o.rows = &rows;
  for (DType type : kActivations) {
    check(linear_small_launch(LinearFamily::Int8, type, 3, 203, 64), LLM_TYPE_Q8_0, type, 5, 203, 64, o);
    check(linear_gemm_launch(LinearFamily::Float, type, 3, 131, 64, GEMM_FEW_TOKENS), LLM_TYPE_BF16, type, 5, 131, 64, o);
  }
}

// A token's outputs are the same to the bit alone, among others, and from either kernel.
void batch_invariance() {
  for (const Case &c : kCases)
    for (DType type : kActivations) {
      Random random(c.type);
      Weights w(c.type, type, 48, 768, random);
      Tokens x(type, 17, 768, random);
      Options o;
      o.f32_out = true;
      std::vector<float> all = compute(linear_gemm_launch(w.family, type, 17, w.n, w.k, GEMM_TOKENS), type, w, x, o, {0});
      CHECK(all == compute(linear_gemm_launch(w.family, type, 17, w.n, w.k, GEMM_FEW_TOKENS), type, w, x, o, {0}),
            "type %u: tiles differ", c.type);
      CHECK(all == compute(linear_small_launch(w.family, type, 17, w.n, w.k), type, w, x, o, {0}), "type %u: kernels differ", c.type);
      std::vector<int32_t> rows = {16, 3};
      o.rows = &rows;
      std::vector<float> some = compute(linear_small_launch(w.family, type, 2, w.n, w.k), type, w, x, o, {0});
      for (int32_t i = 0; i < w.n; i++)
        CHECK(some[static_cast<size_t>(i)] == all[static_cast<size_t>(16 * w.n + i)] &&
                  some[static_cast<size_t>(w.n + i)] == all[static_cast<size_t>(3 * w.n + i)],
              "type %u row %d", c.type, i);
    }
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
    for (DType type : kActivations) {
      LinearFamily family = family_of(c.type, type);
      for (int32_t m : {1, 8, 16}) {
        Launch launch = linear_small_launch(family, type, m, 128, 1024);
        check_traffic(launch, c.type, type, m, 128, 1024, static_cast<int32_t>(launch.grid_y));
      }
      for (int32_t m : {GEMM_FEW_TOKENS, GEMM_TOKENS}) {
        int32_t k = m == GEMM_TOKENS ? 512 : 1024;
        check_traffic(linear_gemm_launch(family, type, m, 128, k, m), c.type, type, m, 128, k, 1);
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
    for (DType type : kActivations) {
      Random random(c.type);
      Weights w(c.type, type, 37, c.k[2], random);
      check_unpacking(w, type, 0);
      check_unpacking(w, type, 16);
    }
}

// Which kernel a shape gets.
void choices() {
  auto kernel = [](int32_t m, int32_t n) { return std::string(linear_launch(LinearFamily::Int4, DType::BF16, m, n, 64).kernel); };
  CHECK(kernel(1, 4096) == "linear_small_int4_bf16_8" && kernel(16, 4096) == "linear_small_int4_bf16_16", "few tokens");
  CHECK(kernel(17, 4096) == "linear_gemm_int4_bf16_64" && kernel(100, 1024) == "linear_small_int4_bf16_16", "some tokens");
  CHECK(kernel(4096, 4096) == "linear_gemm_int4_bf16" && kernel(200, 1024) == "linear_gemm_int4_bf16_64", "many tokens");
}

void refusals() {
  CHECK(linear_launch(LinearFamily::Int4, DType::F32, 1, 16, 64).kernel == nullptr, "f32 activations");
  CHECK(linear_launch(LinearFamily::Int4, DType::BF16, 0, 16, 64).kernel == nullptr, "no tokens");
  CHECK(linear_launch(LinearFamily::Float, DType::BF16, 1, 16, 60).kernel == nullptr, "rows that are not aligned");
}

} // namespace

int main() {
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
