#include "program/walk.h"

namespace llmserving {

Walk::Walk(llm_session &s, Flight &flight)
    : s_(s), p_(*s.program), isa_(p_.context->isa), team_(*p_.context->team), workers_(team_.threads()),
      profile_(s.profile.on ? &s.profile : nullptr), flight_(flight), step_(flight.step), rows_(step_.token_count) {
  if (rows_ >= kLeastBlock * static_cast<size_t>(workers_))
    blocks_ = blocks_of_rows();
  size_t together = blocked() ? rows_ / blocks_ : rows_;
  for (int kind = 0; kind < 3; kind++)
    granularity_ = std::max(granularity_, activation_granularity(isa_, static_cast<ActivationKind>(kind), together));
}

void Walk::work(int worker) {
  for (size_t i = 0; i < p_.ops.size(); i++) {
    const llm_op &op = p_.ops[i];
    if (blocked() && op.kind != LLM_OP_ATTENTION) {
      i = run_blocks(i, worker) - 1;
      continue;
    }
    whole_op(op, i, worker);
    if (worker == 0)
      s_.progress.fetch_add(1, std::memory_order_relaxed);
  }
  if (blocked())
    barrier(worker); // any worker may have computed the rows that the head reads
  head(worker);
}

// A worker's part of an operation, unless the step is blocked.
void Walk::whole_op(const llm_op &op, size_t index, int worker) {
  ProfileSpan span(profile(worker), op.kind);
  if (op.kind == LLM_OP_LINEAR)
    linear_op(op, index, worker);
  else if (op.kind == LLM_OP_ATTENTION)
    attention_op(op, index, worker);
  else
    row_op(op, index, rows_of(worker), worker);
}

void Walk::barrier(int worker) {
  ProfileSpan span(profile(worker), LLM_PROFILE_WAIT);
  team_.barrier(worker);
}

float *Walk::value(int32_t index, int worker, size_t row) const {
  size_t i = static_cast<size_t>(index), width = p_.width(index);
  const Workspace &own = workspace(worker);
  if (blocked() && p_.within_block[i])
    return own.block.as<float>() + p_.block_offset[i] * s_.block_capacity + (row - own.block_first) * width;
  if (!narrow() || p_.value_shared[i])
    return s_.value(index) + row * width;
  size_t capacity = std::min<size_t>(s_.options.max_tokens, kNarrowRows);
  return own.values.as<float>() + p_.value_offset[i] * capacity + row * width;
}

void *Walk::packed(ActivationKind kind, int worker) const {
  int i = static_cast<int>(kind);
  return narrow() || blocked() ? workspace(worker).packed[i].data() : s_.packed[i].data();
}

// After the barrier that follows the writing of keys and values.
void Walk::attention_op(const llm_op &op, size_t index, int worker) {
  AttentionStep &attention = *s_.attention[static_cast<size_t>(p_.shape_of_op[index])];
  AttentionCall call = {s_.cache_view(op.i[1]), {op.i[0], op.f[0], op.f[1]}, value(op.in[0], worker),
                        value(op.out, worker)};
  barrier(worker);
  attention.compute(call, tickets(index, 0).of(0), worker);
  barrier(worker);
  if (attention.has_partials()) {
    attention.merge(call, tickets(index, 1).of(0), worker);
    barrier(worker);
  }
}

void Walk::linear_op(const llm_op &op, size_t index, int worker) {
  Range mine = rows_of(worker);
  pack_inputs(op, value(op.in[0], worker), rows_, mine, worker);
  if (!narrow())
    barrier(worker);
  auto units = [&](size_t node) { return units_of(op, node); };
  claim_shards(team_, units, tickets(index, 0), worker, [&](size_t node, Range part) {
    multiply(op, value(op.out, worker), rows_, node, part, worker);
  });
  barrier(worker);
}

// Begins with the weights of the worker's own node, so that not all workers read from one node at once.
void Walk::block_linear(const llm_op &op, Range rows, int worker) const {
  size_t count = rows.last - rows.first, nodes = team_.nodes().size(), home = team_.node_of(worker);
  pack_inputs(op, value(op.in[0], worker, rows.first), count, {0, count}, worker);
  for (size_t i = 0; i < nodes; i++) {
    size_t node = (home + i) % nodes;
    multiply(op, value(op.out, worker, rows.first), count, node, {0, units_of(op, node)}, worker);
  }
}

// Of a node's shards of the product's weights.
size_t Walk::units_of(const llm_op &op, size_t node) const {
  size_t units = 0;
  for (int j = 0; j < op.i[0]; j++) {
    Range mine = shard(team_, node, linear_units(p_.matrix(op.weight[j])));
    units += mine.last - mine.first;
  }
  return units;
}

// Packs rows `mine` of x [rows][columns], once for each kind of activations that the product's weights want.
void Walk::pack_inputs(const llm_op &op, const float *x, size_t rows, Range mine, int worker) const {
  size_t columns = p_.width(op.in[0]);
  bool done[3] = {};
  for (int j = 0; j < op.i[0] && !mine.empty(); j++) {
    ActivationKind kind = activation_kind(isa_, p_.tensor(op.weight[j]).type, p_.options.activations);
    if (!done[static_cast<int>(kind)])
      pack_activations(isa_, kind, x, columns, rows, columns, packed(kind, worker), mine.first, mine.last);
    done[static_cast<int>(kind)] = true;
  }
}

// Some units of a node's shards of one product's weights, numbered one weight after the other. y: [rows][width of the
// output].
void Walk::multiply(const llm_op &op, float *y, size_t rows, size_t node, Range units, int worker) const {
  size_t begin = 0, column = 0;
  for (int j = 0; j < op.i[0]; j++) {
    Matrix weight = p_.matrix(op.weight[j]);
    Range mine = shard(team_, node, linear_units(weight));
    size_t end = begin + mine.last - mine.first;
    if (units.first < end && units.last > begin) {
      ActivationKind kind = activation_kind(isa_, weight.type, p_.options.activations);
      linear(isa_, weight, kind, packed(kind, worker), rows, y + column, p_.width(op.out), p_.vector(op.weight[4 + j]),
             mine.first + std::max(units.first, begin) - begin, mine.first + std::min(units.last, end) - begin);
    }
    begin = end;
    column += weight.rows;
  }
}

} // namespace llmserving
