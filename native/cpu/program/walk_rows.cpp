// Operations that work row by row.
#include "program/walk.h"

namespace llmserving {

void Walk::row_op(const llm_op &op, size_t index, Range rows, int worker) {
  if (op.kind == LLM_OP_ROPE_CACHE) {
    rope_op(op, index, rows, worker);
    return;
  }
  size_t width = p_.width(op.out);
  for (size_t r = rows.first; r < rows.last; r++) {
    float *y = value(op.out, worker, r);
    const float *x = op.kind == LLM_OP_EMBED ? nullptr : value(op.in[0], worker, r);
    switch (op.kind) {
    case LLM_OP_EMBED:
      embed_row(op, r, y);
      break;
    case LLM_OP_NORM:
      norm_row(op, x, y);
      break;
    case LLM_OP_ACTIVATE_MULTIPLY:
      s_.rows->activate_multiply(x, x + width, op.i[0], width, y);
      break;
    default:
      s_.rows->add(x, value(op.in[1], worker, r), width, y);
    }
  }
}

void Walk::embed_row(const llm_op &op, size_t row, float *y) const {
  unpack_row(isa_, p_.matrix(op.weight[0]), static_cast<size_t>(s_.token_ids[row]), y);
  if (op.f[0] != 1.0f)
    s_.rows->scale(op.f[0], p_.width(op.out), y);
}

void Walk::norm_row(const llm_op &op, const float *x, float *y) const {
  const float *scale = p_.vector(op.weight[0]);
  size_t width = p_.width(op.out);
  if (op.i[0] == 0)
    s_.rows->rms_norm(x, scale, op.f[0], op.f[1], width, y);
  else
    s_.rows->layer_norm(x, scale, p_.vector(op.weight[1]), op.f[0], op.f[1], width, y);
}

// In a narrow step all workers need q, and each writes the keys and values of its heads.
void Walk::rope_op(const llm_op &op, size_t index, Range rows, int worker) {
  if (rows.empty())
    return;
  CacheView cache = s_.cache_view(op.i[1]);
  Range heads = {0, static_cast<size_t>(cache.heads)};
  if (narrow())
    heads = share(heads.last, 1, worker, workers_);
  int32_t rotation = p_.shape_of_op[index];
  const float *cosines = rotation < 0 ? nullptr : s_.angles(static_cast<size_t>(rotation), false);
  const float *sines = rotation < 0 ? nullptr : s_.angles(static_cast<size_t>(rotation), true);
  RopeParameters rope = {op.i[0],  rotation < 0 ? 0 : op.i[2], op.i[3], cosines, sines, p_.vector(op.weight[1]),
                         p_.vector(op.weight[2]), op.f[0], op.f[1]};
  rope_and_write_cache(isa_, cache, rope, value(op.in[0], worker, rows.first), p_.width(op.in[0]),
                       value(op.out, worker, rows.first), {step_.sequences, s_.row_sequence.data()},
                       {rows.first, rows.last, static_cast<int>(heads.first), static_cast<int>(heads.last)});
}

} // namespace llmserving
