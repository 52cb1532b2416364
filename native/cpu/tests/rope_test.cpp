// Norm, rotation and cache write against the formulas in double: angles rounded to float as transformers rounds them.
// Bound: 4e-6 for |x| <= 1 at any position, and what the cache rounds by: a half unit of bf16, a half code of int8.
#include "tests/attention_reference.h"

namespace llmserving_test {
namespace {

struct Case {
  int rotated, style;
  bool norm;
  float magnitude, added;
};

std::vector<double> rotated(const float *x, const float *norm, int dim, const Case &c, const std::vector<float> &frequencies,
                            int position) {
  std::vector<double> y(x, x + dim);
  if (c.norm) {
    double squares = 0;
    for (double v : y)
      squares += v * v;
    for (int d = 0; d < dim; d++)
      y[static_cast<size_t>(d)] *= (norm[d] + static_cast<double>(c.added)) / std::sqrt(squares / dim + 1e-6);
  }
  for (int i = 0; c.style != 0 && i < c.rotated / 2; i++) {
    size_t first = static_cast<size_t>(c.style == 1 ? i : 2 * i);
    size_t second = static_cast<size_t>(c.style == 1 ? i + c.rotated / 2 : 2 * i + 1);
    double angle = static_cast<float>(position) * frequencies[static_cast<size_t>(i)];
    double cosine = std::cos(angle) * c.magnitude, sine = std::sin(angle) * c.magnitude, a = y[first], b = y[second];
    y[first] = a * cosine - b * sine;
    y[second] = b * cosine + a * sine;
  }
  return y;
}

// What the cache may round x[d] by.
double rounding(uint32_t kv_type, const std::vector<double> &x, size_t d) {
  double largest = 0;
  for (double each : x)
    largest = std::max(largest, std::fabs(each));
  double unit = kv_type == LLM_KV_INT8 ? largest / 254 : kv_type == LLM_KV_BF16 ? std::fabs(x[d]) / 256 : 0;
  return unit * 1.01;
}

void check_case(llm_isa isa, uint32_t kv_type, const Case &c, int position, std::vector<std::vector<float>> *outputs) {
  Shape s;
  s.isa = isa;
  s.kv_type = kv_type;
  s.block_size = 128;
  s.heads = 4;
  s.kv_heads = 2;
  s.k_dim = 80;
  s.v_dim = 72;
  Fixture f(s, 11, 50);
  f.columns = 1025;
  f.tables.assign(f.columns, -1);
  std::vector<float> frequencies, norm;
  Random random(17);
  for (int i = 0; i < c.rotated / 2; i++)
    frequencies.push_back(std::pow(10000.0f, -2.0f * static_cast<float>(i) / static_cast<float>(c.rotated)));
  for (int d = 0; d < 2 * s.k_dim; d++)
    norm.push_back(random.uniform());
  constexpr int ROWS = 3;
  std::vector<float> cosines(ROWS * frequencies.size()), sines(cosines.size());
  RopeParameters rope = {s.heads, c.rotated, c.style, cosines.data(), sines.data(),
                         c.norm ? norm.data() : nullptr, c.norm ? norm.data() + s.k_dim : nullptr, 1e-6f, c.added};
  size_t width = f.qkv_width(), stride = width + 5;
  std::vector<float> qkv(ROWS * stride), q(static_cast<size_t>(ROWS * s.heads * s.k_dim));
  for (float &x : qkv)
    x = random.uniform();
  llm_sequence sequences[2] = {{0, 1, 7, 0, -1, 0}, {1, 2, position, 0, -1, 0}};
  int32_t owner[ROWS] = {0, 1, 1};
  for (int p : {7, position, position + 1})
    f.block(0, p) = p / 128 % 50;
  StepRows step = {sequences, owner};
  rotation_table(isa, frequencies.data(), c.rotated / 2, c.magnitude, step, ROWS, cosines.data(), sines.data());
  rope_and_write_cache(isa, f.view(), rope, qkv.data() + stride, stride, q.data() + s.heads * s.k_dim, step, {1, ROWS, 0, 2});
  rope_and_write_cache(isa, f.view(), rope, qkv.data(), stride, q.data(), step, {0, 1, 1, 2});
  rope_and_write_cache(isa, f.view(), rope, qkv.data(), stride, q.data(), step, {0, 1, 0, 1});
  outputs->push_back(q);
  CacheView cache = f.view();
  for (size_t row = 0; row < ROWS; row++) {
    int p = row == 0 ? 7 : position + static_cast<int>(row) - 1;
    const float *x = qkv.data() + row * stride;
    double worst = 0, worst_key = 0;
    for (int h = 0; h < s.heads; h++) {
      std::vector<double> y = rotated(x + h * s.k_dim, norm.data(), s.k_dim, c, frequencies, p);
      for (size_t d = 0; d < y.size(); d++)
        worst = std::max(worst, std::fabs(q[(row * 4 + static_cast<size_t>(h)) * 80 + d] - y[d]));
    }
    for (int h = 0; h < s.kv_heads; h++) {
      const uint8_t *block = cache.pool + static_cast<size_t>(f.block(0, p)) * f.block_bytes + 64
                             + static_cast<size_t>(h) * kv_head_bytes(kv_type, 128, 80, 72);
      std::vector<double> y = rotated(x + (s.heads + h) * s.k_dim, norm.data() + s.k_dim, s.k_dim, c, frequencies, p);
      size_t key = static_cast<size_t>(p) % 128;
      for (size_t d = 0; d < y.size(); d++)
        worst_key = std::max(worst_key, std::fabs(cached_key(cache, block, key, d) - y[d]) - rounding(kv_type, y, d));
      const float *values = x + 6 * s.k_dim + h * s.v_dim;
      std::vector<double> v(values, values + 72);
      for (size_t d = 0; d < 72; d++)
        worst_key = std::max(worst_key, std::fabs(cached_value(cache, block, key, d) - v[d]) - rounding(kv_type, v, d));
    }
    CHECK(worst <= 4e-6 && worst_key <= 4e-6, "isa %d kv %u style %d rotated %d norm %d position %d: %g %g", isa,
          kv_type, c.style, c.rotated, c.norm, p, worst, worst_key);
  }
}

} // namespace
} // namespace llmserving_test

int main() {
  using namespace llmserving_test;
  const Case cases[] = {{80, 0, false, 1, 0}, {80, 1, false, 1, 0},    {80, 2, false, 1, 0},   {80, 1, true, 1, 0},
                        {20, 1, true, 1, 1},  {40, 2, true, 1.2f, 0},  {64, 1, false, 1.1f, 0}};
  for (uint32_t kv_type : KV_TYPES)
    for (const Case &c : cases)
      for (int position : {8, 100, 127, 4095, 32767, 131070}) {
        std::vector<std::vector<float>> outputs;
        for (llm_isa isa : available_isas())
          check_case(isa, kv_type, c, position, &outputs);
        for (const std::vector<float> &q : outputs)
          CHECK(memcmp(q.data(), outputs[0].data(), q.size() * 4) == 0, "instruction sets differ at %d", position);
      }
  return finish();
}
