// Sequences with made-up queries, keys and values over a cache, paged or contiguous, beside a reference of their attention
// in double. Memory of the cache that no token was written to is not a number.
#ifndef LLMSERVING_GPU_TESTS_ATTENTION_SEQUENCES_H
#define LLMSERVING_GPU_TESTS_ATTENTION_SEQUENCES_H

#include "attention_shape.h"

namespace llmserving_test {

class AttentionSequences {
public:
  static constexpr int COLUMNS = 128; // blocks of a table row
  static constexpr float K_SCALE = 0.5f, V_SCALE = 0.25f;

  AttentionShape shape;
  std::vector<llm_sequence> sequences;
  std::vector<int> texts; // of each sequence: sequences of one text have equal tokens, and equal blocks where `shared`
  std::vector<int32_t> tables;
  uint32_t seed;

  // lengths: (position of the first row, rows) of each sequence. layout_seed decides where blocks lie.
  AttentionSequences(const AttentionShape &s, const std::vector<std::pair<int, int>> &lengths, uint32_t layout_seed = 1,
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

protected:
  float scale() const { return 1.0f / std::sqrt(static_cast<float>(shape.k_dim)); }
  static double slope(int head) { return std::exp2(-1.0 - head % 8); }
  static double sink(int head) { return 0.5 * head - 1.0; }
  std::vector<float> query(int sequence, int position, int head) const {
    std::vector<float> q = vector_of(0, sequence, position, head, shape.k_dim);
    for (float &x : q)
      x = widen(shape.activation, narrow(shape.activation, x));
    return q;
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

  KvView view(uint8_t *pool) const {
    return shape.storage == Storage::Paged
               ? kv_view(layout_, pool, block_bytes_)
               : kv_view_ragged(shape.kv, shape.kv_heads, shape.k_dim, shape.v_dim, pool, pool + k_bytes_);
  }

  std::vector<uint8_t> pool_;

private:
  size_t at(int sequence, int position, int kv_head) const {
    return (static_cast<size_t>(sequence) * COLUMNS * 128 + static_cast<size_t>(position)) * static_cast<size_t>(shape.kv_heads) +
           static_cast<size_t>(kv_head);
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

  void write(int sequence, int position, int head, uint8_t *k_to, uint8_t *v_to, uint8_t *k_scale, uint8_t *v_scale) {
    std::vector<float> &k = seen_k_[at(sequence, position, head)], &v = seen_v_[at(sequence, position, head)];
    k.resize(static_cast<size_t>(shape.k_dim));
    v.resize(static_cast<size_t>(shape.v_dim));
    encode(shape.kv, vector_of(1, sequence, position, head, shape.k_dim), K_SCALE, k_to, k_scale, k);
    encode(shape.kv, vector_of(2, sequence, position, head, shape.v_dim), V_SCALE, v_to, v_scale, v);
  }

  KvLayout layout_;
  int64_t block_bytes_;
  int blocks_ = 0, shared_tokens_ = 0;
  size_t k_bytes_ = 0; // contiguous: V lies after K
  std::vector<std::vector<float>> seen_k_, seen_v_; // [sequence][position][kv head]
};

} // namespace llmserving_test

#endif
