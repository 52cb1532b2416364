// Plans a step's units of work and shares them out to the workers.
#include <algorithm>
#include <atomic>
#include <vector>

#include "attention/attention.h"
#include "attention/kernels.h"

namespace llmserving {
namespace {

constexpr size_t TILE_ROWS = 8; // at least the rows of any kernel's tile
constexpr size_t VALUE_TILE = 16 * MAX_DIM * sizeof(float);

// Scratch of one worker: one allocation, split.
class WorkerScratch {
public:
  explicit WorkerScratch(MemoryCounter &counter) : memory_(counter, BYTES) {
    uint8_t *p = memory_.as<uint8_t>();
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

  Memory memory_; // zeroed
  AttentionScratch parts_;
};

// Query rows of one item and one table row that share their keys.
struct Span {
  int32_t mode;
  size_t first_token, tokens;
};

// Chunks that some of a step's sequences see together, whose results are merged afterwards.
struct Piece {
  int32_t first_chunk, chunks;
  int32_t first, count; // range of the step's item_sequences
};

class PlannedAttention final : public AttentionStep {
public:
  PlannedAttention(llm_isa isa, uint32_t kv_type, const AttentionShape &shape, size_t max_tokens, size_t max_sequences,
                   int workers, MemoryCounter &memory)
      : kernel_(attention_kernel(isa, kv_type)), shape_(shape), memory_(memory) {
    tokens_.reserve(max_tokens);
    spans_.reserve(max_sequences);
    units_.reserve(max_tokens);
    mixed_.reserve(max_tokens);
    last_of_row_.reserve(max_tokens);
    merges_.reserve(max_tokens);
    pieces_.reserve(max_sequences);
    for (int i = 0; i < workers; i++)
      scratch_.emplace_back(memory);
    partial_ = Memory(memory_, partial_bytes(64 + 4 * max_sequences));
  }

  void plan(const llm_step &step, int workers) override {
    tokens_.clear();
    spans_.clear();
    merges_.clear();
    pieces_.clear();
    plan_flat(step, workers);
    size_t partials = plan_partial(step);
    plan_units(workers);
    if (partial_.bytes() < partial_bytes(partials))
      partial_ = Memory(memory_, partial_bytes(partials * 3 / 2));
    partial_rows_ = partials * static_cast<size_t>(shape_.heads);
  }

  bool has_partials() const override { return !merges_.empty(); }

  void compute(const AttentionCall &call, std::atomic<size_t> &ticket, int worker) override {
    AttentionTask task = task_of(call);
    const AttentionScratch &scratch = scratch_[static_cast<size_t>(worker)].parts();
    size_t i = claim(ticket);
    while (i < units_.size()) {
      // Small units are claimed one ahead, so that the next one's keys are on their way when its turn comes.
      bool small = units_[i].rows <= AHEAD_ROWS;
      size_t following = small ? claim(ticket) : units_.size();
      kernel_.compute(task, units_[i], following < units_.size() ? &units_[following] : nullptr, scratch);
      i = small ? following : claim(ticket);
    }
  }

  void merge(const AttentionCall &call, std::atomic<size_t> &ticket, int worker) override {
    AttentionTask task = task_of(call);
    float *sums = scratch_[static_cast<size_t>(worker)].parts().sums;
    for (size_t i; (i = ticket.fetch_add(1, std::memory_order_relaxed)) < merges_.size();)
      kernel_.merge(task, tokens_.data(), merges_[i], sums);
  }

private:
  static size_t claim(std::atomic<size_t> &ticket) { return ticket.fetch_add(1, std::memory_order_relaxed); }

  // Statistics of the partial results lie before their values.
  AttentionTask task_of(const AttentionCall &call) const {
    float *stats = partial_.as<float>();
    return {call.cache, call.parameters, call.q, call.out, stats + 2 * partial_rows_, stats};
  }

  // The last row may be read as whole vectors.
  size_t partial_bytes(size_t partials) const {
    return (partials * static_cast<size_t>(shape_.heads) * (static_cast<size_t>(shape_.v_dim) + 2) + 16) * sizeof(float);
  }

  // The tokens of a sequence as the chunks [first_chunk, first_chunk + chunks) see them.
  void add_tokens(const llm_sequence &sequence, int first_chunk, int chunks) {
    for (int i = 0; i < sequence.rows; i++) {
      QueryToken token = {};
      token.row = sequence.first_row + i;
      token.position = sequence.position + i;
      token.table_row = sequence.table_row;
      int window = shape_.window;
      int lowest = window > 0 ? std::max(0, token.position - window + 1) / LLM_ATTENTION_CHUNK : 0;
      token.merged = first_chunk <= lowest ? 1 : 0;
      token.first_chunk = std::max(first_chunk, lowest);
      token.last_chunk = std::min(first_chunk + chunks - 1, token.position / LLM_ATTENTION_CHUNK);
      token.next = -1;
      tokens_.push_back(token);
    }
  }

  // Flat items one by one, unless they are so few and long that workers would idle: then their chunks become pieces.
  void plan_flat(const llm_step &step, int workers) {
    for (uint32_t i = 0; i < step.item_count; i++) {
      const llm_attention_item &item = step.items[i];
      if (item.group != shape_.group || item.mode != LLM_ATTENTION_FLAT)
        continue;
      const llm_sequence &sequence = step.sequences[step.item_sequences[item.first]];
      int pieces = step.item_count < 4 ? pieces_of(item.chunks, sequence.rows, workers) : 1;
      for (int piece = 0; piece < pieces && pieces > 1; piece++) {
        int from = item.chunks * piece / pieces, to = item.chunks * (piece + 1) / pieces;
        pieces_.push_back({item.first_chunk + from, to - from, item.first, 1});
      }
      if (pieces > 1)
        continue;
      size_t first = tokens_.size();
      add_tokens(sequence, item.first_chunk, item.chunks);
      spans_.push_back({LLM_ATTENTION_FLAT, first, tokens_.size() - first});
    }
  }

  int pieces_of(int chunks, int rows, int workers) const {
    int units = shape_.kv_heads * ((rows * (shape_.heads / shape_.kv_heads) + UNIT_ROWS - 1) / UNIT_ROWS);
    int wanted = (4 * workers + units - 1) / units;
    return workers == 1 ? 1 : std::max(1, std::min(chunks / 2, wanted));
  }

  // Returns the number of partial results. Pieces are taken in order of their chunks, which links each row's results
  // in the order of their merge.
  size_t plan_partial(const llm_step &step) {
    for (uint32_t i = 0; i < step.item_count; i++) {
      const llm_attention_item &item = step.items[i];
      if (item.group == shape_.group && item.mode == LLM_ATTENTION_PARTIAL)
        pieces_.push_back({item.first_chunk, item.chunks, item.first, item.count});
    }
    if (pieces_.empty())
      return 0;
    std::sort(pieces_.begin(), pieces_.end(),
              [](const Piece &a, const Piece &b) { return a.first_chunk < b.first_chunk; });
    last_of_row_.assign(step.token_count, -1);
    size_t partials = 0;
    for (const Piece &piece : pieces_) {
      size_t first = tokens_.size();
      for (int32_t s = piece.first; s < piece.first + piece.count; s++)
        add_tokens(step.sequences[step.item_sequences[s]], piece.first_chunk, piece.chunks);
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
    size_t heads = static_cast<size_t>(shape_.kv_heads);
    size_t shared = static_cast<size_t>(shape_.heads) / heads;
    size_t total = tokens_.size() * static_cast<size_t>(shape_.heads);
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
    mix_units();
  }

  // Units of few rows wait for memory, those of many compute: spread evenly among each other, they do so at the same time
  // on different cores.
  void mix_units() {
    auto few = [](const AttentionUnit &unit) { return unit.rows <= AHEAD_ROWS; };
    size_t all = units_.size(), waiting = static_cast<size_t>(std::count_if(units_.begin(), units_.end(), few));
    if (waiting == 0 || waiting == all)
      return;
    mixed_.clear();
    size_t next[2] = {0, 0}; // of those of many rows, and of few
    for (size_t i = 0; i < all; i++) {
      bool take_few = (i + 1) * waiting / all > i * waiting / all;
      size_t &at = next[take_few];
      while (few(units_[at]) != take_few)
        at++;
      mixed_.push_back(units_[at++]);
    }
    units_.swap(mixed_);
  }

  const AttentionKernel &kernel_;
  const AttentionShape shape_;
  MemoryCounter &memory_;
  std::vector<QueryToken> tokens_;
  std::vector<Span> spans_;
  std::vector<AttentionUnit> units_, mixed_;
  std::vector<Piece> pieces_;
  std::vector<int32_t> last_of_row_, merges_;
  std::vector<WorkerScratch> scratch_;
  Memory partial_; // (maximum, sum) of each partial result and head, then its values
  size_t partial_rows_ = 0;
};

} // namespace

AttentionStep *create_attention_step(llm_isa isa, uint32_t kv_type, const AttentionShape &shape, size_t max_tokens,
                                     size_t max_sequences, int workers, MemoryCounter &memory) {
  return new PlannedAttention(isa, kv_type, shape, max_tokens, max_sequences, workers, memory);
}

} // namespace llmserving
