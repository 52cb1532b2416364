// The example's layer, and its attention in double precision.
#ifndef LLMSERVING_GPU_EXAMPLE_REFERENCE_H
#define LLMSERVING_GPU_EXAMPLE_REFERENCE_H

#include <cmath>
#include <cstdint>
#include <vector>

#include "llmserving/gpu/platform/types.h"

namespace example {

using llmserving::gpu::bf16;
using llmserving::gpu::e4m3;

struct Layer {
  static constexpr int32_t TOKENS = 40, WIDTH = 256, HEADS = 4, KV_HEADS = 2, HEAD = 64;
  static constexpr int32_t QKV = (HEADS + 2 * KV_HEADS) * HEAD; // q heads, k heads, v heads
  static constexpr float EPSILON = 1e-5f;

  std::vector<bf16> x = std::vector<bf16>(TOKENS * WIDTH);       // [TOKENS][WIDTH]
  std::vector<float> norm = std::vector<float>(WIDTH);           // weights of the norm
  std::vector<e4m3> w = std::vector<e4m3>(QKV * WIDTH);          // [QKV][WIDTH]
  std::vector<float> w_scale = std::vector<float>(QKV);          // one per row of w
  std::vector<float> frequencies = std::vector<float>(HEAD / 2); // of the rotation, per position
};

// [QKV] of a token, unrotated.
inline std::vector<double> project_token(const Layer &layer, int32_t token) {
  const bf16 *x = layer.x.data() + token * Layer::WIDTH;
  double squares = 0;
  for (int32_t i = 0; i < Layer::WIDTH; i++)
    squares += static_cast<double>(to_float(x[i])) * to_float(x[i]);
  double inverse = 1 / std::sqrt(squares / Layer::WIDTH + Layer::EPSILON);
  std::vector<double> qkv(Layer::QKV);
  for (int32_t j = 0; j < Layer::QKV; j++)
    for (int32_t i = 0; i < Layer::WIDTH; i++)
      qkv[j] += to_float(x[i]) * inverse * layer.norm[i] * to_float(layer.w[j * Layer::WIDTH + i]) * layer.w_scale[j];
  return qkv;
}

// Rotates the pairs (i, i + HEAD / 2) of a head.
inline void rotate(const Layer &layer, double *head, int32_t position) {
  for (int32_t i = 0; i < Layer::HEAD / 2; i++) {
    double angle = static_cast<double>(position) * layer.frequencies[i], a = head[i], b = head[i + Layer::HEAD / 2];
    head[i] = a * std::cos(angle) - b * std::sin(angle);
    head[i + Layer::HEAD / 2] = b * std::cos(angle) + a * std::sin(angle);
  }
}

// [HEADS][HEAD] of the last token over all tokens.
inline std::vector<double> last_token_attention(const Layer &layer) {
  std::vector<std::vector<double>> tokens;
  for (int32_t token = 0; token < Layer::TOKENS; token++) {
    tokens.push_back(project_token(layer, token));
    for (int32_t head = 0; head < Layer::HEADS + Layer::KV_HEADS; head++)
      rotate(layer, tokens.back().data() + head * Layer::HEAD, token);
  }
  std::vector<double> out(Layer::HEADS * Layer::HEAD);
  for (int32_t head = 0; head < Layer::HEADS; head++) {
    int32_t kv_head = head / (Layer::HEADS / Layer::KV_HEADS);
    const double *q = tokens.back().data() + head * Layer::HEAD;
    double total = 0;
    for (const std::vector<double> &token : tokens) {
      const double *k = token.data() + (Layer::HEADS + kv_head) * Layer::HEAD, *v = k + Layer::KV_HEADS * Layer::HEAD;
      double score = 0;
      for (int32_t d = 0; d < Layer::HEAD; d++)
        score += q[d] * k[d];
      double weight = std::exp(score / std::sqrt(static_cast<double>(Layer::HEAD)));
      total += weight;
      for (int32_t d = 0; d < Layer::HEAD; d++)
        out[head * Layer::HEAD + d] += weight * v[d];
    }
    for (int32_t d = 0; d < Layer::HEAD; d++)
      out[head * Layer::HEAD + d] /= total;
  }
  return out;
}

} // namespace example

#endif
