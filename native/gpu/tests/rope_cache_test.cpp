// Norm, rotation and cache write against a reference in double.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "check.h"
#include "harness.h"
#include "llmserving/gpu/rope_cache.h"

using namespace llmserving;
using namespace llmserving::gpu;
using namespace llmserving::gputest;
using namespace llmserving_test;

namespace {

struct Case {
  DType type, kv;
  int heads, kv_heads, k_dim, v_dim, rotated, style;
  bool norms;
  uint32_t block_size;
};

uint16_t narrow(DType type, float x) { return type == DType::F16 ? from_float<f16>(x).bits : from_float<bf16>(x).bits; }
double widen(DType type, uint16_t bits) { return static_cast<double>(type == DType::F16 ? to_float(f16{bits}) : to_float(bf16{bits})); }

constexpr float K_SCALE = 0.5f, V_SCALE = 2.0f, EPSILON = 1e-6f, MAGNITUDE = 1.125f;

// A run: inputs, the kernel's output, and the reference.
class Run {
public:
  explicit Run(const Case &c) : c_(c), layout_{c.kv, c.block_size, c.kv_heads, c.k_dim, c.v_dim} {
    width_ = static_cast<size_t>((c.heads + c.kv_heads) * c.k_dim + c.kv_heads * c.v_dim);
    Random random(5);
    // Neighbours in a block, far positions, and one that is not stored.
    rows_ = {{2, 0, 0, 0}, {0, 1, 0, 0}, {1, static_cast<int>(c.block_size) + 3, 0, 0}, {3, 131071 % 4096, COLUMNS, 0}, {4, 5, 2 * COLUMNS, 0}};
    tables_.assign(3 * COLUMNS, -1);
    tables_[0] = 4;
    tables_[1] = 2;
    tables_[static_cast<size_t>(COLUMNS) + 4095u / c.block_size] = 0;
    for (size_t i = 0; i < rows_.size() * (width_ + 8); i++)
      qkv_.push_back(narrow(c.type, random.activation()));
    for (int i = 0; i < c.k_dim; i++) {
      q_norm_.push_back(1 + random.uniform());
      k_norm_.push_back(random.uniform());
    }
    for (int i = 0; i < c.rotated / 2; i++)
      frequencies_.push_back(std::pow(10000.0f, -2.0f * static_cast<float>(i) / static_cast<float>(c.rotated)));
    frequencies_.push_back(0); // never empty
  }

  void check() {
    block_bytes_ = kv_layer_bytes(layout_) + 32;
    Array<uint16_t> qkv(qkv_), q_out(rows_.size() * static_cast<size_t>(c_.heads * c_.k_dim));
    std::vector<uint8_t> before(static_cast<size_t>(block_bytes_) * 5, 0xa5);
    Array<uint8_t> pool(before);
    Array<QueryRow> rows(rows_);
    Array<int32_t> tables(tables_), count(std::vector<int32_t>{static_cast<int32_t>(rows_.size())});
    Array<float> q_norm(q_norm_), k_norm(k_norm_), frequencies(frequencies_);
    RopeCacheParams p = {};
    p.qkv = qkv.data();
    p.q_out = q_out.data();
    p.kv = kv_view(layout_, pool.data() + 16, block_bytes_);
    p.tables = tables.data();
    p.rows = rows.data();
    p.count = count.data();
    p.frequencies = frequencies.data();
    p.q_norm = c_.norms ? q_norm.data() : nullptr;
    p.k_norm = c_.norms ? k_norm.data() : nullptr;
    p.qkv_stride = static_cast<int64_t>(width_ + 8);
    p.heads = c_.heads;
    p.kv_heads = c_.kv_heads;
    p.k_dim = c_.k_dim;
    p.v_dim = c_.v_dim;
    p.rotated = c_.rotated;
    p.style = c_.style;
    p.magnitude = MAGNITUDE;
    p.epsilon = EPSILON;
    p.added = 0.25f;
    bool scaled = c_.kv == DType::E4M3 || c_.kv == DType::E5M2;
    p.k_inverse = scaled ? 1 / K_SCALE : 1.0f;
    p.v_inverse = scaled ? 1 / V_SCALE : 1.0f;
    Launch launch = rope_cache_launch(c_.type, c_.kv, p, static_cast<uint32_t>(rows_.size()) + 2);
    CHECK(launch.kernel != nullptr, "no kernel");
    if (launch.kernel == nullptr)
      return;
    Traffic traffic = run(launch, p);
    CHECK(traffic.bank_conflicts() <= 1.05, "%s: bank conflicts %g", launch.kernel, traffic.bank_conflicts());
    compare(launch.kernel, q_out.read(), pool.read());
  }

private:
  static constexpr int COLUMNS = 4096 / 16;

  // Heads as they come out: normalized and rotated in double.
  std::vector<double> reference(const QueryRow &row, int head) const {
    bool is_v = head >= c_.heads + c_.kv_heads;
    int dim = is_v ? c_.v_dim : c_.k_dim;
    size_t from = static_cast<size_t>(row.row) * (width_ + 8) +
                  (is_v ? static_cast<size_t>((c_.heads + c_.kv_heads) * c_.k_dim + (head - c_.heads - c_.kv_heads) * c_.v_dim)
                        : static_cast<size_t>(head * c_.k_dim));
    std::vector<double> x;
    double squares = 0;
    for (int d = 0; d < dim; d++) {
      x.push_back(widen(c_.type, qkv_[from + static_cast<size_t>(d)]));
      squares += x.back() * x.back();
    }
    if (is_v)
      return x;
    const std::vector<float> &scale = head < c_.heads ? q_norm_ : k_norm_;
    for (size_t d = 0; c_.norms && d < x.size(); d++)
      x[d] *= (static_cast<double>(scale[d]) + 0.25) / std::sqrt(squares / dim + static_cast<double>(EPSILON));
    size_t half = static_cast<size_t>(c_.rotated) / 2;
    for (size_t i = 0; c_.style != 0 && i < half; i++) {
      // the angle is rounded to float, as the models' own code has it
      double angle = static_cast<double>(static_cast<float>(row.position) * frequencies_[i]);
      double cosine = std::cos(angle) * static_cast<double>(MAGNITUDE), sine = std::sin(angle) * static_cast<double>(MAGNITUDE);
      size_t a = c_.style == 1 ? i : 2 * i, b = c_.style == 1 ? i + half : 2 * i + 1;
      double first = x[a], second = x[b];
      x[a] = first * cosine - second * sine;
      x[b] = second * cosine + first * sine;
    }
    return x;
  }

  void near(const char *what, double actual, double expected, double relative, double absolute) const {
    CHECK(std::fabs(actual - expected) <= std::fabs(expected) * relative + absolute, "%s dims %d/%d rotated %d style %d: %g instead of %g",
          what, c_.k_dim, c_.v_dim, c_.rotated, c_.style, actual, expected);
  }

  void compare(const char *kernel, const std::vector<uint16_t> &q, const std::vector<uint8_t> &pool) const {
    double half_ulp = c_.type == DType::F16 ? 1.0 / 2048 : 1.0 / 256;
    std::vector<bool> written(pool.size(), false);
    for (const QueryRow &row : rows_)
      for (int head = 0; head < c_.heads + 2 * c_.kv_heads; head++) {
        std::vector<double> expected = reference(row, head);
        double greatest = 0;
        for (double x : expected)
          greatest = std::max(greatest, std::fabs(x));
        if (head < c_.heads) {
          for (size_t d = 0; d < expected.size(); d++)
            near(kernel, widen(c_.type, q[static_cast<size_t>(row.row * c_.heads + head) * expected.size() + d]), expected[d],
                 half_ulp * 1.01, 2e-6 * greatest);
          continue;
        }
        compare_cached(kernel, row, head - c_.heads, expected, greatest, pool, written);
      }
    for (size_t i = 0; i < pool.size(); i++)
      CHECK(written[i] || pool[i] == 0xa5, "%s: byte %zu of the pool was changed", kernel, i);
  }

  void compare_cached(const char *kernel, const QueryRow &row, int head, const std::vector<double> &expected, double greatest,
                      const std::vector<uint8_t> &pool, std::vector<bool> &written) const {
    bool is_v = head >= c_.kv_heads;
    int32_t block = tables_[static_cast<size_t>(row.table) + static_cast<size_t>(row.position) / c_.block_size];
    if (block < 0)
      return;
    int64_t token = row.position % static_cast<int>(c_.block_size), element = kv_element_bytes(c_.kv);
    int64_t base = 16 + block * block_bytes_ + head % c_.kv_heads * kv_head_bytes(layout_);
    int64_t at = base + (is_v ? kv_values_offset(layout_) : 0) + token * element * static_cast<int64_t>(expected.size());
    int64_t scale_at = base + kv_scales_offset(layout_) + (token + (is_v ? c_.block_size : 0)) * 4;
    float scale = is_v ? V_SCALE : K_SCALE;
    if (c_.kv == DType::I8) {
      std::memcpy(&scale, &pool[static_cast<size_t>(scale_at)], 4);
      near(kernel, static_cast<double>(scale), greatest / 127, 1e-5, 0);
      std::fill_n(written.begin() + scale_at, 4, true);
    }
    for (size_t d = 0; d < expected.size(); d++) {
      const uint8_t *code = &pool[static_cast<size_t>(at) + d * static_cast<size_t>(element)];
      std::fill_n(written.begin() + (code - pool.data()), element, true);
      uint16_t bits = static_cast<uint16_t>(code[0] | code[element - 1] << 8);
      if (element == 2)
        near(kernel, widen(c_.kv, bits), expected[d], (c_.kv == DType::F16 ? 1.0 / 2048 : 1.0 / 256) * 1.01, 2e-6 * greatest);
      else if (c_.kv == DType::I8)
        near(kernel, static_cast<double>(static_cast<int8_t>(code[0])) * static_cast<double>(scale), expected[d], 0, 0.501 * static_cast<double>(scale) + 2e-6 * greatest);
      else if (c_.kv == DType::E4M3)
        near(kernel, static_cast<double>(to_float(e4m3{code[0]}) * scale), expected[d], 1.0 / 16 * 1.01, static_cast<double>(scale) / 1024);
      else
        near(kernel, static_cast<double>(to_float(e5m2{code[0]}) * scale), expected[d], 1.0 / 8 * 1.01, static_cast<double>(scale) / 131072);
    }
  }

  Case c_;
  KvLayout layout_;
  size_t width_;
  int64_t block_bytes_ = 0;
  std::vector<QueryRow> rows_;
  std::vector<int32_t> tables_;
  std::vector<uint16_t> qkv_;
  std::vector<float> q_norm_, k_norm_, frequencies_;
};

// Angles up to 128k positions, through the q of a head whose k is not stored.
void far_positions() {
  Case c = {DType::F16, DType::F16, 1, 1, 64, 64, 64, 1, false, 16};
  std::vector<QueryRow> rows;
  std::vector<uint16_t> qkv;
  for (int i = 0; i < 24; i++) {
    rows.push_back({i, i < 12 ? (1 << i) * 32 + i : 131072 - i * 7, 0, 0});
    for (int d = 0; d < 192; d++)
      qkv.push_back(d < 32 ? from_float<f16>(1.0f).bits : 0); // q: cosines, then sines
  }
  std::vector<float> frequencies;
  for (int i = 0; i < 32; i++)
    frequencies.push_back(std::pow(10000.0f, -static_cast<float>(i) / 32.0f));
  Array<QueryRow> device_rows(rows);
  Array<uint16_t> input(qkv), q(rows.size() * 64);
  Array<float> device_frequencies(frequencies);
  Array<int32_t> tables(std::vector<int32_t>(131072 / 16, -1)), count(std::vector<int32_t>{24});
  Array<uint8_t> pool(std::vector<uint8_t>(4096, 0));
  RopeCacheParams p = {};
  p.qkv = input.data();
  p.q_out = q.data();
  p.kv = kv_view({c.kv, c.block_size, 1, 64, 64}, pool.data(), 4096);
  p.tables = tables.data();
  p.rows = device_rows.data();
  p.count = count.data();
  p.frequencies = device_frequencies.data();
  p.qkv_stride = 192;
  p.heads = p.kv_heads = 1;
  p.k_dim = p.v_dim = p.rotated = 64;
  p.style = 1;
  p.magnitude = p.k_inverse = p.v_inverse = 1;
  run(rope_cache_launch(c.type, c.kv, p, 24), p);
  std::vector<uint16_t> result = q.read();
  for (size_t r = 0; r < rows.size(); r++)
    for (size_t i = 0; i < 32; i++) {
      double angle = static_cast<double>(static_cast<float>(rows[r].position) * frequencies[i]);
      double cosine = static_cast<double>(to_float(f16{result[r * 64 + i]})), sine = static_cast<double>(to_float(f16{result[r * 64 + 32 + i]}));
      CHECK(std::fabs(cosine - std::cos(angle)) <= 1.0 / 4096 + 1e-6 && std::fabs(sine - std::sin(angle)) <= 1.0 / 4096 + 1e-6,
            "position %d frequency %zu: %g, %g instead of %g, %g", rows[r].position, i, cosine, sine, std::cos(angle), std::sin(angle));
    }
}

} // namespace

int main() {
  const DType types[][2] = {{DType::BF16, DType::BF16}, {DType::F16, DType::F16}, {DType::BF16, DType::E4M3}, {DType::BF16, DType::E5M2}, {DType::BF16, DType::I8}};
  for (const DType *t : types) {
    Run({t[0], t[1], 4, 2, 64, 64, 64, 1, true, 16}).check();
    Run({t[0], t[1], 3, 1, 128, 128, 128, 2, false, 32}).check();
    Run({t[0], t[1], 2, 1, 256, 256, 64, 1, true, 128}).check();
  }
  Run({DType::BF16, DType::BF16, 5, 1, 80, 80, 32, 1, false, 16}).check();   // partial
  Run({DType::BF16, DType::BF16, 2, 2, 96, 64, 24, 1, true, 16}).check();    // half a pair's distance is not a vector's
  Run({DType::BF16, DType::I8, 2, 2, 32, 16, 32, 2, true, 64}).check();
  Run({DType::F16, DType::F16, 1, 1, 16, 16, 16, 1, false, 16}).check();
  Run({DType::BF16, DType::E4M3, 8, 1, 96, 96, 0, 0, false, 16}).check();    // no rotation
  far_positions();
  return finish();
}
