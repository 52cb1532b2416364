#include "common/program_spec.h"

#include "support/failure.h"

namespace llmserving {
namespace {

constexpr uint32_t kMostWidth = 1 << 28;
constexpr int32_t kMostHeads = 1 << 16;

class Validator {
public:
  Validator(const ProgramSpec &program, const ProgramLimits &limits)
      : p_(program), limits_(limits), written_(program.widths.size(), false) {}

  void run() {
    check_options();
    for (size_t i = 0; i < p_.tensors.size(); i++)
      check_tensor(i);
    for (size_t i = 0; i < p_.caches.size(); i++)
      check_cache(i);
    for (op_ = 0; op_ < p_.ops.size(); op_++)
      check_op(p_.ops[op_]);
    if (!is_value(p_.options.hidden) || !written_[static_cast<size_t>(p_.options.hidden)])
      invalid("hidden value %d is never written", p_.options.hidden);
    check_matrix(p_.options.head, p_.options.vocabulary, width(p_.options.hidden), "head");
  }

private:
  void check_options() const {
    const llm_program_options &o = p_.options;
    if (o.block_size != 16 && o.block_size != 32 && o.block_size != 64 && o.block_size != 128)
      invalid("block size %u is not 16, 32, 64 or 128", o.block_size);
    if (o.kv_type > LLM_KV_INT8 || o.activations > LLM_ACTIVATIONS_F32)
      invalid("kv type %u or activations %u is unknown", o.kv_type, o.activations);
    if (o.activations == LLM_ACTIVATIONS_F32 && o.kv_type != LLM_KV_F32)
      invalid("f32 activations need f32 keys and values, not kv type %u", o.kv_type);
    limits_.check(o);
    if (o.vocabulary == 0)
      invalid("the vocabulary is empty");
    for (size_t i = 0; i < p_.widths.size(); i++)
      if (p_.widths[i] == 0 || p_.widths[i] > kMostWidth)
        invalid("value %zu has width %u, not 1 to %u", i, p_.widths[i], kMostWidth);
    for (size_t i = 0; i < p_.groups.size(); i++)
      if (p_.groups[i].window < 0)
        invalid("group %zu has window %d", i, p_.groups[i].window);
  }

  void check_tensor(size_t index) const {
    const llm_tensor &t = p_.tensors[index];
    if (t.data == nullptr || t.rows == 0 || t.columns == 0 || t.rows > kMostWidth || t.columns > kMostWidth)
      invalid("tensor %zu at %p has %llu rows of %llu columns, not 1 to %u of each", index, t.data, ull(t.rows),
              ull(t.columns), kMostWidth);
    if (t.storage > LLM_STORAGE_VECTOR)
      invalid("tensor %zu has storage %u", index, t.storage);
    if (t.storage == LLM_STORAGE_VECTOR) {
      if (t.rows != 1 || t.bytes < t.columns * sizeof(float))
        invalid("vector %zu has %llu rows and %llu bytes for %llu columns", index, ull(t.rows), ull(t.bytes),
                ull(t.columns));
      return;
    }
    size_t bytes = limits_.packed_bytes(t.type, t.rows, t.columns);
    if (bytes == 0)
      throw Failure(LLM_UNSUPPORTED, "tensor " + std::to_string(index) + " of type " + std::to_string(t.type) + ", " +
                                         std::to_string(t.rows) + " x " + std::to_string(t.columns) +
                                         ", is not supported");
    if (t.bytes < bytes)
      invalid("tensor %zu has %llu bytes, packed it takes %zu", index, ull(t.bytes), bytes);
  }

  void check_cache(size_t index) const {
    const llm_cache &c = p_.caches[index];
    if (c.group < 0 || static_cast<size_t>(c.group) >= p_.groups.size())
      invalid("cache %zu is in group %d of %zu", index, c.group, p_.groups.size());
    int32_t before = 0;
    for (size_t i = 0; i < index; i++)
      before += p_.caches[i].group == c.group ? 1 : 0;
    if (c.layer != before)
      invalid("cache %zu is layer %d of its group, %d come before", index, c.layer, before);
    if (c.heads < 1 || c.heads > kMostHeads || c.k_dim < 8 || c.v_dim < 8 || c.k_dim % 8 != 0 || c.v_dim % 8 != 0 || c.k_dim > 512 ||
        c.v_dim > 512)
      invalid("cache %zu has %d heads of %d and %d dimensions", index, c.heads, c.k_dim, c.v_dim);
  }

  void check_op(const llm_op &op) {
    if (op.kind != LLM_OP_EMBED)
      check_input(op.in[0]);
    if (!is_value(op.out))
      invalid("operation %zu writes value %d of %zu", op_, op.out, p_.widths.size());
    switch (op.kind) {
    case LLM_OP_EMBED:
      check_matrix(op.weight[0], p_.options.vocabulary, width(op.out), "embedding");
      break;
    case LLM_OP_LINEAR:
      check_linear(op);
      break;
    case LLM_OP_NORM:
      check_width(op.out, width(op.in[0]));
      check_vector(op.weight[0], width(op.out), true);
      check_vector(op.weight[1], width(op.out), false);
      if (op.i[0] < 0 || op.i[0] > 1)
        invalid("operation %zu has norm %d", op_, op.i[0]);
      break;
    case LLM_OP_ROPE_CACHE:
      check_rope(op);
      break;
    case LLM_OP_ATTENTION: {
      const llm_cache &c = cache(op.i[1]);
      check_heads(op.i[0], c);
      check_width(op.in[0], static_cast<uint32_t>(op.i[0] * c.k_dim));
      check_width(op.out, static_cast<uint32_t>(op.i[0] * c.v_dim));
      break;
    }
    case LLM_OP_ACTIVATE_MULTIPLY:
      check_width(op.in[0], 2 * width(op.out));
      if (op.i[0] < 0 || op.i[0] > 2)
        invalid("operation %zu has activation %d", op_, op.i[0]);
      break;
    case LLM_OP_ADD:
      check_input(op.in[1]);
      check_width(op.in[0], width(op.out));
      check_width(op.in[1], width(op.out));
      break;
    default:
      invalid("operation %zu has kind %u", op_, op.kind);
    }
    if (written_[static_cast<size_t>(op.out)])
      invalid("operation %zu writes value %d again", op_, op.out);
    written_[static_cast<size_t>(op.out)] = true;
  }

  void check_linear(const llm_op &op) const {
    if (op.i[0] < 1 || op.i[0] > 4)
      invalid("operation %zu has %d weights, not 1 to 4", op_, op.i[0]);
    uint64_t rows = 0;
    for (int j = 0; j < op.i[0]; j++) {
      check_matrix(op.weight[j], 0, width(op.in[0]), "linear");
      check_vector(op.weight[4 + j], p_.tensor(op.weight[j]).rows, false);
      rows += p_.tensor(op.weight[j]).rows;
    }
    if (rows != width(op.out))
      invalid("operation %zu writes %llu columns into a value of width %u", op_, ull(rows), width(op.out));
  }

  void check_rope(const llm_op &op) const {
    const llm_cache &c = cache(op.i[1]);
    check_heads(op.i[0], c);
    check_width(op.in[0], static_cast<uint32_t>((op.i[0] + c.heads) * c.k_dim + c.heads * c.v_dim));
    check_width(op.out, static_cast<uint32_t>(op.i[0] * c.k_dim));
    if (op.i[2] < 0 || op.i[2] > c.k_dim || op.i[2] % 2 != 0 || op.i[3] < 0 || op.i[3] > 2)
      invalid("operation %zu rotates %d of %d dimensions in style %d", op_, op.i[2], c.k_dim, op.i[3]);
    if (op.i[3] != 0)
      check_vector(op.weight[0], static_cast<uint64_t>(op.i[2]) / 2, true);
    check_vector(op.weight[1], static_cast<uint64_t>(c.k_dim), false);
    check_vector(op.weight[2], static_cast<uint64_t>(c.k_dim), false);
  }

  void check_heads(int heads, const llm_cache &c) const {
    if (heads < 1 || heads > kMostHeads || heads % c.heads != 0)
      invalid("operation %zu has %d query heads for %d key heads", op_, heads, c.heads);
  }

  const llm_cache &cache(int32_t index) const {
    if (index < 0 || static_cast<size_t>(index) >= p_.caches.size())
      invalid("operation %zu uses cache %d of %zu", op_, index, p_.caches.size());
    return p_.caches[static_cast<size_t>(index)];
  }

  void check_input(int32_t value) const {
    if (!is_value(value) || !written_[static_cast<size_t>(value)])
      invalid("operation %zu reads value %d, which nothing wrote before", op_, value);
  }

  void check_width(int32_t value, uint32_t expected) const {
    if (width(value) != expected)
      invalid("operation %zu: value %d has width %u, not %u", op_, value, width(value), expected);
  }

  void check_matrix(int32_t index, uint64_t rows, uint64_t columns, const char *what) const {
    if (index < 0 || static_cast<size_t>(index) >= p_.tensors.size())
      invalid("%s tensor %d of %zu", what, index, p_.tensors.size());
    const llm_tensor &t = p_.tensor(index);
    if (t.storage != LLM_STORAGE_PACKED || (rows != 0 && t.rows != rows) || t.columns != columns)
      invalid("%s tensor %d is %llu x %llu, expected %llu x %llu", what, index, ull(t.rows), ull(t.columns), ull(rows),
              ull(columns));
  }

  void check_vector(int32_t index, uint64_t columns, bool required) const {
    if (index < 0 && !required)
      return;
    if (index < 0 || static_cast<size_t>(index) >= p_.tensors.size())
      invalid("operation %zu uses vector %d of %zu tensors", op_, index, p_.tensors.size());
    const llm_tensor &t = p_.tensor(index);
    if (t.storage != LLM_STORAGE_VECTOR || t.columns != columns)
      invalid("operation %zu: tensor %d is no vector of %llu", op_, index, ull(columns));
  }

  bool is_value(int32_t value) const { return value >= 0 && static_cast<size_t>(value) < p_.widths.size(); }
  uint32_t width(int32_t value) const {
    if (!is_value(value))
      invalid("value %d of %zu", value, p_.widths.size());
    return p_.widths[static_cast<size_t>(value)];
  }
  static unsigned long long ull(uint64_t value) { return value; }

  const ProgramSpec &p_;
  const ProgramLimits &limits_;
  std::vector<bool> written_;
  size_t op_ = 0;
};

} // namespace

const char *kv_type_name(uint32_t type) {
  static const char *const names[] = {"f32", "bf16", "f16", "e4m3", "e5m2", "int8"};
  return type < sizeof names / sizeof names[0] ? names[type] : "unknown";
}

void ProgramSpec::copy(const llm_program_options &o) {
  if (o.ops == nullptr || o.widths == nullptr || o.tensors == nullptr ||
      (o.cache_count > 0 && (o.caches == nullptr || o.groups == nullptr)))
    invalid("a program needs operations, widths, tensors, and groups for its caches");
  options = o;
  ops.assign(o.ops, o.ops + o.op_count);
  widths.assign(o.widths, o.widths + o.value_count);
  tensors.assign(o.tensors, o.tensors + o.tensor_count);
  if (o.cache_count > 0)
    caches.assign(o.caches, o.caches + o.cache_count);
  if (o.group_count > 0)
    groups.assign(o.groups, o.groups + o.group_count);
}

void check_program(const ProgramSpec &program, const ProgramLimits &limits) { Validator(program, limits).run(); }

} // namespace llmserving
