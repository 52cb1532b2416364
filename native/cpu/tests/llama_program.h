// A Llama-shaped program of random weights, made through the C ABI alone: for tests and benchmarks of whole steps.
#ifndef LLMSERVING_TESTS_LLAMA_PROGRAM_H
#define LLMSERVING_TESTS_LLAMA_PROGRAM_H

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "llmserving/llmserving.h"
#include "tests/check.h"
#include "tests/random_weights.h"

namespace llmserving_test {

// Ends the program: what follows would make no sense.
inline void require(llm_status status, const char *what) {
  if (status != LLM_OK) {
    printf("%s: status %d, %s\n", what, status, llm_last_error());
    exit(1);
  }
}

struct LlamaShape {
  int layers = 2, hidden = 64, heads = 4, kv_heads = 2, head_dim = 32, ffn = 96, vocabulary = 101;
  uint32_t layer_type = LLM_TYPE_Q4_1, head_type = LLM_TYPE_Q8_0;
  uint32_t value_type = 0; // of the matrix that makes values, 0 = layer_type
  uint32_t activations = LLM_ACTIVATIONS_AUTO, kv_type = LLM_KV_BF16, block_size = 16;
  int window = 0;
  bool head_norm = false;
  float epsilon = 1e-5f, rope_base = 10000;

  int q_width() const { return heads * head_dim; }
  int kv_width() const { return kv_heads * head_dim; }
};

// Tensors of a layer, in their order; then embedding (also the head), output norm, frequencies.
enum LayerTensor { ATTENTION_NORM, Q, K, V, O, FFN_NORM, GATE, UP, DOWN, Q_NORM, K_NORM, LAYER_TENSORS };

class LlamaProgram {
public:
  LlamaProgram(llm_context *context, const LlamaShape &shape, uint64_t seed) : s(shape), context_(context), random_(seed) {
    for (int layer = 0; layer < s.layers; layer++)
      add_layer();
    matrix(s.head_type, s.vocabulary, s.hidden);
    vector(s.hidden, 1);
    std::vector<float> frequencies;
    for (int i = 0; i < s.head_dim / 2; i++)
      frequencies.push_back(std::pow(s.rope_base, -2.0f * static_cast<float>(i) / static_cast<float>(s.head_dim)));
    add_vector(frequencies);
    write_ops();
    llm_program_options o = options();
    require(llm_program_create(context, &o, &program), "program");
  }

  LlamaProgram(const LlamaProgram &) = delete;
  LlamaProgram &operator=(const LlamaProgram &) = delete;

  ~LlamaProgram() {
    llm_program_destroy(program);
    for (llm_buffer *buffer : buffers_)
      llm_buffer_destroy(buffer);
  }

  // Valid as long as this object.
  llm_program_options options() const {
    llm_program_options o = {};
    o.activations = s.activations;
    o.kv_type = s.kv_type;
    o.block_size = s.block_size;
    o.vocabulary = static_cast<uint32_t>(s.vocabulary);
    o.hidden = static_cast<int32_t>(widths.size()) - 1;
    o.head = embedding();
    o.logit_scale = 1;
    o.op_count = static_cast<uint32_t>(ops.size());
    o.value_count = static_cast<uint32_t>(widths.size());
    o.tensor_count = static_cast<uint32_t>(tensors.size());
    o.cache_count = static_cast<uint32_t>(caches.size());
    o.group_count = 1;
    o.ops = ops.data();
    o.widths = widths.data();
    o.tensors = tensors.data();
    o.caches = caches.data();
    o.groups = &group;
    return o;
  }

  int32_t tensor(int layer, LayerTensor which) const { return layer * LAYER_TENSORS + which; }
  int32_t embedding() const { return s.layers * LAYER_TENSORS; }
  int32_t output_norm() const { return embedding() + 1; }
  int32_t frequencies() const { return embedding() + 2; }

  // The tensor's values, row-major.
  std::vector<float> values(int32_t index) const {
    const llm_tensor &t = tensors[static_cast<size_t>(index)];
    std::vector<float> result(t.rows * t.columns);
    const std::vector<uint8_t> &raw = raw_[static_cast<size_t>(index)];
    require(llm_dequantize(t.type, raw.data(), result.size(), result.data()), "dequantize");
    return result;
  }

  const LlamaShape s;
  llm_program *program = nullptr;
  std::vector<llm_op> ops;
  std::vector<uint32_t> widths;
  std::vector<llm_tensor> tensors;
  std::vector<llm_cache> caches;
  llm_kv_group group = {0};

private:
  void add_layer() {
    vector(s.hidden, 1);
    matrix(s.layer_type, s.q_width(), s.hidden);
    matrix(s.layer_type, s.kv_width(), s.hidden);
    matrix(s.value_type != 0 ? s.value_type : s.layer_type, s.kv_width(), s.hidden);
    matrix(s.layer_type, s.hidden, s.q_width());
    vector(s.hidden, 1);
    matrix(s.layer_type, s.ffn, s.hidden);
    matrix(s.layer_type, s.ffn, s.hidden);
    matrix(s.layer_type, s.hidden, s.ffn);
    vector(s.head_dim, 1);
    vector(s.head_dim, 1);
  }

  void matrix(uint32_t type, int rows, int columns) {
    uint64_t n = static_cast<uint64_t>(rows), k = static_cast<uint64_t>(columns), bytes, layout;
    raw_.push_back(random_blocks(type, n * k, 1.7f / std::sqrt(static_cast<float>(columns)), random_));
    require(llm_packed_size(context_, type, n, k, &bytes, &layout), "packed size");
    buffers_.push_back(nullptr);
    require(llm_buffer_create(context_, bytes, &buffers_.back()), "buffer");
    void *packed = llm_buffer_data(buffers_.back());
    require(llm_pack(context_, type, n, k, raw_.back().data(), packed), "pack");
    tensors.push_back({LLM_STORAGE_PACKED, type, n, k, packed, bytes});
  }

  void vector(int columns, float center) {
    std::vector<float> x(static_cast<size_t>(columns));
    for (float &value : x)
      value = center + 0.2f * random_.uniform();
    add_vector(x);
  }

  void add_vector(const std::vector<float> &x) {
    raw_.emplace_back(x.size() * 4);
    memcpy(raw_.back().data(), x.data(), x.size() * 4);
    tensors.push_back({LLM_STORAGE_VECTOR, LLM_TYPE_F32, 1, x.size(), raw_.back().data(), x.size() * 4});
  }

  int32_t value(int width) {
    widths.push_back(static_cast<uint32_t>(width));
    return static_cast<int32_t>(widths.size()) - 1;
  }

  llm_op &op(llm_op_kind kind, int32_t in, int width) {
    llm_op o = {};
    o.kind = kind;
    o.in[0] = in;
    o.in[1] = -1;
    for (int32_t &w : o.weight)
      w = -1;
    o.out = value(width);
    ops.push_back(o);
    return ops.back();
  }

  int32_t norm(int32_t x, int32_t scale) {
    llm_op &o = op(LLM_OP_NORM, x, s.hidden);
    o.weight[0] = scale;
    o.f[0] = s.epsilon;
    return o.out;
  }

  int32_t linear(int32_t x, int width, std::initializer_list<int32_t> weights) {
    llm_op &o = op(LLM_OP_LINEAR, x, width);
    for (int32_t w : weights)
      o.weight[o.i[0]++] = w;
    return o.out;
  }

  int32_t add(int32_t a, int32_t b) {
    llm_op &o = op(LLM_OP_ADD, a, s.hidden);
    o.in[1] = b;
    return o.out;
  }

  int32_t attention(int32_t h, int layer) {
    caches.push_back({0, layer, s.kv_heads, s.head_dim, s.head_dim});
    int32_t qkv = linear(h, s.q_width() + 2 * s.kv_width(), {tensor(layer, Q), tensor(layer, K), tensor(layer, V)});
    llm_op &rope = op(LLM_OP_ROPE_CACHE, qkv, s.q_width());
    rope.i[0] = s.heads;
    rope.i[1] = layer;
    rope.i[2] = s.head_dim;
    rope.i[3] = 1;
    rope.weight[0] = frequencies();
    rope.weight[1] = s.head_norm ? tensor(layer, Q_NORM) : -1;
    rope.weight[2] = s.head_norm ? tensor(layer, K_NORM) : -1;
    rope.f[0] = s.epsilon;
    rope.f[2] = 1;
    llm_op &o = op(LLM_OP_ATTENTION, rope.out, s.q_width());
    o.i[0] = s.heads;
    o.i[1] = layer;
    o.f[0] = 1 / std::sqrt(static_cast<float>(s.head_dim));
    return linear(o.out, s.hidden, {tensor(layer, O)});
  }

  int32_t feed_forward(int32_t h, int layer) {
    int32_t both = linear(h, 2 * s.ffn, {tensor(layer, GATE), tensor(layer, UP)});
    return linear(op(LLM_OP_ACTIVATE_MULTIPLY, both, s.ffn).out, s.hidden, {tensor(layer, DOWN)});
  }

  void write_ops() {
    ops.reserve(static_cast<size_t>(s.layers) * 16 + 16); // references to elements stay valid
    group.window = s.window;
    llm_op &embed = op(LLM_OP_EMBED, -1, s.hidden);
    embed.weight[0] = embedding();
    embed.f[0] = 1;
    int32_t x = embed.out;
    for (int layer = 0; layer < s.layers; layer++) {
      x = add(x, attention(norm(x, tensor(layer, ATTENTION_NORM)), layer));
      x = add(x, feed_forward(norm(x, tensor(layer, FFN_NORM)), layer));
    }
    norm(x, output_norm());
  }

  llm_context *context_;
  Random random_;
  std::vector<std::vector<uint8_t>> raw_;
  std::vector<llm_buffer *> buffers_;
};

} // namespace llmserving_test

#endif
