#include "host/forward.h"

#include "llmserving/gpu/activation.h"
#include "llmserving/gpu/elementwise.h"
#include "llmserving/gpu/embedding_packed.h"
#include "llmserving/gpu/linear.h"
#include "llmserving/gpu/norm.h"

namespace llmserving {

using gpu::DType;

void Forward::run(const PassInput &input) {
  in_ = input;
  gpu::ResolveTokensParams tokens = {static_cast<const gpu::StepToken *>(in_.tokens),
                                     m_.ring,
                                     m_.ids,
                                     in_.rows,
                                     m_.ring_steps,
                                     m_.ring_jobs,
                                     0};
  launch_(gpu::resolve_tokens_launch(static_cast<uint32_t>(in_.rows)), tokens, "a step's tokens");
  for (const Operation &operation : p_.operations)
    run(operation);
}

void Forward::run(const Operation &operation) {
  switch (operation.op.kind) {
  case LLM_OP_EMBED:
    return embed(operation.op);
  case LLM_OP_LINEAR:
    return linear(operation.op);
  case LLM_OP_NORM:
    return norm(operation);
  case LLM_OP_ROPE_CACHE:
    return rope_cache(operation);
  case LLM_OP_ATTENTION:
    return attention(operation);
  case LLM_OP_ACTIVATE_MULTIPLY:
    return activate(operation.op);
  default:
    return add(operation.op);
  }
}

void Forward::embed(const llm_op &op) {
  gpu::EmbeddingParams params = {m_.ids,
                                 p_.tensor(op.weight[0]).data,
                                 at(op.out),
                                 width(op.out),
                                 0,
                                 static_cast<int32_t>(p_.options.vocabulary),
                                 op.f[0]};
  launch_(gpu::embedding_packed_launch(p_.family(op.weight[0]), kActivations, p_.value(op.out).type,
                                       static_cast<uint32_t>(in_.rows), width(op.out)),
          params, "an embedding");
}

// A launch for each run of matrices of one family.
void Forward::linear(const llm_op &op) {
  int32_t column = 0, k = static_cast<int32_t>(p_.tensor(op.weight[0]).columns);
  for (int j = 0; j < op.i[0];) {
    gpu::LinearFamily family = p_.family(op.weight[j]);
    gpu::LinearParams params = {at(op.in[0]), nullptr, at(op.out), k, width(op.out), in_.rows, k, 0, 1, 0, {}};
    for (gpu::LinearPart *part = params.parts; j < op.i[0] && p_.family(op.weight[j]) == family; j++, part++) {
      const llm_tensor &w = p_.tensor(op.weight[j]);
      *part = {w.data, p_.vector(op.weight[4 + j]), column, static_cast<int32_t>(w.rows)};
      column += part->n;
    }
    if (!launch_.multiply(family, params))
      launch_(gpu::linear_launch(family, kActivations, params), params, "a matrix product");
  }
}

void Forward::norm(const Operation &operation) {
  const llm_op &op = operation.op;
  gpu::NormParams params = {};
  params.stream = at(op.in[0]);
  DType stream = p_.value(op.in[0]).type;
  if (operation.sum >= 0) {
    const llm_op &sum = p_.ops[static_cast<size_t>(operation.sum)];
    bool swapped = p_.value(sum.in[0]).type != stream;
    params.stream = at(sum.in[swapped ? 1 : 0]);
    params.delta = at(sum.in[swapped ? 0 : 1]);
    params.sum = at(sum.out);
  }
  params.weight = p_.vector(op.weight[0]);
  params.bias = op.i[0] == 1 ? p_.vector(op.weight[1]) : nullptr;
  params.output = at(op.out);
  params.width = width(op.out);
  params.layer = op.i[0];
  params.epsilon = op.f[0];
  params.added = op.f[1];
  launch_(gpu::norm_launch(kActivations, stream, kActivations, static_cast<uint32_t>(in_.rows), width(op.out)), params,
          "a norm");
}

gpu::KvView Forward::kv(int32_t cache) const {
  return gpu::kv_view(p_.layout(cache), m_.pool + p_.cache_offset[static_cast<size_t>(cache)],
                      static_cast<int64_t>(p_.block_bytes));
}

void Forward::rope_cache(const Operation &operation) {
  const llm_op &op = operation.op;
  const llm_cache &c = p_.cache(op.i[1]);
  gpu::RopeCacheParams params = {};
  params.qkv = at(op.in[0]);
  params.q_out = at(op.out);
  params.kv = kv(op.i[1]);
  params.tables = tables(c.group);
  size_t plan = static_cast<size_t>(operation.plan);
  gpu::attention_list(in_.layouts[plan], in_.plans[plan], params);
  params.frequencies = op.i[3] == 0 ? nullptr : p_.vector(op.weight[0]);
  params.q_norm = p_.vector(op.weight[1]);
  params.k_norm = p_.vector(op.weight[2]);
  params.qkv_stride = width(op.in[0]);
  params.heads = op.i[0];
  params.kv_heads = c.heads;
  params.k_dim = c.k_dim;
  params.v_dim = c.v_dim;
  params.rotated = op.i[3] == 0 ? 0 : op.i[2];
  params.style = op.i[3];
  params.magnitude = op.f[2];
  params.epsilon = op.f[0];
  params.added = op.f[1];
  params.k_inverse = params.v_inverse = 1;
  launch_(gpu::rope_cache_launch(kActivations, p_.kv_type, params, static_cast<uint32_t>(in_.rows)), params,
          "a rotary embedding");
}

void Forward::activate(const llm_op &op) {
  gpu::ActivationParams params = {at(op.in[0]), at(op.out), nullptr, width(op.out), op.i[0]};
  launch_(gpu::activation_launch(kActivations, kActivations, static_cast<uint32_t>(in_.rows), width(op.out)), params,
          "an activation");
}

void Forward::add(const llm_op &op) {
  DType stream = p_.value(op.out).type;
  bool swapped = p_.value(op.in[0]).type != stream;
  int64_t count = static_cast<int64_t>(in_.rows) * width(op.out);
  gpu::AddParams params = {at(op.in[swapped ? 1 : 0]), at(op.in[swapped ? 0 : 1]), at(op.out), count};
  launch_(gpu::add_launch(kActivations, stream, count), params, "a sum");
}

void Forward::head(const int32_t *rows, int32_t count) {
  const llm_tensor &w = p_.tensor(p_.options.head);
  int32_t n = static_cast<int32_t>(w.rows), k = static_cast<int32_t>(w.columns);
  gpu::LinearParams params = {at(p_.options.hidden), rows, m_.logits, k, m_.logits_stride, count, k, 1,
                              p_.options.logit_scale, p_.options.logit_cap, {{w.data, nullptr, 0, n}}};
  launch_(gpu::linear_launch(p_.family(p_.options.head), kActivations, params), params, "the head");
}

} // namespace llmserving
