#include "program/program.h"

#include <algorithm>
#include <memory>

#include "support/failure.h"

namespace llmserving {
namespace {

class CpuLimits final : public ProgramLimits {
public:
  explicit CpuLimits(llm_isa isa) : isa_(isa) {}
  size_t packed_bytes(uint32_t type, uint64_t rows, uint64_t columns) const override {
    return llmserving::packed_bytes(isa_, type, rows, columns);
  }
  void check(const llm_program_options &options) const override {
    if (options.kv_type > LLM_KV_BF16 && options.kv_type != LLM_KV_INT8)
      throw Failure(LLM_UNSUPPORTED,
                    std::string("a CPU's keys and values are f32, bf16 or int8, not ") + kv_type_name(options.kv_type));
  }

private:
  llm_isa isa_;
};

bool is_shared(const llm_op &op) { return op.kind == LLM_OP_LINEAR || op.kind == LLM_OP_ATTENTION; }

// First and last operation that touches each value; the program's result is touched at the end.
struct Life {
  size_t first, last;
};

std::vector<Life> lives(const llm_program &p) {
  std::vector<Life> result(p.widths.size(), Life{p.ops.size(), 0});
  auto touch = [&](int32_t value, size_t op) {
    if (value >= 0) {
      Life &life = result[static_cast<size_t>(value)];
      life = {std::min(life.first, op), std::max(life.last, op)};
    }
  };
  for (size_t op = 0; op < p.ops.size(); op++) {
    touch(p.ops[op].out, op);
    if (p.ops[op].kind != LLM_OP_EMBED)
      touch(p.ops[op].in[0], op);
    if (p.ops[op].kind == LLM_OP_ADD)
      touch(p.ops[op].in[1], op);
  }
  touch(p.options.hidden, p.ops.size());
  return result;
}

// Offsets of values in an arena, in floats per row. A place is free again after the last operation of its value's life.
// Values that are not wanted get none.
std::vector<size_t> place(const llm_program &p, const std::vector<Life> &life, const std::vector<bool> &wanted, size_t *total) {
  struct Slot {
    size_t width, busy_until, offset;
  };
  std::vector<Slot> slots;
  std::vector<size_t> offsets(life.size(), 0), order(life.size());
  for (size_t v = 0; v < order.size(); v++)
    order[v] = v;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return life[a].first < life[b].first; });
  *total = 0;
  for (size_t v : order) {
    if (!wanted[v])
      continue;
    size_t width = (p.widths[v] + 15) / 16 * 16, chosen = slots.size();
    for (size_t s = 0; s < slots.size(); s++)
      if (slots[s].busy_until < life[v].first && slots[s].width == width)
        chosen = s;
    if (chosen == slots.size()) {
      slots.push_back({width, 0, *total});
      *total += width;
    }
    slots[chosen].busy_until = life[v].last;
    offsets[v] = slots[chosen].offset;
  }
  return offsets;
}

// Values between two attentions lie in a worker's own arena in blocked steps. In all others a value's place is free again
// after the first barrier that follows the last operation which reads it: a slow worker may be reading it until then. An
// operation's output never shares memory with its inputs.
void lay_out_values(llm_program &p) {
  std::vector<Life> life = lives(p);
  std::vector<size_t> attentions(p.ops.size() + 1, 0); // before each operation
  for (size_t op = 0; op < p.ops.size(); op++)
    attentions[op + 1] = attentions[op] + (p.ops[op].kind == LLM_OP_ATTENTION ? 1 : 0);
  p.within_block.resize(life.size());
  for (size_t v = 0; v < life.size(); v++)
    p.within_block[v] = life[v].last < p.ops.size() && attentions[life[v].first] == attentions[life[v].last + 1];
  p.block_offset = place(p, life, p.within_block, &p.block_floats);
  for (Life &l : life)
    while (l.last < p.ops.size() && !is_shared(p.ops[l.last]))
      l.last++;
  p.value_offset = place(p, life, std::vector<bool>(life.size(), true), &p.floats_per_token);
}

// What the layers of a step have in common: angles of rotation, and the division of attention's work.
void find_shapes(llm_program &p) {
  p.value_shared.assign(p.widths.size(), false);
  p.shape_of_op.assign(p.ops.size(), -1);
  for (size_t i = 0; i < p.ops.size(); i++) {
    const llm_op &op = p.ops[i];
    if (is_shared(op))
      p.value_shared[static_cast<size_t>(op.out)] = true;
    if (op.kind == LLM_OP_ROPE_CACHE && op.i[3] != 0) {
      size_t at = 0;
      while (at < p.rotations.size() &&
             (p.rotations[at].frequencies != op.weight[0] || p.rotations[at].rotated != op.i[2] ||
              p.rotations[at].magnitude != op.f[2]))
        at++;
      if (at == p.rotations.size())
        p.rotations.push_back({op.weight[0], op.i[2], op.f[2]});
      p.shape_of_op[i] = static_cast<int32_t>(at);
    } else if (op.kind == LLM_OP_ATTENTION) {
      const llm_cache &c = p.caches[static_cast<size_t>(op.i[1])];
      size_t at = 0;
      while (at < p.attentions.size() &&
             (p.attentions[at].group != c.group || p.attentions[at].heads != op.i[0] ||
              p.attentions[at].kv_heads != c.heads || p.attentions[at].v_dim != c.v_dim))
        at++;
      if (at == p.attentions.size())
        p.attentions.push_back({c.group, p.groups[static_cast<size_t>(c.group)].window, op.i[0], c.heads, c.v_dim});
      p.shape_of_op[i] = static_cast<int32_t>(at);
    }
  }
}

void lay_out_caches(llm_program &p) {
  std::vector<size_t> used(p.groups.size(), 0);
  p.cache_offset.resize(p.caches.size());
  for (size_t i = 0; i < p.caches.size(); i++) {
    const llm_cache &c = p.caches[i];
    p.cache_offset[i] = used[static_cast<size_t>(c.group)];
    size_t bytes = cache_block_bytes(p.options.kv_type, p.options.block_size, c.heads, c.k_dim, c.v_dim);
    used[static_cast<size_t>(c.group)] += (bytes + 63) / 64 * 64;
  }
  p.block_bytes = 0;
  for (size_t bytes : used)
    p.block_bytes = std::max(p.block_bytes, bytes);
}

} // namespace

llm_program *create_program(llm_context *context, const llm_program_options &options) {
  auto p = std::make_unique<llm_program>(context);
  p->copy(options);
  check_program(*p, CpuLimits(context->isa));
  lay_out_values(*p);
  lay_out_caches(*p);
  find_shapes(*p);
  p->counted.add(p->ops.size() * (sizeof(llm_op) + sizeof(int32_t)) +
                 p->widths.size() * (sizeof(uint32_t) + sizeof(size_t)) + p->tensors.size() * sizeof(llm_tensor) +
                 p->caches.size() * (sizeof(llm_cache) + sizeof(size_t)));
  return p.release();
}

} // namespace llmserving
