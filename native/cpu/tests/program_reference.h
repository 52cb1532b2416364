// A Llama forward pass in plain double precision over whole prompts: no cache, no packing, no shared code.
#ifndef LLMSERVING_TESTS_PROGRAM_REFERENCE_H
#define LLMSERVING_TESTS_PROGRAM_REFERENCE_H

#include <algorithm>

#include "tests/llama_program.h"

namespace llmserving_test {

class Reference {
public:
  explicit Reference(const LlamaProgram &p) : p_(p), s_(p.s) {}

  // Logits of every position.
  std::vector<std::vector<double>> logits(const std::vector<int32_t> &tokens) const {
    std::vector<Row> x;
    Row embedding = weights(p_.embedding());
    size_t hidden = static_cast<size_t>(s_.hidden);
    for (int32_t token : tokens) {
      auto row = embedding.begin() + static_cast<long>(static_cast<size_t>(token) * hidden);
      x.emplace_back(row, row + static_cast<long>(hidden));
    }
    for (int layer = 0; layer < s_.layers; layer++) {
      attend(layer, x);
      feed_forward(layer, x);
    }
    std::vector<Row> result;
    for (const Row &row : x)
      result.push_back(multiply(embedding, norm(row, p_.output_norm())));
    return result;
  }

private:
  typedef std::vector<double> Row;

  Row weights(int32_t tensor) const {
    std::vector<float> values = p_.values(tensor);
    return Row(values.begin(), values.end());
  }

  static Row multiply(const Row &w, const Row &x) {
    Row y(w.size() / x.size(), 0);
    for (size_t n = 0; n < y.size(); n++)
      for (size_t k = 0; k < x.size(); k++)
        y[n] += w[n * x.size() + k] * x[k];
    return y;
  }

  Row norm(const Row &x, int32_t scale) const {
    Row w = weights(scale), y(x);
    double squares = 0;
    for (double v : x)
      squares += v * v;
    for (size_t i = 0; i < x.size(); i++)
      y[i] *= w[i] / std::sqrt(squares / static_cast<double>(x.size()) + static_cast<double>(s_.epsilon));
    return y;
  }

  // Heads of q or k: normalized if the shape says so, rotated by halves.
  void rotate(Row &x, int32_t scale, size_t position) const {
    size_t dim = static_cast<size_t>(s_.head_dim);
    for (size_t h = 0; h < x.size(); h += dim) {
      Row head(x.begin() + static_cast<long>(h), x.begin() + static_cast<long>(h + dim));
      if (s_.head_norm)
        head = norm(head, scale);
      for (size_t i = 0; i < dim / 2; i++) {
        double exponent = -2.0 * static_cast<double>(i) / static_cast<double>(dim);
        double angle = static_cast<double>(position) * std::pow(static_cast<double>(s_.rope_base), exponent);
        x[h + i] = head[i] * std::cos(angle) - head[i + dim / 2] * std::sin(angle);
        x[h + i + dim / 2] = head[i + dim / 2] * std::cos(angle) + head[i] * std::sin(angle);
      }
    }
  }

  void attend(int layer, std::vector<Row> &x) const {
    Row wq = weights(p_.tensor(layer, Q)), wk = weights(p_.tensor(layer, K)), wv = weights(p_.tensor(layer, V));
    Row wo = weights(p_.tensor(layer, O));
    std::vector<Row> keys, values;
    for (size_t i = 0; i < x.size(); i++) {
      Row h = norm(x[i], p_.tensor(layer, ATTENTION_NORM)), q = multiply(wq, h);
      keys.push_back(multiply(wk, h));
      values.push_back(multiply(wv, h));
      rotate(q, p_.tensor(layer, Q_NORM), i);
      rotate(keys.back(), p_.tensor(layer, K_NORM), i);
      add(x[i], multiply(wo, heads(q, keys, values)));
    }
  }

  Row heads(const Row &q, const std::vector<Row> &keys, const std::vector<Row> &values) const {
    size_t dim = static_cast<size_t>(s_.head_dim), shared = static_cast<size_t>(s_.heads / s_.kv_heads);
    size_t first = s_.window > 0 ? keys.size() - std::min(keys.size(), static_cast<size_t>(s_.window)) : 0;
    Row out(q.size(), 0);
    for (size_t h = 0; h < q.size() / dim; h++) {
      size_t at = h / shared * dim;
      Row weight;
      double sum = 0;
      for (size_t j = first; j < keys.size(); j++) {
        double score = 0;
        for (size_t d = 0; d < dim; d++)
          score += q[h * dim + d] * keys[j][at + d];
        weight.push_back(std::exp(score / std::sqrt(static_cast<double>(dim))));
        sum += weight.back();
      }
      for (size_t j = first; j < keys.size(); j++)
        for (size_t d = 0; d < dim; d++)
          out[h * dim + d] += weight[j - first] / sum * values[j][at + d];
    }
    return out;
  }

  void feed_forward(int layer, std::vector<Row> &x) const {
    Row gate = weights(p_.tensor(layer, GATE)), up = weights(p_.tensor(layer, UP)), down = weights(p_.tensor(layer, DOWN));
    for (Row &row : x) {
      Row h = norm(row, p_.tensor(layer, FFN_NORM)), g = multiply(gate, h), u = multiply(up, h);
      for (size_t i = 0; i < g.size(); i++)
        g[i] = g[i] / (1 + std::exp(-g[i])) * u[i];
      add(row, multiply(down, g));
    }
  }

  static void add(Row &x, const Row &y) {
    for (size_t i = 0; i < x.size(); i++)
      x[i] += y[i];
  }

  const LlamaProgram &p_;
  const LlamaShape &s_;
};

} // namespace llmserving_test

#endif
