// Every kernel against a twin that reads raw file blocks, on every instruction set that the machine has: bit by bit for
// int8 and f32 activations; for bf16, whose hardware rounds in its own way, within 2^-20 of the sum of magnitudes.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "linear/linear.h"
#include "tests/check.h"
#include "tests/linear_twin.h"

using namespace llmserving;
using namespace llmserving_test;

namespace {

struct Buffer {
  explicit Buffer(size_t bytes) : data(aligned_alloc(64, (bytes + 127) / 64 * 64)) { memset(data, 0xA5, bytes); }
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;
  ~Buffer() { free(data); }
  void *data;
};

struct Packed {
  Packed(llm_isa isa, const Raw &raw)
      : buffer(packed_bytes(isa, raw.type, raw.rows, raw.columns)), w{raw.type, raw.rows, raw.columns, buffer.data} {
    size_t units = linear_units(w), middle = units / 2;
    pack_units(isa, raw.type, raw.rows, raw.columns, raw.bytes.data(), buffer.data, middle, units);
    pack_units(isa, raw.type, raw.rows, raw.columns, raw.bytes.data(), buffer.data, 0, middle);
  }
  Buffer buffer;
  Matrix w;
};

// y [m][stride] by the kernels; columns beyond the rows of w keep 7.
std::vector<float> run(llm_isa isa, const Matrix &w, ActivationKind kind, const std::vector<float> &x, size_t m,
                       const float *bias, size_t stride, bool reversed) {
  Buffer packed(activation_bytes(isa, kind, m, w.columns));
  size_t step = activation_granularity(isa, kind, m);
  for (size_t first = 0; first < m; first += step) {
    pack_activations(isa, kind, x.data(), w.columns, m, w.columns, packed.data, first, first + step < m ? first + step : m);
  }
  std::vector<float> y(m * stride, 7.0f);
  size_t units = linear_units(w);
  for (size_t i = 0; i < (reversed ? units : 1); i++) {
    size_t first = reversed ? units - 1 - i : 0;
    linear(isa, w, kind, packed.data, m, y.data(), stride, bias, first, reversed ? first + 1 : units);
  }
  return y;
}

void check_against_twin(llm_isa isa, const Raw &raw, ActivationKind kind, const std::vector<float> &x, size_t m,
                        const std::vector<float> &bias, const std::vector<float> &y, size_t stride) {
  for (size_t row = 0; row < m; row++) {
    Twin twin(raw, kind, x.data() + row * raw.columns);
    for (size_t n = 0; n < stride; n++) {
      float actual = y[row * stride + n];
      if (n >= raw.rows) {
        CHECK(actual == 7.0f, "row %zu wrote beyond the weights", row);
        continue;
      }
      Twin::Result expected = twin.dot(n);
      float value = expected.value + bias[n];
      bool fine = kind == ActivationKind::Bf16 ? std::fabs(actual - value) <= std::ldexp(expected.magnitude, -20)
                                               : memcmp(&actual, &value, 4) == 0;
      CHECK(fine, "isa %d type %u kind %d [%zu][%zu] m %zu: y[%zu][%zu] = %a, twin %a", isa, raw.type,
            static_cast<int>(kind), raw.rows, raw.columns, m, row, n, static_cast<double>(actual),
            static_cast<double>(value));
    }
  }
}

void check_matrix(llm_isa isa, uint32_t type, size_t rows, size_t columns, uint64_t seed) {
  Random random(seed);
  Raw raw = Raw::of(type, rows, columns, random);
  Packed packed(isa, raw);
  std::vector<float> expected(columns), actual(columns), bias(rows);
  for (size_t n = 0; n < rows; n++) {
    bias[n] = random.uniform();
    dequantize(type, raw.row(n), columns, expected.data());
    unpack_row(isa, packed.w, n, actual.data());
    CHECK(memcmp(actual.data(), expected.data(), columns * 4) == 0, "unpack_row isa %d type %u row %zu", isa, type, n);
  }
  size_t most = 33, stride = rows + 3;
  std::vector<float> x(most * columns);
  for (float &value : x) {
    value = random.activation();
  }
  for (uint32_t activations : {LLM_ACTIVATIONS_AUTO, LLM_ACTIVATIONS_F32}) {
    ActivationKind kind = activation_kind(isa, type, activations);
    std::vector<float> all = run(isa, packed.w, kind, x, most, bias.data(), stride, false);
    check_against_twin(isa, raw, kind, x, most, bias, all, stride);
    for (size_t m = 1; m < most; m++) {
      std::vector<float> y = run(isa, packed.w, kind, x, m, bias.data(), stride, m % 2 == 1);
      CHECK(memcmp(y.data(), all.data(), y.size() * 4) == 0, "isa %d type %u kind %d: %zu rows differ from 33", isa, type,
            static_cast<int>(kind), m);
    }
  }
}

// Blocks of rows and of columns inside the kernels leave no trace.
void check_large(llm_isa isa, uint32_t type, size_t columns, uint64_t seed) {
  Random random(seed);
  Raw raw = Raw::of(type, 20, columns, random);
  Packed packed(isa, raw);
  size_t m = 300;
  std::vector<float> x(m * columns), none(raw.rows);
  for (float &value : x) {
    value = random.activation();
  }
  for (uint32_t activations : {LLM_ACTIVATIONS_AUTO, LLM_ACTIVATIONS_F32}) {
    ActivationKind kind = activation_kind(isa, type, activations);
    std::vector<float> all = run(isa, packed.w, kind, x, m, nullptr, raw.rows, false);
    for (size_t row : {size_t{0}, size_t{1}, size_t{151}, m - 1}) {
      std::vector<float> one(x.begin() + static_cast<long>(row * columns),
                             x.begin() + static_cast<long>((row + 1) * columns));
      std::vector<float> y = run(isa, packed.w, kind, one, 1, nullptr, raw.rows, false);
      CHECK(memcmp(y.data(), &all[row * raw.rows], raw.rows * 4) == 0, "isa %d type %u: row %zu of 300", isa, type, row);
    }
    check_against_twin(isa, raw, kind, x, 1, none, all, raw.rows);
  }
}

void check_not_finite(llm_isa isa) {
  Random random(5);
  Raw raw = Raw::of(LLM_TYPE_Q4_0, 16, 64, random);
  Packed packed(isa, raw);
  for (float odd : {INFINITY, -INFINITY, NAN}) {
    std::vector<float> x(64, 1.0f);
    x[40] = odd;
    std::vector<float> y = run(isa, packed.w, ActivationKind::Int8, x, 1, nullptr, 16, false);
    CHECK(std::isnan(y[0]), "isa %d: %f became %f", isa, static_cast<double>(odd), static_cast<double>(y[0]));
  }
  std::vector<float> tiny(64, 1e-38f);
  CHECK(run(isa, packed.w, ActivationKind::Int8, tiny, 1, nullptr, 16, false)[0] == 0.0f, "isa %d", isa);
}

// The greatest sums of products that there can be.
void check_highest(llm_isa isa, uint32_t type) {
  Random random(type);
  Raw raw = Raw::of(type, 16, 256, random, true);
  Packed packed(isa, raw);
  std::vector<float> none(raw.rows);
  for (size_t m : {1, 2, 5}) {
    for (float value : {1.0f, -1.0f}) {
      std::vector<float> x(m * raw.columns, value);
      std::vector<float> y = run(isa, packed.w, ActivationKind::Int8, x, m, nullptr, raw.rows, false);
      check_against_twin(isa, raw, ActivationKind::Int8, x, m, none, y, raw.rows);
    }
  }
}

void check_sizes() {
  for (uint32_t type : kTypes) {
    double file = static_cast<double>(Raw::row_bytes(type, 2048)) * 2048;
    double packed = static_cast<double>(packed_bytes(LLM_ISA_SCALAR, type, 2048, 2048));
    CHECK(packed <= 1.05 * file, "type %u takes %.3f of the file", type, packed / file);
  }
  CHECK(packed_bytes(LLM_ISA_SCALAR, LLM_TYPE_Q4_0, 32, 48) == 0, "a row of one and a half blocks");
  CHECK(packed_bytes(LLM_ISA_SCALAR, LLM_TYPE_Q4_K, 32, 288) == 0, "a row of one and an eighth blocks");
  CHECK(packed_bytes(LLM_ISA_SCALAR, 9, 32, 256) == 0, "unknown type");
}

void check_isa(llm_isa isa) {
  for (uint32_t type : kTypes) {
    size_t block = Raw::block(type);
    check_matrix(isa, type, 1, block == 1 ? 1 : block, type + 1);
    check_matrix(isa, type, 70, block == 1 ? 77 : 3 * block, type + 2);
    check_matrix(isa, type, 32, block == 1 ? 290 : 256, type + 3);
    check_matrix(isa, type, 17, block == 1 ? 64 : 2 * block, type + 4);
    check_large(isa, type, block == 1 ? 2305 : 4096 + block, type + 5);
    if (!is_float(type)) {
      check_highest(isa, type);
    }
  }
  check_not_finite(isa);
}

} // namespace

int main() {
  check_sizes();
  int tested = 0;
  for (llm_isa isa : available_isas()) {
    check_isa(isa);
    printf("instruction set %d: checked\n", isa);
    tested++;
  }
  CHECK(tested >= 1, "none");
  return finish();
}
