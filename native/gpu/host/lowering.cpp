#include "host/lowering.h"

#include <algorithm>

namespace llmserving {
namespace {

bool reads(const llm_op &op, int32_t value) {
  return (op.kind != LLM_OP_EMBED && op.in[0] == value) || (op.kind == LLM_OP_ADD && op.in[1] == value);
}

// Values that are the residual stream: embeddings and sums with them.
std::vector<bool> find_stream(const ProgramSpec &p) {
  std::vector<bool> stream(p.widths.size(), false);
  auto is = [&](int32_t value) { return stream[static_cast<size_t>(value)]; };
  for (const llm_op &op : p.ops)
    if (op.kind == LLM_OP_EMBED || (op.kind == LLM_OP_ADD && (is(op.in[0]) || is(op.in[1]))))
      stream[static_cast<size_t>(op.out)] = true;
  return stream;
}

// Whether every use of the stream has a kernel that takes it in f32: norms, and sums with other values.
bool may_be_wide(const ProgramSpec &p, const std::vector<bool> &stream) {
  auto is = [&](int32_t value) { return stream[static_cast<size_t>(value)]; };
  for (const llm_op &op : p.ops) {
    bool multiplies = op.kind == LLM_OP_LINEAR || op.kind == LLM_OP_ROPE_CACHE || op.kind == LLM_OP_ATTENTION ||
                      op.kind == LLM_OP_ACTIVATE_MULTIPLY;
    if ((multiplies && is(op.in[0])) || (op.kind == LLM_OP_ADD && is(op.in[0]) && is(op.in[1])))
      return false;
  }
  return !is(p.options.hidden); // the head multiplies it
}

size_t value_bytes(const ProgramSpec &p, gpu::DType type, size_t value) {
  size_t bytes = static_cast<size_t>(p.widths[value]) * (type == gpu::DType::F32 ? 4 : 2);
  return (bytes + 15) / 16 * 16;
}

// First and last operation that touches each value.
struct Life {
  size_t first, last;
};

std::vector<Life> lives(const ProgramSpec &p, const std::vector<Operation> &operations) {
  std::vector<Life> result(p.widths.size(), Life{operations.size(), 0});
  auto touch = [&](int32_t value, size_t at) {
    Life &life = result[static_cast<size_t>(value)];
    life.first = std::min(life.first, at);
    life.last = std::max(life.last, at);
  };
  auto touch_all = [&](const llm_op &op, size_t at) {
    touch(op.out, at);
    if (op.kind != LLM_OP_EMBED)
      touch(op.in[0], at);
    if (op.kind == LLM_OP_ADD)
      touch(op.in[1], at);
  };
  for (size_t i = 0; i < operations.size(); i++) {
    touch_all(operations[i].op, i);
    if (operations[i].sum >= 0)
      touch_all(p.ops[static_cast<size_t>(operations[i].sum)], i);
  }
  touch(p.options.hidden, operations.size());
  return result;
}

} // namespace

std::vector<Operation> fuse(const ProgramSpec &p) {
  std::vector<Operation> result;
  for (size_t i = 0; i < p.ops.size(); i++) {
    bool fused = p.ops[i].kind == LLM_OP_ADD && i + 1 < p.ops.size() && p.ops[i + 1].kind == LLM_OP_NORM &&
                 reads(p.ops[i + 1], p.ops[i].out);
    if (fused)
      result.push_back({p.ops[++i], static_cast<int32_t>(i) - 1, -1});
    else
      result.push_back({p.ops[i], -1, -1});
  }
  return result;
}

std::vector<gpu::DType> value_types(const ProgramSpec &p) {
  std::vector<gpu::DType> types(p.widths.size(), kActivations);
  std::vector<bool> stream = find_stream(p);
  if (may_be_wide(p, stream))
    for (size_t v = 0; v < types.size(); v++)
      if (stream[v])
        types[v] = gpu::DType::F32;
  return types;
}

std::vector<Value> lay_out_values(const ProgramSpec &p, const std::vector<Operation> &operations,
                                  size_t *bytes_per_token) {
  std::vector<gpu::DType> types = value_types(p);
  std::vector<Life> life = lives(p, operations);
  std::vector<size_t> order(life.size());
  for (size_t v = 0; v < order.size(); v++)
    order[v] = v;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return life[a].first < life[b].first; });
  struct Place {
    size_t bytes, busy_until, offset;
  };
  std::vector<Place> places;
  std::vector<Value> values(life.size());
  size_t total = 0;
  for (size_t v : order) {
    size_t bytes = value_bytes(p, types[v], v), chosen = places.size();
    for (size_t i = 0; i < places.size(); i++)
      if (places[i].busy_until < life[v].first && places[i].bytes == bytes)
        chosen = i;
    if (chosen == places.size()) {
      places.push_back({bytes, 0, total});
      total += bytes;
    }
    places[chosen].busy_until = life[v].last;
    values[v] = {types[v], places[chosen].offset};
  }
  *bytes_per_token = total;
  return values;
}

std::vector<AttentionShape> find_shapes(const ProgramSpec &p, std::vector<Operation> &operations) {
  std::vector<AttentionShape> shapes;
  for (Operation &operation : operations) {
    const llm_op &op = operation.op;
    if (op.kind != LLM_OP_ATTENTION && op.kind != LLM_OP_ROPE_CACHE)
      continue;
    const llm_cache &c = p.cache(op.i[1]);
    AttentionShape shape = {c.group, op.i[0], c.heads, std::max(c.k_dim, c.v_dim)};
    size_t at = 0;
    while (at < shapes.size() && (shapes[at].group != shape.group || shapes[at].heads != shape.heads ||
                                  shapes[at].kv_heads != shape.kv_heads || shapes[at].dim != shape.dim))
      at++;
    if (at == shapes.size())
      shapes.push_back(shape);
    operation.plan = static_cast<int32_t>(at);
  }
  return shapes;
}

} // namespace llmserving
