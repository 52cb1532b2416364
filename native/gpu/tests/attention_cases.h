// Sequences with made-up queries, keys and values over a paged cache, planned and attended in the emulator, beside a
// reference in double. Memory of the cache that no token was written to is not a number.
#ifndef LLMSERVING_GPU_TESTS_ATTENTION_FIXTURE_H
#define LLMSERVING_GPU_TESTS_ATTENTION_FIXTURE_H

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "check.h"
#include "harness.h"
#include "host/attention_plan.h"

namespace llmserving_test {

using namespace llmserving;
using namespace llmserving::gpu;
using namespace llmserving::gputest;

enum class Storage { Paged, Ragged, Padded };

struct AttentionShape {
  DType activation = DType::BF16, kv = DType::BF16;
  int heads = 4, kv_heads = 1, k_dim = 64, v_dim = 64;
  uint32_t block_size = 16;
  int window = 0;
  float soft_cap = 0;
  bool alibi = false, sinks = false;
  bool deterministic = false;
  uint32_t lists = 15; // of the plan, as far as there are kernels
  int multiprocessors = 1;
  int max_partials = 4096;
  Storage storage = Storage::Paged;
};

inline const char *name_of(DType type) {
  return type == DType::BF16 ? "bf16" : type == DType::F16 ? "f16" : type == DType::E4M3 ? "e4m3" : type == DType::E5M2 ? "e5m2" : "int8";
}

inline std::string name_of(const AttentionShape &s) {
  char text[200];
  snprintf(text, sizeof(text), "%s/%s heads %d/%d dims %d/%d block %u window %d cap %g%s%s%s%s lists %u", name_of(s.activation),
           name_of(s.kv), s.heads, s.kv_heads, s.k_dim, s.v_dim, s.block_size, s.window, static_cast<double>(s.soft_cap),
           s.alibi ? " alibi" : "", s.sinks ? " sinks" : "", s.deterministic ? " deterministic" : "",
           s.storage == Storage::Paged ? "" : s.storage == Storage::Ragged ? " ragged" : " padded", s.lists);
  return text;
}

inline uint16_t narrow(DType type, float x) { return type == DType::F16 ? from_float<f16>(x).bits : from_float<bf16>(x).bits; }
inline float widen(DType type, uint16_t bits) {
  return type == DType::F16 ? to_float(f16{bits}) : to_float(bf16{bits});
}

// Writes one token's vector as the cache's type has it; returns what it then stands for. scale: of e4m3 and e5m2.
inline void encode(DType type, const std::vector<float> &x, float scale, uint8_t *to, uint8_t *scales, std::vector<float> &seen) {
  float greatest = 0;
  for (float value : x)
    greatest = std::max(greatest, std::fabs(value));
  float own = greatest / 127;
  if (type == DType::I8)
    std::memcpy(scales, &own, 4);
  for (size_t d = 0; d < x.size(); d++) {
    if (type == DType::BF16 || type == DType::F16) {
      uint16_t bits = narrow(type, x[d]);
      std::memcpy(to + 2 * d, &bits, 2);
      seen[d] = widen(type, bits);
    } else if (type == DType::I8) {
      int code = static_cast<int>(std::lrint(x[d] / own));
      to[d] = static_cast<uint8_t>(static_cast<int8_t>(code));
      seen[d] = static_cast<float>(code) * own;
    } else if (type == DType::E4M3) {
      to[d] = from_float<e4m3>(x[d] / scale).bits;
      seen[d] = to_float(e4m3{to[d]}) * scale;
    } else {
      to[d] = from_float<e5m2>(x[d] / scale).bits;
      seen[d] = to_float(e5m2{to[d]}) * scale;
    }
  }
}

// What a run leaves behind.
struct Attended {
  std::vector<uint16_t> out; // [rows][heads][v_dim]
  AttentionCounts counts;
  Traffic lists[ATTENTION_LISTS] = {};
};

class AttentionFixture {
public:
  static constexpr int COLUMNS = 128; // blocks of a table row
  static constexpr float K_SCALE = 0.5f, V_SCALE = 0.25f;

  AttentionShape shape;
  std::vector<llm_sequence> sequences;
  std::vector<int> texts; // of each sequence: sequences of one text have equal tokens, and equal blocks where `shared`
  std::vector<int32_t> tables;
  uint32_t seed;

  // lengths: (position of the first row, rows) of each sequence. layout_seed decides where blocks lie.
  AttentionFixture(const AttentionShape &s, const std::vector<std::pair<int, int>> &lengths, uint32_t layout_seed = 1,
                   int shared_tokens = 0, uint32_t first_seed = 77)
      : shape(s), seed(first_seed) {
    layout_ = {s.kv, s.block_size, s.kv_heads, s.k_dim, s.v_dim};
    block_bytes_ = kv_layer_bytes(layout_) + 64;
    int row = 0;
    for (size_t i = 0; i < lengths.size(); i++) {
      sequences.push_back({row, lengths[i].second, lengths[i].first, static_cast<int32_t>(i), -1, 0});
      texts.push_back(static_cast<int>(i));
      row += lengths[i].second;
    }
    assign_blocks(layout_seed, shared_tokens);
    shared_tokens_ = shared_tokens;
  }

  int rows() const { return sequences.back().first_row + sequences.back().rows; }

  // Values of a token that depend on its text and position alone.
  std::vector<float> vector_of(int kind, int sequence, int position, int head, int dim) const {
    int text = position < shared_tokens_ ? -1 : texts[static_cast<size_t>(sequence)];
    Random random(seed + 7919u * static_cast<uint32_t>(text + 1) + 104729u * static_cast<uint32_t>(position) +
                  1299709u * static_cast<uint32_t>(kind) + 15485863u * static_cast<uint32_t>(head));
    std::vector<float> x(static_cast<size_t>(dim));
    for (float &value : x)
      value = random.uniform() * (kind == 0 ? 2.0f : 1.0f);
    return x;
  }

  std::vector<llm_attention_item> flat_items() const {
    std::vector<llm_attention_item> items;
    for (size_t i = 0; i < sequences.size(); i++) {
      int end = sequences[i].position + sequences[i].rows;
      items.push_back({0, LLM_ATTENTION_FLAT, 0, (end + 127) / 128, static_cast<int32_t>(i), 1});
    }
    return items;
  }

  Attended attend() { return attend(flat_items()); }

  // Items index the sequences directly.
  Attended attend(const std::vector<llm_attention_item> &items) {
    build_cache();
    std::vector<int32_t> members(sequences.size());
    for (size_t i = 0; i < members.size(); i++)
      members[i] = static_cast<int32_t>(i);
    llm_step step = {};
    step.token_count = static_cast<uint32_t>(rows());
    step.sequence_count = static_cast<uint32_t>(sequences.size());
    step.sequences = sequences.data();
    step.items = items.data();
    step.item_count = static_cast<uint32_t>(items.size());
    step.item_sequences = members.data();
    step.item_sequence_count = static_cast<uint32_t>(members.size());
    AttentionPlanOptions options = {shape.heads, shape.kv_heads, shape.window, COLUMNS,
                                    shape.lists & attention_lists(shape.activation, shape.kv, std::max(shape.k_dim, shape.v_dim)),
                                    shape.deterministic ? 1 : 0, shape.multiprocessors, shape.max_partials};
    AttentionPlanner planner;
    const char *problem = planner.plan(options, step, 0);
    CHECK(problem == nullptr, "%s", problem);
    AttentionLayout layout = attention_layout(planner.counts());
    std::vector<uint8_t> plan(static_cast<size_t>(layout.bytes), 0);
    planner.write(layout, plan.data());
    return launch(planner.counts(), layout, plan);
  }

  // Result of a row's head in double, and the sum of weights times magnitudes that errors scale with.
  void reference(int sequence, int t, int head, std::vector<double> &out, std::vector<double> &magnitude) const {
    int position = sequences[static_cast<size_t>(sequence)].position + t, kv_head = head / (shape.heads / shape.kv_heads);
    std::vector<float> q = query(sequence, position, head);
    int low = shape.window > 0 ? std::max(0, position - shape.window + 1) : 0;
    std::vector<double> scores;
    double greatest = shape.sinks ? sink(head) : -INFINITY, total = 0;
    for (int key = low; key <= position; key++) {
      const std::vector<float> &k = seen_k_[at(sequence, key, kv_head)];
      double dot = 0;
      for (int d = 0; d < shape.k_dim; d++)
        dot += static_cast<double>(q[static_cast<size_t>(d)]) * static_cast<double>(k[static_cast<size_t>(d)]);
      dot *= scale();
      if (shape.soft_cap != 0)
        dot = static_cast<double>(shape.soft_cap) * std::tanh(dot / static_cast<double>(shape.soft_cap));
      if (shape.alibi)
        dot += slope(head) * (key - position);
      scores.push_back(dot);
      greatest = std::max(greatest, dot);
    }
    out.assign(static_cast<size_t>(shape.v_dim), 0);
    magnitude = out;
    if (scores.empty())
      return; // sees nothing: zero
    if (shape.sinks)
      total += std::exp(sink(head) - greatest);
    for (double score : scores)
      total += std::exp(score - greatest);
    for (int key = low; key <= position; key++)
      for (size_t d = 0; d < out.size(); d++) {
        double part = std::exp(scores[static_cast<size_t>(key - low)] - greatest) / total *
                      static_cast<double>(seen_v_[at(sequence, key, kv_head)][d]);
        out[d] += part;
        magnitude[d] += std::fabs(part);
      }
  }

  // Tensor cores round weights to the activations' type, all kernels results: by half an ulp each.
  void check(const Attended &result, const char *what) const {
    double half_ulp = shape.activation == DType::F16 ? 1.0 / 2048 : 1.0 / 256, worst = 0;
    std::vector<double> expected, magnitude;
    for (size_t s = 0; s < sequences.size(); s++)
      for (int t = 0; t < sequences[s].rows; t++)
        for (int head = 0; head < shape.heads; head++) {
          reference(static_cast<int>(s), t, head, expected, magnitude);
          size_t row = static_cast<size_t>((sequences[s].first_row + t) * shape.heads + head) * static_cast<size_t>(shape.v_dim);
          for (size_t d = 0; d < expected.size(); d++) {
            double actual = static_cast<double>(widen(shape.activation, result.out[row + d]));
            double allowed = half_ulp * (magnitude[d] + std::fabs(expected[d])) + 2e-5;
            double error = std::fabs(actual - expected[d]) / allowed;
            if (!(error <= worst))
              worst = error;
          }
        }
    CHECK(worst <= 1, "%s (%s): error %g of what is allowed", what, name_of(shape).c_str(), worst);
  }

  const KvLayout &layout() const { return layout_; }
  int64_t block_bytes() const { return block_bytes_; }

private:
  float scale() const { return 1.0f / std::sqrt(static_cast<float>(shape.k_dim)); }
  static double slope(int head) { return std::exp2(-1.0 - head % 8); }
  static double sink(int head) { return 0.5 * head - 1.0; }
  size_t at(int sequence, int position, int kv_head) const {
    return (static_cast<size_t>(sequence) * COLUMNS * 128 + static_cast<size_t>(position)) * static_cast<size_t>(shape.kv_heads) +
           static_cast<size_t>(kv_head);
  }
  std::vector<float> query(int sequence, int position, int head) const {
    std::vector<float> q = vector_of(0, sequence, position, head, shape.k_dim);
    for (float &x : q)
      x = widen(shape.activation, narrow(shape.activation, x));
    return q;
  }

  void assign_blocks(uint32_t layout_seed, int shared_tokens) {
    tables.assign(sequences.size() * COLUMNS, -1);
    int blocks = 0;
    std::vector<int32_t *> places;
    for (size_t s = 0; s < sequences.size(); s++)
      for (int from = 0; from < sequences[s].position + sequences[s].rows; from += static_cast<int>(shape.block_size)) {
        int32_t *place = &tables[s * COLUMNS + static_cast<size_t>(from) / shape.block_size];
        bool hidden = shape.window > 0 && from + static_cast<int>(shape.block_size) <= sequences[s].position - shape.window + 1;
        if (hidden)
          continue; // freed: no row of the step sees it
        if (s > 0 && from + static_cast<int>(shape.block_size) <= shared_tokens)
          continue; // the first sequence's
        places.push_back(place);
        blocks++;
      }
    std::vector<int32_t> ids;
    for (int i = 0; i < blocks + 3; i++)
      ids.push_back(i);
    Random random(layout_seed);
    for (size_t i = ids.size() - 1; i > 0; i--)
      std::swap(ids[i], ids[random.next() % (i + 1)]);
    for (size_t i = 0; i < places.size(); i++)
      *places[i] = ids[i];
    for (size_t s = 1; s < sequences.size(); s++)
      for (int b = 0; (b + 1) * static_cast<int>(shape.block_size) <= shared_tokens; b++)
        tables[s * COLUMNS + static_cast<size_t>(b)] = tables[static_cast<size_t>(b)];
    blocks_ = blocks + 3;
  }

  // Contiguous keys and values: [token][kv head][dim] of both, one sequence after the other or at equal distances.
  void build_contiguous() {
    int longest = 0, tokens = 0;
    for (const llm_sequence &s : sequences)
      longest = std::max(longest, s.position + s.rows);
    for (size_t s = 0; s < sequences.size(); s++) {
      tables[s * COLUMNS] = tokens;
      tokens += shape.storage == Storage::Padded ? longest : sequences[s].position + sequences[s].rows;
    }
    int64_t element = kv_element_bytes(shape.kv);
    k_bytes_ = static_cast<size_t>(tokens * shape.kv_heads * shape.k_dim * element);
    pool_.assign(k_bytes_ + static_cast<size_t>(tokens * shape.kv_heads * shape.v_dim * element), 0xff);
    for (size_t s = 0; s < sequences.size(); s++)
      for (int position = 0; position < sequences[s].position + sequences[s].rows; position++)
        for (int head = 0; head < shape.kv_heads; head++) {
          int64_t at = static_cast<int64_t>(tables[s * COLUMNS] + position) * shape.kv_heads + head;
          write(static_cast<int>(s), position, head, pool_.data() + at * shape.k_dim * element,
                pool_.data() + k_bytes_ + at * shape.v_dim * element, nullptr, nullptr);
        }
  }

  void build_cache() {
    seen_k_.assign(sequences.size() * COLUMNS * 128 * static_cast<size_t>(shape.kv_heads), {});
    seen_v_ = seen_k_;
    if (shape.storage != Storage::Paged) {
      build_contiguous();
      return;
    }
    pool_.assign(static_cast<size_t>(block_bytes_) * static_cast<size_t>(blocks_), 0xff);
    for (size_t s = 0; s < sequences.size(); s++)
      for (int position = 0; position < sequences[s].position + sequences[s].rows; position++) {
        int32_t block = tables[s * COLUMNS + static_cast<size_t>(position) / shape.block_size];
        if (block < 0)
          continue;
        int64_t token = position % static_cast<int>(shape.block_size), element = kv_element_bytes(shape.kv);
        for (int head = 0; head < shape.kv_heads; head++) {
          uint8_t *base = pool_.data() + block * block_bytes_ + head * kv_head_bytes(layout_);
          uint8_t *scales = base + kv_scales_offset(layout_) + 4 * token;
          write(static_cast<int>(s), position, head, base + token * element * shape.k_dim,
                base + kv_values_offset(layout_) + token * element * shape.v_dim, scales, scales + 4 * shape.block_size);
        }
      }
  }

  void write(int sequence, int position, int head, uint8_t *k_to, uint8_t *v_to, uint8_t *k_scale, uint8_t *v_scale) {
    std::vector<float> &k = seen_k_[at(sequence, position, head)], &v = seen_v_[at(sequence, position, head)];
    k.resize(static_cast<size_t>(shape.k_dim));
    v.resize(static_cast<size_t>(shape.v_dim));
    encode(shape.kv, vector_of(1, sequence, position, head, shape.k_dim), K_SCALE, k_to, k_scale, k);
    encode(shape.kv, vector_of(2, sequence, position, head, shape.v_dim), V_SCALE, v_to, v_scale, v);
  }

  Attended launch(const AttentionCounts &counts, const AttentionLayout &layout, const std::vector<uint8_t> &plan) {
    Attended result;
    result.counts = counts;
    size_t heads = static_cast<size_t>(shape.heads), row_count = static_cast<size_t>(rows());
    std::vector<uint16_t> queries(row_count * heads * static_cast<size_t>(shape.k_dim));
    for (size_t s = 0; s < sequences.size(); s++)
      for (int t = 0; t < sequences[s].rows; t++)
        for (int head = 0; head < shape.heads; head++) {
          std::vector<float> q = query(static_cast<int>(s), sequences[s].position + t, head);
          for (size_t d = 0; d < q.size(); d++)
            queries[(static_cast<size_t>(sequences[s].first_row + t) * heads + static_cast<size_t>(head)) * q.size() + d] =
                narrow(shape.activation, q[d]);
        }
    Array<uint16_t> q(queries), out(row_count * heads * static_cast<size_t>(shape.v_dim));
    Array<uint8_t> pool(pool_), device_plan(plan);
    Array<int32_t> table(tables);
    size_t states = std::max<size_t>(1, static_cast<size_t>(counts.partials)) * heads;
    Array<float> values(states * static_cast<size_t>(shape.v_dim)), stats(states * 2);
    std::vector<float> slopes, sink_scores;
    for (int head = 0; head < shape.heads; head++) {
      slopes.push_back(static_cast<float>(slope(head)));
      sink_scores.push_back(static_cast<float>(sink(head)));
    }
    Array<float> alibi(slopes), sinks(sink_scores);
    AttentionParams p = {};
    p.q = q.data();
    p.out = out.data();
    p.kv = shape.storage == Storage::Paged
               ? kv_view(layout_, pool.data(), block_bytes_)
               : kv_view_ragged(shape.kv, shape.kv_heads, shape.k_dim, shape.v_dim, pool.data(), pool.data() + k_bytes_);
    p.tables = table.data();
    p.partial_values = values.data();
    p.partial_stats = stats.data();
    p.alibi = shape.alibi ? alibi.data() : nullptr;
    p.sinks = shape.sinks ? sinks.data() : nullptr;
    p.q_stride = static_cast<int64_t>(heads) * shape.k_dim;
    p.heads = shape.heads;
    p.kv_heads = shape.kv_heads;
    p.k_dim = shape.k_dim;
    p.v_dim = shape.v_dim;
    p.window = shape.window;
    bool scaled = shape.kv == DType::E4M3 || shape.kv == DType::E5M2;
    p.scale = scale() * (scaled ? K_SCALE : 1.0f);
    p.soft_cap = shape.soft_cap;
    p.v_scale = scaled ? V_SCALE : 1.0f;
    for (int list = 0; list < ATTENTION_LISTS; list++)
      if (counts.tiles[list] > 0) {
        attention_list(layout, device_plan.data(), static_cast<AttentionList>(list), p);
        uint32_t tiles = static_cast<uint32_t>(counts.tiles[list]) + 1; // as a padded grid has
        Launch l = list == 0 ? decode_attention_launch(shape.activation, shape.kv, p, tiles)
                             : prefill_attention_launch(shape.activation, shape.kv, attention_list_rows(list), p, tiles);
        CHECK(l.kernel != nullptr, "no kernel for %s", name_of(shape).c_str());
        if (l.kernel != nullptr)
          result.lists[list] = run(l, p);
      }
    if (counts.merges > 0) {
      MergeStatesParams m = {values.data(), stats.data(), nullptr, nullptr, nullptr, out.data(), p.sinks, p.heads, p.v_dim, p.v_scale, 0};
      attention_list(layout, device_plan.data(), m);
      run(merge_states_launch(shape.activation, m, static_cast<uint32_t>(counts.merges) + 1), m);
    }
    result.out = out.read();
    return result;
  }

  KvLayout layout_;
  int64_t block_bytes_;
  int blocks_ = 0, shared_tokens_ = 0;
  size_t k_bytes_ = 0; // contiguous: V lies after K
  std::vector<uint8_t> pool_;
  std::vector<std::vector<float>> seen_k_, seen_v_; // [sequence][position][kv head]
};

} // namespace llmserving_test

#endif
