// Attention as launches: one for each list of the plan that has tiles. Partial states are merged on the way.
#include "host/forward.h"
#include "llmserving/gpu/decode_attention.h"
#include "llmserving/gpu/prefill_attention.h"
#include "support/failure.h"

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
  params.tickets = m_.tickets;
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
}

namespace {

// What a pass of this shape may launch; throws where a tile has too few rows for the heads that share keys.
gpu::AttentionLayout every_list(const llm_program &program, const AttentionShape &shape) {
  uint32_t lists = gpu::attention_lists(kActivations, program.kv_type, shape.dim, gpu::BLOCK_SHARED_BYTES);
  gpu::AttentionCounts counts = {};
  int32_t most = 0, group = shape.heads / shape.kv_heads;
  for (int list = 0; list < gpu::ATTENTION_LISTS; list++)
    if ((lists >> list & 1) != 0) {
      counts.tiles[list] = 1;
      most = gpu::attention_list_rows(list);
    }
  if (most > 0 && group > most)
    throw Failure(LLM_UNSUPPORTED, std::to_string(group) + " query heads share a key head; with " + std::to_string(shape.dim) +
                                       " dimensions this device has attention for at most " + std::to_string(most));
  counts.rows = counts.tokens = counts.merges = counts.indices = counts.partials = 1;
  return gpu::attention_layout(counts);
}

} // namespace

// Every number of rows up to where launches no longer change their kernels, then powers of two far beyond any step.
void check_kernels(const llm_program &program) {
  std::vector<gpu::AttentionLayout> layouts;
  std::vector<const uint8_t *> plans(program.shapes.size(), nullptr);
  for (const AttentionShape &shape : program.shapes)
    layouts.push_back(every_list(program, shape));
  PassMemory memory = {};
  KernelCheck check(program.kernels);
  Forward forward(program, memory, check);
  for (int32_t rows = 1; rows <= 1 << 16; rows = rows < 512 ? rows + 1 : 2 * rows) {
    forward.run({nullptr, rows, layouts.data(), plans.data()});
    forward.head(nullptr, rows);
  }
}

} // namespace llmserving
