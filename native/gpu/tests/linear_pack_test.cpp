// Packing of every file type: what a packed matrix stands for is what the file's blocks stand for.
#include <cmath>
#include <cstring>
#include <vector>

#include "llmserving/llmserving.h"
#include "pack.h"
#include "tests/check.h"
#include "linear_weights.h"

using namespace llmserving;
using namespace llmserving::gpu;
using llmserving_test::failures;
using llmserving_test::Random;

namespace {

// Two-level scales are rounded to f16 once more; with a minimum both terms are.
double allowed(const FileType &t, DType activations, double value, double largest) {
  if (t.type == LLM_TYPE_F32 || t.type == LLM_TYPE_F16 || t.type == LLM_TYPE_BF16)
    return std::fabs(value) * (activations == DType::F16 ? std::ldexp(1, -11) : std::ldexp(1, -8)) + largest * std::ldexp(1, -28);
  return t.block == 256 ? largest * std::ldexp(1, -10) : 0;
}

void round_trip(const FileType &t, DType activations, uint64_t rows, uint64_t columns, float spread) {
  Random random(rows * 31 + columns + t.type);
  std::vector<uint8_t> source = random_blocks(t, rows, columns, spread, random);
  std::vector<float> expected(rows * columns);
  CHECK(dequantize(t.type, source.data(), rows * columns, expected.data()), "type %u", t.type);
  PackedFormat format;
  CHECK(packed_format(t.type, activations, &format), "type %u", t.type);
  std::vector<uint8_t> packed(
      static_cast<size_t>(packed_bytes(format.family, static_cast<int64_t>(rows), static_cast<int64_t>(columns))));
  CHECK(pack(t.type, activations, rows, columns, source.data(), packed.data()), "type %u", t.type);
  std::vector<float> actual(rows * columns);
  unpack(format.family, activations, rows, columns, packed.data(), actual.data());
  for (uint64_t row = 0; row < rows; row++) {
    double largest = 0;
    for (uint64_t k = 0; k < columns; k++)
      largest = std::fmax(largest, std::fabs(expected[row * columns + k]));
    for (uint64_t k = 0; k < columns; k++) {
      double value = expected[row * columns + k], error = std::fabs(actual[row * columns + k] - value);
      CHECK(error <= allowed(t, activations, value, 4 * largest), "type %u row %d column %d: %g for %g", t.type,
            static_cast<int>(row), static_cast<int>(k), actual[row * columns + k], value);
    }
  }
}

// Parts packed one by one are the whole.
void parts(const FileType &t) {
  const uint64_t rows = 41, columns = 256;
  Random random(5);
  std::vector<uint8_t> source = random_blocks(t, rows, columns, 1, random);
  PackedFormat format;
  packed_format(t.type, DType::BF16, &format);
  std::vector<uint8_t> whole(static_cast<size_t>(packed_bytes(format.family, rows, columns))), pieces(whole.size(), 1);
  pack(t.type, DType::BF16, rows, columns, source.data(), whole.data());
  float factor = pack_factor(t.type, DType::BF16, rows, columns, source.data());
  for (uint64_t panel = 0; panel < 3; panel++)
    pack_panels(t.type, DType::BF16, rows, columns, source.data(), factor, panel, 1, pieces.data());
  CHECK(whole == pieces, "type %u", t.type);
}

void refusals() {
  PackedFormat format;
  uint8_t byte = 0;
  CHECK(!packed_format(99, DType::BF16, &format), "unknown type");
  CHECK(!packed_format(LLM_TYPE_Q8_0, DType::F32, &format), "f32 activations");
  CHECK(!pack(LLM_TYPE_Q4_K, DType::BF16, 1, 128, &byte, &byte), "half a block");
}

} // namespace

int main() {
  for (const FileType &t : kFileTypes)
    for (DType activations : {DType::BF16, DType::F16}) {
      round_trip(t, activations, 16, 256, 1);
      round_trip(t, activations, 37, t.block == 256 ? 512 : 96, 1);
      // Scales far below f16's normal numbers, as products of two small ones are.
      if (t.block == 256 || t.type == LLM_TYPE_BF16)
        round_trip(t, activations, 17, 256, 1.0f / 1024);
    }
  for (const FileType &t : kFileTypes)
    parts(t);
  refusals();
  return llmserving_test::finish();
}
