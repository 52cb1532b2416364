// Plans a step's units of work and shares them out to the workers.
#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "attention/kernels.h"

namespace llmserving {
namespace {

constexpr size_t TILE_ROWS = 8; // at least the rows of any kernel's tile
constexpr size_t VALUE_TILE = 16 * MAX_DIM * sizeof(float);

struct Free {
  void operator()(void *p) const { std::free(p); }
};

// Scratch of one worker: one aligned allocation, split.
class WorkerScratch {
public:
  WorkerScratch() : memory_(static_cast<uint8_t *>(std::aligned_alloc(64, BYTES))) {
    if (memory_ == nullptr)
      throw std::bad_alloc();
    std::fill(memory_.get(), memory_.get() + BYTES, uint8_t{0});
    uint8_t *p = memory_.get();
    parts_.q = p;
    parts_.scores = reinterpret_cast<float *>(p += QUERIES);
    parts_.weights = p += SCORES;
    parts_.chunk = reinterpret_cast<float *>(p += SCORES);
    parts_.sums = reinterpret_cast<float *>(p += CHUNK_VALUES);
    parts_.values = p += SUMS;
  }

  const AttentionScratch &parts() const { return parts_; }

private:
  static constexpr size_t QUERIES = UNIT_ROWS * MAX_DIM * sizeof(float);
  static constexpr size_t SCORES = TILE_ROWS * LLM_ATTENTION_CHUNK * sizeof(float);
  static constexpr size_t CHUNK_VALUES = TILE_ROWS * MAX_DIM * sizeof(float);
  static constexpr size_t SUMS = UNIT_ROWS * MAX_DIM * sizeof(float);
  static constexpr size_t BYTES = QUERIES + 2 * SCORES + CHUNK_VALUES + SUMS + 3 * VALUE_TILE;

  std::unique_ptr<uint8_t, Free> memory_;
  AttentionScratch parts_;
};

// Query rows of one item and one table row that share their keys.
struct Span {
  int32_t mode;
  size_t first_token, tokens;
};

class PlannedAttention final : public AttentionStep {
public:
  PlannedAttention(llm_isa isa, uint32_t kv_type, size_t max_tokens, size_t max_sequences)
      : kernel_(attention_kernel(isa, kv_type)) {
    tokens_.reserve(max_tokens);
    spans_.reserve(max_sequences);
    units_.reserve(max_tokens);
    last_of_row_.reserve(max_tokens);
    merges_.reserve(max_tokens);
    partial_items_.reserve(max_sequences);
  }

  void prepare(const CacheView &cache, const AttentionParameters &parameters, const float *q, float *out,
               const llm_step &step, int group, int workers) override {
    task_.cache = cache;
    task_.parameters = parameters;
    task_.q = q;
    task_.out = out;
    tokens_.clear();
    spans_.clear();
    merges_.clear();
    plan_flat(step, group);
    size_t partials = plan_partial(step, group);
    plan_units(workers);
    size_t rows = partials * static_cast<size_t>(parameters.heads);
    values_.resize(std::max(values_.size(), rows * static_cast<size_t>(cache.v_dim) + 16));
    stats_.resize(std::max(stats_.size(), rows * 2));
    task_.partial_values = values_.data();
    task_.partial_stats = stats_.data();
    while (scratch_.size() < static_cast<size_t>(workers))
      scratch_.emplace_back();
    next_unit_.store(0, std::memory_order_relaxed);
    next_merge_.store(0, std::memory_order_relaxed);
  }

  void compute(int worker) override {
    const AttentionScratch &scratch = scratch_[static_cast<size_t>(worker)].parts();
    for (size_t i; (i = next_unit_.fetch_add(1, std::memory_order_relaxed)) < units_.size();)
      kernel_.compute(task_, units_[i], scratch);
  }

  void merge(int worker) override {
    if (merges_.empty())
      return;
    float *sums = scratch_[static_cast<size_t>(worker)].parts().sums;
    for (size_t i; (i = next_merge_.fetch_add(1, std::memory_order_relaxed)) < merges_.size();)
      kernel_.merge(task_, tokens_.data(), merges_[i], sums);
  }

private:
  // The tokens of a sequence as the chunks [first_chunk, first_chunk + chunks) see them.
  void add_tokens(const llm_sequence &sequence, int first_chunk, int chunks) {
    for (int i = 0; i < sequence.rows; i++) {
      QueryToken token = {};
      token.row = sequence.first_row + i;
      token.position = sequence.position + i;
      token.table_row = sequence.table_row;
      int window = task_.cache.window;
      int lowest = window > 0 ? std::max(0, token.position - window + 1) / LLM_ATTENTION_CHUNK : 0;
      token.merged = first_chunk <= lowest ? 1 : 0;
      token.first_chunk = std::max(first_chunk, lowest);
      token.last_chunk = std::min(first_chunk + chunks - 1, token.position / LLM_ATTENTION_CHUNK);
      token.next = -1;
      tokens_.push_back(token);
    }
  }

  void plan_flat(const llm_step &step, int group) {
    for (uint32_t i = 0; i < step.item_count; i++) {
      const llm_attention_item &item = step.items[i];
      if (item.group != group || item.mode != LLM_ATTENTION_FLAT)
        continue;
      for (int32_t s = item.first; s < item.first + item.count; s++) {
        size_t first = tokens_.size();
        add_tokens(step.sequences[step.item_sequences[s]], item.first_chunk, item.chunks);
        spans_.push_back({LLM_ATTENTION_FLAT, first, tokens_.size() - first});
      }
    }
  }

  // Returns the number of partial results. Items are taken in order of their chunks, which links each row's results
  // in the order of their merge.
  size_t plan_partial(const llm_step &step, int group) {
    partial_items_.clear();
    for (uint32_t i = 0; i < step.item_count; i++)
      if (step.items[i].group == group && step.items[i].mode == LLM_ATTENTION_PARTIAL)
        partial_items_.push_back(&step.items[i]);
    if (partial_items_.empty())
      return 0;
    std::sort(partial_items_.begin(), partial_items_.end(),
              [](const auto *a, const auto *b) { return a->first_chunk < b->first_chunk; });
    last_of_row_.assign(step.token_count, -1);
    size_t partials = 0;
    for (const llm_attention_item *item : partial_items_) {
      size_t first = tokens_.size();
      for (int32_t s = item->first; s < item->first + item->count; s++)
        add_tokens(step.sequences[step.item_sequences[s]], item->first_chunk, item->chunks);
      spans_.push_back({LLM_ATTENTION_PARTIAL, first, tokens_.size() - first});
      for (size_t t = first; t < tokens_.size(); t++)
        partials += link(t, partials);
    }
    return partials;
  }

  // Appends a query token's partial results to its row's. Returns how many there are.
  size_t link(size_t index, size_t partial) {
    QueryToken &token = tokens_[index];
    if (token.first_chunk > token.last_chunk)
      return 0;
    token.partial = partial;
    int32_t &last = last_of_row_[static_cast<size_t>(token.row)];
    if (last < 0)
      merges_.push_back(static_cast<int32_t>(index));
    else
      tokens_[static_cast<size_t>(last)].next = static_cast<int32_t>(index);
    last = static_cast<int32_t>(index);
    return token.merged != 0 ? 1 : static_cast<size_t>(token.last_chunk - token.first_chunk + 1);
  }

  // Units of few rows spread better, units of many read the keys less often. Late rows see most, so they go first.
  void plan_units(int workers) {
    size_t heads = static_cast<size_t>(task_.cache.heads);
    size_t shared = static_cast<size_t>(task_.parameters.heads) / heads;
    size_t total = tokens_.size() * static_cast<size_t>(task_.parameters.heads);
    size_t fair = total / (static_cast<size_t>(workers) * 4);
    size_t rows = std::min<size_t>(UNIT_ROWS, std::max<size_t>(12, fair / 12 * 12));
    units_.clear();
    for (const Span &span : spans_) {
      size_t count = span.tokens * shared, pieces = (count + rows - 1) / rows;
      for (size_t piece = pieces; piece-- > 0;)
        for (size_t head = 0; head < heads; head++)
          units_.push_back({&tokens_[span.first_token], span.mode, static_cast<int32_t>(head),
                            static_cast<int32_t>(piece * rows),
                            static_cast<int32_t>(std::min(rows, count - piece * rows))});
    }
  }

  const AttentionKernel &kernel_;
  AttentionTask task_ = {};
  std::vector<QueryToken> tokens_;
  std::vector<Span> spans_;
  std::vector<AttentionUnit> units_;
  std::vector<const llm_attention_item *> partial_items_;
  std::vector<int32_t> last_of_row_, merges_;
  std::vector<float> values_, stats_;
  std::vector<WorkerScratch> scratch_;
  std::atomic<size_t> next_unit_{0}, next_merge_{0};
};

} // namespace

AttentionStep *create_attention_step(llm_isa isa, uint32_t kv_type, size_t max_tokens, size_t max_sequences) {
  return new PlannedAttention(isa, kv_type, max_tokens, max_sequences);
}

} // namespace llmserving
