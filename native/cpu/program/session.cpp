#include "program/session.h"

#include <algorithm>

#include "support/first_touch.h"

using namespace llmserving;

namespace {

size_t widest_linear(const llm_program &p, ActivationKind kind) {
  size_t widest = 0;
  for (const llm_op &op : p.ops)
    if (op.kind == LLM_OP_LINEAR)
      for (int j = 0; j < op.i[0]; j++)
        if (activation_kind(p.context->isa, p.tensor(op.weight[j]).type, p.options.activations) == kind)
          widest = std::max<size_t>(widest, p.tensor(op.weight[j]).columns);
  return widest;
}

} // namespace

llm_session::llm_session(llm_program *p, const llm_session_options &o)
    : SessionState(*p, o), program(p), counted(p->context->memory, sizeof *this), rows(&row_ops(p->context->isa)),
      tickets(p->context->team->nodes().size() * ticket_stride()) {
  check_session(o);
  llm_context *context = p->context;
  MemoryCounter &memory = context->memory;
  int workers = context->team->threads();
  size_t tokens = o.max_tokens, narrow = std::min(tokens, kNarrowRows), hidden = p->width(p->options.hidden);
  if (tokens >= kLeastBlock * static_cast<size_t>(workers))
    block_capacity = std::min(kMostBlock, tokens / static_cast<size_t>(workers) + 1 + kBlockRounding);
  size_t most = std::max(block_capacity, kNarrowRows); // rows whose activations a worker packs for itself
  workspaces.resize(static_cast<size_t>(workers));
  values = Memory(memory, p->floats_per_token * tokens * sizeof(float));
  for (Workspace &w : workspaces) {
    w.values = Memory(memory, p->floats_per_token * narrow * sizeof(float));
    w.head_hidden = Memory(memory, kNarrowRows * hidden * sizeof(float));
    w.block = Memory(memory, p->block_floats * block_capacity * sizeof(float));
  }
  size_t tile = std::min<size_t>(kHeadTile, o.max_head_rows);
  ActivationKind head = activation_kind(context->isa, p->tensor(p->options.head).type, p->options.activations);
  for (int i = 0; i < 3; i++) {
    ActivationKind kind = static_cast<ActivationKind>(i);
    size_t widest = widest_linear(*p, kind);
    if (widest > 0)
      packed[i] = Memory(memory, activation_bytes(context->isa, kind, tokens, widest));
    widest = std::max(widest, kind == head ? hidden : 0);
    for (Workspace &w : workspaces)
      if (widest > 0)
        w.packed[i] = Memory(memory, activation_bytes(context->isa, kind, most, widest));
  }
  head_hidden = Memory(memory, tile * hidden * sizeof(float));
  head_logits = Memory(memory, tile * p->options.vocabulary * sizeof(float));
  head_packed = Memory(memory, activation_bytes(context->isa, head, tile, hidden));
  size_t angle_count = 0;
  for (const RotationShape &rotation : p->rotations)
    angle_count += static_cast<size_t>(rotation.rotated);
  rotations = Memory(memory, angle_count * tokens * sizeof(float));
  token_ids.resize(tokens);
  row_sequence.resize(tokens);
  for (const AttentionShape &shape : p->attentions)
    attention.emplace_back(
        create_attention_step(context->isa, p->options.kv_type, shape, tokens, o.max_sequences, workers, memory));
  {
    std::lock_guard<std::mutex> lock(context->team_lock);
    interleave(*context->team, o.pool, p->block_bytes * o.blocks);
  }
  sampler.reset(create_sampler(context->isa, p->options.vocabulary, o.slots, workers));
  counted.add(2 * tokens * sizeof(int32_t) + tickets.size() * sizeof(tickets[0]) + sampler->bytes());
}

float *llm_session::angles(size_t rotation, bool sines) const {
  float *p = rotations.as<float>();
  for (size_t i = 0; i < rotation; i++)
    p += static_cast<size_t>(program->rotations[i].rotated) * options.max_tokens;
  return p + (sines ? static_cast<size_t>(program->rotations[rotation].rotated / 2) * options.max_tokens : 0);
}

CacheView llm_session::cache_view(int32_t cache) const {
  const llm_cache &c = program->caches[static_cast<size_t>(cache)];
  size_t group = static_cast<size_t>(c.group);
  return {static_cast<uint8_t *>(options.pool),
          program->block_bytes,
          program->cache_offset[static_cast<size_t>(cache)],
          program->options.kv_type,
          program->options.block_size,
          c.heads,
          c.k_dim,
          c.v_dim,
          program->groups[group].window,
          options.tables + group * options.table_rows * options.table_columns,
          options.table_columns};
}
