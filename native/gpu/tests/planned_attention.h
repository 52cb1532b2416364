// Attention of made-up sequences, planned and run in the emulator, and held to the reference.
#ifndef LLMSERVING_GPU_TESTS_PLANNED_ATTENTION_H
#define LLMSERVING_GPU_TESTS_PLANNED_ATTENTION_H

#include "attention_sequences.h"

namespace llmserving_test {

// What a run leaves behind.
struct Attended {
  std::vector<uint16_t> out; // [rows][heads][v_dim]
  AttentionCounts counts;
  Traffic lists[ATTENTION_LISTS] = {};
};

class AttentionFixture : public AttentionSequences {
public:
  using AttentionSequences::AttentionSequences;
  virtual ~AttentionFixture() = default;

  std::vector<llm_attention_item> flat_items() const {
    std::vector<llm_attention_item> items;
    for (size_t i = 0; i < sequences.size(); i++) {
      int end = sequences[i].position + sequences[i].rows;
      items.push_back({0, LLM_ATTENTION_FLAT, 0, (end + 127) / 128, static_cast<int32_t>(i), 1});
    }
    return items;
  }

  Attended attend() { return attend(flat_items()); }

  // Items index the sequences directly.
  Attended attend(const std::vector<llm_attention_item> &items) {
    build_cache();
    std::vector<int32_t> members(sequences.size());
    for (size_t i = 0; i < members.size(); i++)
      members[i] = static_cast<int32_t>(i);
    llm_step step = {};
    step.token_count = static_cast<uint32_t>(rows());
    step.sequence_count = static_cast<uint32_t>(sequences.size());
    step.sequences = sequences.data();
    step.items = items.data();
    step.item_count = static_cast<uint32_t>(items.size());
    step.item_sequences = members.data();
    step.item_sequence_count = static_cast<uint32_t>(members.size());
    AttentionPlanOptions options = {shape.heads, shape.kv_heads, shape.window, COLUMNS,
                                    shape.lists & attention_lists(shape.activation, shape.kv, std::max(shape.k_dim, shape.v_dim), shape.block_shared),
                                    shape.deterministic ? 1 : 0, shape.multiprocessors, shape.max_partials};
    AttentionPlanner planner;
    const char *problem = planner.plan(options, step, 0);
    CHECK(problem == nullptr, "%s", problem);
    AttentionLayout layout = attention_layout(planner.counts());
    std::vector<uint8_t> plan(static_cast<size_t>(layout.bytes), 0);
    planner.write(layout, plan.data());
    return launch(planner.counts(), layout, plan);
  }

  // Tensor cores round weights to the activations' type, all kernels results: by half an ulp each.
  void check(const Attended &result, const char *what) const {
    double half_ulp = shape.activation == DType::F16 ? 1.0 / 2048 : 1.0 / 256, worst = 0;
    std::vector<double> expected, magnitude;
    for (size_t s = 0; s < sequences.size(); s++)
      for (int t = 0; t < sequences[s].rows; t++)
        for (int head = 0; head < shape.heads; head++) {
          reference(static_cast<int>(s), t, head, expected, magnitude);
          size_t row = static_cast<size_t>((sequences[s].first_row + t) * shape.heads + head) * static_cast<size_t>(shape.v_dim);
          for (size_t d = 0; d < expected.size(); d++) {
            double actual = static_cast<double>(widen(shape.activation, result.out[row + d]));
            double allowed = half_ulp * (magnitude[d] + std::fabs(expected[d])) + 2e-5;
            double error = std::fabs(actual - expected[d]) / allowed;
            if (!(error <= worst))
              worst = error;
          }
        }
    CHECK(worst <= 1, "%s (%s): error %g of what is allowed", what, name_of(shape).c_str(), worst);
  }

protected:
  virtual Traffic execute(const Launch &launch, const AttentionParams &p) const { return run(launch, p); }

private:
  // Whether partial states are merged by the last block to write one, or by merge_states behind all lists.
  enum class Merge { LastBlock, Kernel };

  struct Arrays {
    Array<uint16_t> q, out;
    Array<uint8_t> pool, plan;
    Array<int32_t> table;
    Array<float> values, stats, alibi, sinks;
    Array<uint32_t> tickets;
  };

  std::vector<uint16_t> queries() const {
    size_t heads = static_cast<size_t>(shape.heads), dim = static_cast<size_t>(shape.k_dim);
    std::vector<uint16_t> all(static_cast<size_t>(rows()) * heads * dim);
    for (size_t s = 0; s < sequences.size(); s++)
      for (int t = 0; t < sequences[s].rows; t++)
        for (size_t head = 0; head < heads; head++) {
          std::vector<float> q = query(static_cast<int>(s), sequences[s].position + t, static_cast<int>(head));
          for (size_t d = 0; d < dim; d++)
            all[(static_cast<size_t>(sequences[s].first_row + t) * heads + head) * dim + d] = narrow(shape.activation, q[d]);
        }
    return all;
  }

  Arrays arrays(const AttentionCounts &counts, const std::vector<uint8_t> &plan) const {
    size_t heads = static_cast<size_t>(shape.heads), dim = static_cast<size_t>(shape.v_dim);
    size_t states = std::max<size_t>(1, static_cast<size_t>(counts.partials)) * heads;
    size_t merges = std::max<size_t>(1, static_cast<size_t>(counts.merges));
    std::vector<float> slopes, sink_scores;
    for (int head = 0; head < shape.heads; head++) {
      slopes.push_back(static_cast<float>(slope(head)));
      sink_scores.push_back(static_cast<float>(sink(head)));
    }
    return {Array<uint16_t>(queries()), Array<uint16_t>(static_cast<size_t>(rows()) * heads * dim), Array<uint8_t>(pool_),
            Array<uint8_t>(plan), Array<int32_t>(tables), Array<float>(states * dim), Array<float>(states * 2),
            Array<float>(slopes), Array<float>(sink_scores),
            Array<uint32_t>(std::vector<uint32_t>(merges * static_cast<size_t>(shape.kv_heads), 0))};
  }

  AttentionParams parameters(const Arrays &a, Merge merge) const {
    AttentionParams p = {};
    p.q = a.q.data();
    p.out = a.out.data();
    p.kv = view(a.pool.data());
    p.tables = a.table.data();
    p.partial_values = a.values.data();
    p.partial_stats = a.stats.data();
    p.tickets = merge == Merge::LastBlock ? a.tickets.data() : nullptr;
    p.alibi = shape.alibi ? a.alibi.data() : nullptr;
    p.sinks = shape.sinks ? a.sinks.data() : nullptr;
    p.q_stride = static_cast<int64_t>(shape.heads) * shape.k_dim;
    p.heads = shape.heads;
    p.kv_heads = shape.kv_heads;
    p.k_dim = shape.k_dim;
    p.v_dim = shape.v_dim;
    p.window = shape.window;
    bool scaled = shape.kv == DType::E4M3 || shape.kv == DType::E5M2;
    p.scale = scale() * (scaled ? K_SCALE : 1.0f);
    p.soft_cap = shape.soft_cap;
    p.v_scale = scaled ? V_SCALE : 1.0f;
    return p;
  }

  Attended launch(const AttentionCounts &counts, const AttentionLayout &layout, const std::vector<uint8_t> &plan) const {
    Attended result = launch(counts, layout, plan, Merge::LastBlock);
    if (counts.merges > 0)
      CHECK(launch(counts, layout, plan, Merge::Kernel).out == result.out, "%s: the last block merges to other bits than merge_states",
            name_of(shape).c_str());
    return result;
  }

  Attended launch(const AttentionCounts &counts, const AttentionLayout &layout, const std::vector<uint8_t> &plan, Merge merge) const {
    Attended result;
    result.counts = counts;
    Arrays a = arrays(counts, plan);
    AttentionParams p = parameters(a, merge);
    for (int list = 0; list < ATTENTION_LISTS; list++)
      if (counts.tiles[list] > 0) {
        attention_list(layout, a.plan.data(), static_cast<AttentionList>(list), p);
        uint32_t tiles = static_cast<uint32_t>(counts.tiles[list]) + 1; // as a padded grid has
        Launch l = list == 0 ? decode_attention_launch(shape.activation, shape.kv, p, tiles)
                             : prefill_attention_launch(shape.activation, shape.kv, attention_list_rows(list), p, tiles);
        CHECK(l.kernel != nullptr && l.smem <= static_cast<uint32_t>(shape.block_shared), "no kernel for %s, or %u bytes of shared memory",
              name_of(shape).c_str(), l.smem);
        if (l.kernel != nullptr)
          result.lists[list] = execute(l, p);
      }
    for (uint32_t ticket : a.tickets.read())
      CHECK(ticket == 0, "%u tickets are left", ticket);
    if (counts.merges > 0 && merge == Merge::Kernel) {
      MergeStatesParams m = {p.partial_values, p.partial_stats, nullptr, nullptr, nullptr, p.out, p.sinks, p.heads, p.v_dim, p.v_scale, 0};
      attention_list(layout, a.plan.data(), m);
      run(merge_states_launch(shape.activation, m, static_cast<uint32_t>(counts.merges) + 1), m);
    }
    result.out = a.out.read();
    return result;
  }
};

} // namespace llmserving_test

#endif
