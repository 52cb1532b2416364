#include <algorithm>

#include "check/cases.h"
#include "host/attention_plan.h"

namespace llmserving {

using namespace gpu;

namespace {

constexpr int32_t kBlock = 16; // tokens

// A step of sequences with `rows` new tokens each, after `context` others, over a paged cache of one layer.
struct Step {
  const Sizes &s;
  DType type, kv;
  int32_t batch, rows, context;
  uint32_t lists; // of the plan

  int32_t tokens() const { return batch * rows; }
  int32_t columns() const { return (context + rows + kBlock - 1) / kBlock; }
  KvLayout cache() const { return {kv, static_cast<uint32_t>(kBlock), s.kv_heads, s.head, s.head}; }
  double cache_bytes() const {
    double scales = kv == DType::I8 ? 8 : 0;
    return static_cast<double>(s.kv_heads) * (2.0 * static_cast<double>(kv_element_bytes(kv)) * s.head + scales);
  }
  std::string shape() const {
    return std::to_string(batch) + " x " + std::to_string(rows) + " after " + std::to_string(context) +
           (kv == DType::E4M3 ? ", e4m3" : kv == DType::I8 ? ", int8" : "");
  }
};

// The step's plan, and where it is in the case's memory.
struct Plan {
  AttentionCounts counts;
  AttentionLayout layout;
  const uint8_t *memory;
};

Plan make_plan(const Step &step, CaseBuilder &b) {
  std::vector<llm_sequence> sequences;
  std::vector<llm_attention_item> items;
  std::vector<int32_t> members;
  int32_t chunks = (step.context + step.rows + ATTENTION_CHUNK - 1) / ATTENTION_CHUNK;
  for (int32_t i = 0; i < step.batch; i++) {
    sequences.push_back({i * step.rows, step.rows, step.context, i, -1, 0});
    items.push_back({0, LLM_ATTENTION_FLAT, 0, chunks, i, 1});
    members.push_back(i);
  }
  llm_step s = {};
  s.token_count = static_cast<uint32_t>(step.tokens());
  s.sequence_count = s.item_count = s.item_sequence_count = static_cast<uint32_t>(step.batch);
  s.sequences = sequences.data();
  s.items = items.data();
  s.item_sequences = members.data();
  AttentionPlanOptions options = {step.s.heads,   step.s.kv_heads,           0, step.columns(),
                                  step.lists,     0,                         step.s.multiprocessors,
                                  1 << 20};
  AttentionPlanner planner;
  if (planner.plan(options, s, 0) != nullptr)
    return {};
  AttentionLayout layout = attention_layout(planner.counts());
  std::vector<uint8_t> contents(static_cast<size_t>(layout.bytes));
  planner.write(layout, contents.data());
  return {planner.counts(), layout, b.copy(contents)};
}

// Blocks of all sequences, shuffled by a stride.
const int32_t *make_tables(const Step &step, CaseBuilder &b) {
  std::vector<int32_t> tables(static_cast<size_t>(step.batch) * static_cast<size_t>(step.columns()));
  size_t stride = 1;
  for (size_t candidate : {7919u, 104729u, 31u})
    if (tables.size() % candidate != 0)
      stride = candidate;
  for (size_t i = 0; i < tables.size(); i++)
    tables[i] = static_cast<int32_t>(i * stride % tables.size());
  return b.copy(tables);
}

KvView make_cache(const Step &step, CaseBuilder &b) {
  KvLayout layout = step.cache();
  int64_t block = kv_layer_bytes(layout), element = kv_element_bytes(step.kv);
  KvView view = {};
  view.k = b.memory<uint8_t>(static_cast<uint64_t>(block) * static_cast<uint64_t>(step.batch) *
                             static_cast<uint64_t>(step.columns()));
  view.v = view.k + kv_values_offset(layout);
  view.k_scales = view.k + kv_scales_offset(layout);
  view.v_scales = view.k_scales + 4 * kBlock;
  view.k_block = view.v_block = block;
  view.k_head = view.v_head = kv_head_bytes(layout);
  view.k_token = view.v_token = element * step.s.head;
  view.block_shift = 4;
  view.block_mask = kBlock - 1;
  return view;
}

AttentionParams parameters(const Step &step, const Plan &plan, CaseBuilder &b) {
  AttentionParams p = {};
  uint64_t row = static_cast<uint64_t>(step.s.heads) * static_cast<uint64_t>(step.s.head);
  uint64_t partial_heads = static_cast<uint64_t>(plan.counts.partials) * static_cast<uint64_t>(step.s.heads);
  p.q = b.memory(2 * row * static_cast<uint64_t>(step.tokens()));
  p.out = b.memory(2 * row * static_cast<uint64_t>(step.tokens()));
  p.kv = make_cache(step, b);
  p.tables = make_tables(step, b);
  p.partial_values = b.memory<float>(4 * partial_heads * static_cast<uint64_t>(step.s.head));
  p.partial_stats = b.memory<float>(8 * partial_heads);
  p.tickets = b.memory<uint32_t>(4 * static_cast<uint64_t>(plan.counts.merges) * static_cast<uint64_t>(step.s.kv_heads), 0);
  p.q_stride = static_cast<int64_t>(row);
  p.heads = step.s.heads, p.kv_heads = step.s.kv_heads;
  p.k_dim = p.v_dim = step.s.head;
  p.scale = 0.0883883f;
  p.v_scale = 1;
  return p;
}

// Reads queries, keys and values, block ids and the plan; writes results. Of split rows writes a state for each of their
// parts, reads these and their list, and takes a ticket for each.
double least_bytes(const Step &step, const AttentionCounts &counts, int list) {
  double row = 2.0 * step.s.heads * step.s.head, state = step.s.heads * (4.0 * step.s.head + 8);
  double keys = static_cast<double>(step.batch) * (step.context + step.rows);
  double plan = static_cast<double>(sizeof(AttentionTile)) * counts.tiles[list] +
                static_cast<double>(sizeof(QueryRow)) * step.tokens() + 4;
  double merges = 2 * counts.partials * state + 4.0 * counts.indices +
                  counts.merges * (4.0 * step.s.kv_heads + static_cast<double>(sizeof(AttentionMerge)));
  return keys * step.cache_bytes() + 2 * step.tokens() * row + merges + 4.0 * step.batch * step.columns() + plan;
}

void add_step(const Step &step, std::vector<Case> &cases) {
  for (int list = 0; list < ATTENTION_LISTS; list++) {
    CaseBuilder b;
    Plan plan = make_plan(step, b);
    if (plan.memory == nullptr || plan.counts.tiles[list] == 0)
      continue;
    AttentionParams p = parameters(step, plan, b);
    attention_list(plan.layout, plan.memory, static_cast<AttentionList>(list), p);
    uint32_t tiles = static_cast<uint32_t>(plan.counts.tiles[list]);
    Launch launch = list == ATTENTION_DECODE
                        ? decode_attention_launch(step.type, step.kv, p, tiles)
                        : prefill_attention_launch(step.type, step.kv, attention_list_rows(list), p, tiles);
    double queries = step.tokens(), keys = step.context + (step.rows + 1) / 2.0;
    double row = 2.0 * step.s.heads * step.s.head;
    cases.push_back(b.build(step.shape(), launch, p, least_bytes(step, plan.counts, list), 2 * queries * keys * row,
                            list == ATTENTION_DECODE ? Unit::Fp32 : Unit::Tensor16));
  }
}

void add_rotation(const Step &step, std::vector<Case> &cases) {
  CaseBuilder b;
  Plan plan = make_plan(step, b);
  if (plan.memory == nullptr)
    return;
  RopeCacheParams p = {};
  attention_list(plan.layout, plan.memory, p);
  uint64_t tokens = static_cast<uint64_t>(step.tokens());
  p.qkv_stride = static_cast<int64_t>(step.s.heads + 2 * step.s.kv_heads) * step.s.head;
  p.qkv = b.memory(2 * tokens * static_cast<uint64_t>(p.qkv_stride));
  p.q_out = b.memory(2 * tokens * static_cast<uint64_t>(step.s.heads) * static_cast<uint64_t>(step.s.head));
  p.kv = make_cache(step, b);
  p.tables = make_tables(step, b);
  p.frequencies = b.memory<float>(2 * static_cast<uint64_t>(step.s.head));
  p.heads = step.s.heads, p.kv_heads = step.s.kv_heads;
  p.k_dim = p.v_dim = p.rotated = step.s.head;
  p.style = 1;
  p.magnitude = p.k_inverse = p.v_inverse = 1;
  double moved = 2.0 * (static_cast<double>(p.qkv_stride) + step.s.heads * step.s.head) + step.cache_bytes() +
                 static_cast<double>(sizeof(QueryRow));
  double others = 4.0 * step.batch * ((step.rows + kBlock - 1) / kBlock) + 2.0 * step.s.head + 4; // blocks, frequencies
  cases.push_back(b.build(step.shape(), rope_cache_launch(step.type, step.kv, p, static_cast<uint32_t>(tokens)), p,
                          static_cast<double>(tokens) * moved + others));
}

void add_merge(const Step &step, std::vector<Case> &cases) {
  CaseBuilder b;
  Plan plan = make_plan(step, b);
  if (plan.memory == nullptr || plan.counts.merges == 0)
    return;
  MergeStatesParams p = {};
  attention_list(plan.layout, plan.memory, p);
  double states = static_cast<double>(plan.counts.indices) * step.s.heads;
  uint64_t partial_heads = static_cast<uint64_t>(plan.counts.partials) * static_cast<uint64_t>(step.s.heads);
  p.partial_values = b.memory<float>(4 * partial_heads * static_cast<uint64_t>(step.s.head));
  p.partial_stats = b.memory<float>(8 * partial_heads);
  p.out = b.memory(2 * static_cast<uint64_t>(step.tokens()) * static_cast<uint64_t>(step.s.heads * step.s.head));
  p.heads = step.s.heads;
  p.v_dim = step.s.head;
  p.v_scale = 1;
  cases.push_back(b.build(step.shape(), merge_states_launch(step.type, p, static_cast<uint32_t>(plan.counts.merges)), p,
                          states * (4.0 * step.s.head + 8) + 2.0 * plan.counts.merges * step.s.heads * step.s.head +
                              4.0 * plan.counts.indices + 16.0 * plan.counts.merges + 4));
}

} // namespace

namespace {

struct Types {
  DType type, kv;
};

// Decode steps of all batches and contexts, on both kernels that can do them.
void add_decode(const Sizes &s, Types t, uint32_t lists, std::vector<Case> &cases) {
  for (int32_t batch : s.batches)
    for (int32_t context : s.contexts) {
      if (static_cast<int64_t>(batch) * context > 64ll * s.contexts.back())
        continue; // more than a cache holds
      for (uint32_t list : {1u << ATTENTION_DECODE, 1u << ATTENTION_TILE_16})
        add_step({s, t.type, t.kv, batch, 1, context, lists & list}, cases);
    }
}

// Prompts on tiles of all sizes, the rotation before and, where states are split, the merge after.
void add_prompts(const Sizes &s, Types t, uint32_t lists, std::vector<Case> &cases) {
  for (uint32_t list : {1u << ATTENTION_TILE_16, 1u << ATTENTION_TILE_64, 1u << ATTENTION_TILE_128}) {
    add_step({s, t.type, t.kv, 1, s.rows, 0, lists & list}, cases);
    add_step({s, t.type, t.kv, 1, s.rows / 2, s.contexts.back(), lists & list}, cases);
  }
  add_rotation({s, t.type, t.kv, 1, s.rows, 0, lists}, cases);
  add_rotation({s, t.type, t.kv, s.batches.back(), 1, s.contexts.front(), lists}, cases);
  if (t.type == t.kv)
    add_merge({s, t.type, t.kv, 1, 1, s.contexts.back(), 1u << ATTENTION_DECODE}, cases);
}

} // namespace

void add_attention_cases(const Sizes &s, std::vector<Case> &cases) {
  for (Types t : {Types{DType::BF16, DType::BF16}, {DType::F16, DType::F16}, {DType::BF16, DType::E4M3},
                  {DType::BF16, DType::E5M2}, {DType::BF16, DType::I8}}) {
    add_decode(s, t, attention_lists(t.type, t.kv, s.head, BLOCK_SHARED_BYTES), cases);
    for (int32_t head : {s.head, s.head / 2, 2 * s.head}) {
      Sizes other = s;
      other.head = head;
      uint32_t lists = attention_lists(t.type, t.kv, head, BLOCK_SHARED_BYTES);
      if (head != s.head)
        add_step({other, t.type, t.kv, s.batches.back(), 1, s.contexts.front(), lists & 1u << ATTENTION_DECODE}, cases);
      add_prompts(other, t, lists, cases);
    }
  }
}

} // namespace llmserving
