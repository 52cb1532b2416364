// Several matrices in one launch: the same bits as a launch for each, and nothing written between their columns.
#include <deque>

#include "linear_fixture.h"

using namespace llmserving;
using namespace llmserving::gputest;

namespace {

constexpr int32_t kColumns = 512, kGap = 3; // columns between the parts' outputs

// Matrices of one family on the emulated device, the odd ones with a bias.
struct Parts {
  LinearFamily family;
  DType type;
  std::deque<Weights> matrices;
  std::deque<Array<uint8_t>> packed;
  std::deque<Array<float>> biases;

  Parts(uint32_t file, DType activations, const std::vector<int32_t> &ns, Random &random)
      : family(family_of(file, activations)), type(activations) {
    for (int32_t n : ns) {
      matrices.emplace_back(file, activations, n, kColumns, random);
      packed.emplace_back(matrices.back().packed);
      std::vector<float> bias(static_cast<size_t>(n));
      for (float &b : bias)
        b = random.uniform();
      biases.emplace_back(bias);
    }
  }
};

using ChooseLaunch = Launch (*)(LinearFamily, DType, const LinearParams &);

// y [m][stride] of bytes, by one launch or by one for each matrix.
std::vector<uint8_t> multiply(const Parts &parts, const Array<uint16_t> &x, int32_t m, bool f32, bool together, ChooseLaunch choose) {
  LinearParams p = {};
  int32_t width = kGap;
  for (size_t i = 0; i < parts.matrices.size(); i++) {
    p.parts[i] = {parts.packed[i].data(), i % 2 == 1 ? parts.biases[i].data() : nullptr, width, parts.matrices[i].n};
    width += parts.matrices[i].n + kGap;
  }
  std::vector<uint8_t> bytes(static_cast<size_t>(m * width) * (f32 ? 4 : 2), 0x5a);
  Memory y(bytes.data(), bytes.size(), element_of_output(f32));
  p.x = x.data();
  p.y = y.data();
  p.x_stride = kColumns;
  p.y_stride = width;
  p.m = m;
  p.k = kColumns;
  p.f32_out = f32;
  p.scale = 1;
  if (together)
    run(choose(parts.family, parts.type, p), p);
  for (size_t i = 0; i < parts.matrices.size() && !together; i++) {
    if (p.parts[i].n == 0)
      continue;
    LinearParams one = p;
    std::fill(std::begin(one.parts), std::end(one.parts), LinearPart{});
    one.parts[0] = p.parts[i];
    run(choose(parts.family, parts.type, one), one);
  }
  y.read(bytes.data());
  return bytes;
}

void check(uint32_t file, DType type, const std::vector<int32_t> &ns, int32_t m, bool f32, const char *kernel, ChooseLaunch choose) {
  Random random(file + static_cast<uint64_t>(m) + ns.size());
  Parts parts(file, type, ns, random);
  std::vector<uint16_t> tokens(static_cast<size_t>(m) * kColumns);
  for (uint16_t &t : tokens)
    t = to_bits(type, random.activation());
  Array<uint16_t> x(tokens);
  CHECK(multiply(parts, x, m, f32, true, choose) == multiply(parts, x, m, f32, false, choose), "%s type %u m %d: %zu parts differ",
        kernel, file, m, ns.size());
}

Launch small(LinearFamily family, DType type, const LinearParams &p) { return linear_small_launch(family, type, p); }
Launch tiles(LinearFamily family, DType type, const LinearParams &p) { return linear_gemm_launch(family, type, p, GEMM_TOKENS); }
Launch small_tiles(LinearFamily family, DType type, const LinearParams &p) {
  return linear_gemm_launch(family, type, p, GEMM_FEW_TOKENS);
}

// Parts that end within a panel, at its end, within and at the end of a tile; one row; parts that are not there.
void parts_of_all_sizes() {
  const std::vector<int32_t> sizes[] = {{33, 129}, {16, 1, 128, 17}, {0, 40, 0, 31}, {32, 32, 32}};
  for (const Case &c : kCases)
    for (int i = 0; i < 4; i++) {
      DType type = kActivationTypes[i % 2];
      check(c.type, type, sizes[i], i % 2 == 0 ? 5 : 17, i >= 2, "linear_small", small);
      check(c.type, type, sizes[(i + 1) % 4], 9, i < 2, "linear_gemm", i % 2 == 0 ? tiles : small_tiles);
    }
}

// Every row of the grid belongs to one part; the choice of the kernel counts all of them.
void grids() {
  LinearParams p = sizes(20, 33, 64);
  p.parts[1].n = 129;
  CHECK(linear_gemm_launch(LinearFamily::Int4, DType::BF16, p, GEMM_TOKENS).grid_y == 1 + 2, "tiles");
  CHECK(linear_small_launch(LinearFamily::Int4, DType::BF16, p).grid_y == 2 + 5, "pairs of panels");
  CHECK(linear_small_launch(LinearFamily::Float, DType::BF16, p).grid_y == 3 + 9, "panels");
  p.parts[0].n = p.parts[2].n = 8192;
  p.parts[1].n = 0;
  CHECK(linear_launch(LinearFamily::Int4, DType::BF16, p).grid_y == 128, "few rows each, many together");
  p.parts[1].n = -1;
  CHECK(linear_launch(LinearFamily::Int4, DType::BF16, p).kernel == nullptr, "a negative number of rows");
}

} // namespace

int main() {
  parts_of_all_sizes();
  grids();
  return llmserving_test::finish();
}
