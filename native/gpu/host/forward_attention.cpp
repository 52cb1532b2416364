// Attention as launches: the lists of the plan, then the merges.
#include "host/forward.h"
#include "llmserving/gpu/decode_attention.h"
#include "llmserving/gpu/prefill_attention.h"

namespace llmserving {

using gpu::DType;

void Forward::attention(const Operation &operation) {
  const llm_op &op = operation.op;
  const llm_cache &c = p_.cache(op.i[1]);
  size_t plan = static_cast<size_t>(operation.plan);
  const gpu::AttentionLayout &layout = in_.layouts[plan];
  gpu::AttentionParams params = {};
  params.q = at(op.in[0]);
  params.out = at(op.out);
  params.kv = kv(op.i[1]);
  params.tables = tables(c.group);
  params.partial_values = m_.partial_values;
  params.partial_stats = m_.partial_stats;
  params.q_stride = width(op.in[0]);
  params.heads = op.i[0];
  params.kv_heads = c.heads;
  params.k_dim = c.k_dim;
  params.v_dim = c.v_dim;
  params.window = p_.groups[static_cast<size_t>(c.group)].window;
  params.scale = op.f[0];
  params.soft_cap = op.f[1];
  params.v_scale = 1;
  for (int list = 0; list < gpu::ATTENTION_LISTS; list++) {
    uint32_t tiles = static_cast<uint32_t>(layout.capacity.tiles[list]);
    if (tiles == 0)
      continue;
    gpu::attention_list(layout, in_.plans[plan], static_cast<gpu::AttentionList>(list), params);
    gpu::Launch launch = list == gpu::ATTENTION_DECODE
                             ? gpu::decode_attention_launch(kActivations, p_.kv_type, params, tiles)
                             : gpu::prefill_attention_launch(kActivations, p_.kv_type,
                                                             gpu::attention_list_rows(list), params, tiles);
    launch_(launch, params, "attention");
  }
  merge(operation, layout);
}

void Forward::merge(const Operation &operation, const gpu::AttentionLayout &layout) {
  if (layout.capacity.merges == 0)
    return;
  const llm_op &op = operation.op;
  gpu::MergeStatesParams params = {};
  params.partial_values = m_.partial_values;
  params.partial_stats = m_.partial_stats;
  gpu::attention_list(layout, in_.plans[static_cast<size_t>(operation.plan)], params);
  params.out = at(op.out);
  params.heads = op.i[0];
  params.v_dim = p_.cache(op.i[1]).v_dim;
  params.v_scale = 1;
  launch_(gpu::merge_states_launch(kActivations, params, static_cast<uint32_t>(layout.capacity.merges)), params,
          "the merge of attention's parts");
}

// Every number of rows up to where launches no longer change their kernels, then powers of two far beyond any step.
void check_kernels(const llm_program &program) {
  std::vector<gpu::AttentionLayout> layouts;
  std::vector<const uint8_t *> plans(program.shapes.size(), nullptr);
  for (const AttentionShape &shape : program.shapes) {
    gpu::AttentionCounts counts = {};
    uint32_t lists = gpu::attention_lists(kActivations, program.kv_type, shape.dim);
    for (int list = 0; list < gpu::ATTENTION_LISTS; list++)
      counts.tiles[list] = (lists >> list & 1) != 0 ? 1 : 0;
    counts.rows = counts.tokens = counts.merges = counts.indices = counts.partials = 1;
    layouts.push_back(gpu::attention_layout(counts));
  }
  PassMemory memory = {};
  KernelCheck check(program.kernels);
  Forward forward(program, memory, check);
  for (int32_t rows = 1; rows <= 1 << 16; rows = rows < 512 ? rows + 1 : 2 * rows) {
    forward.run({nullptr, rows, layouts.data(), plans.data()});
    forward.head(nullptr, rows);
  }
}

} // namespace llmserving
