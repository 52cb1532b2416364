#include "host/attention_plan.h"

#include <algorithm>
#include <cstring>

namespace llmserving {
namespace gpu {
namespace {

constexpr int32_t BLOCKS_PER_MULTIPROCESSOR = 4;
constexpr int32_t FEW_ROWS = 2;     // packed rows that the FMA units keep up with memory for: with 4, tiles of 16 were ahead on an H100
constexpr int32_t SHORTEST_FEW = 2; // chunks of a piece: merging costs 6 % of the traffic of one chunk
constexpr int32_t SHORTEST_MANY = 8;

int32_t lowest_key(int32_t position, int32_t window) { return window > 0 ? std::max(0, position - window + 1) : 0; }
int32_t lowest_chunk(int32_t position, int32_t window) { return lowest_key(position, window) / ATTENTION_CHUNK; }
int32_t highest_chunk(int32_t position) { return position < 0 ? -1 : position / ATTENTION_CHUNK; }

int64_t take(int64_t &bytes, int64_t count, size_t element) {
  int64_t offset = bytes;
  bytes += (count * static_cast<int64_t>(element) + 15) / 16 * 16;
  return offset;
}

template <class T> void put(void *buffer, int64_t offset, const std::vector<T> &values) {
  if (!values.empty())
    std::memcpy(static_cast<uint8_t *>(buffer) + offset, values.data(), values.size() * sizeof(T));
}

} // namespace

uint32_t attention_lists(DType activation, DType kv, int32_t dim, int32_t block_shared) {
  AttentionParams p = {};
  p.k_dim = p.v_dim = (dim + 15) / 16 * 16;
  uint32_t lists = decode_attention_launch(activation, kv, p, 1).kernel != nullptr ? 1u << ATTENTION_DECODE : 0;
  for (int list = ATTENTION_TILE_16; list < ATTENTION_LISTS; list++) {
    Launch launch = prefill_attention_launch(activation, kv, attention_list_rows(list), p, 1);
    if (launch.kernel != nullptr && launch.smem <= static_cast<uint32_t>(block_shared))
      lists |= 1u << list;
  }
  return lists;
}

AttentionLayout attention_layout(const AttentionCounts &counts) {
  AttentionLayout layout = {};
  layout.capacity = counts;
  layout.counts = take(layout.bytes, 8, sizeof(int32_t));
  layout.rows = take(layout.bytes, counts.rows, sizeof(QueryRow));
  for (int list = 0; list < ATTENTION_LISTS; list++)
    layout.tiles[list] = take(layout.bytes, counts.tiles[list], sizeof(AttentionTile));
  layout.merges = take(layout.bytes, counts.merges, sizeof(AttentionMerge));
  layout.indices = take(layout.bytes, counts.indices, sizeof(int32_t));
  return layout;
}

AttentionCounts attention_bounds(const AttentionPlanOptions &options, const AttentionLimits &limits) {
  AttentionCounts counts = {};
  int32_t items = std::max(limits.items, limits.sequences), item_rows = std::max(limits.item_rows, limits.tokens);
  counts.rows = limits.tokens + limits.item_rows;
  counts.tokens = limits.tokens;
  // Pieces of p >= total / slots chunks: no more than `slots` beyond one per tile; else each has a partial state.
  int32_t pieces = options.multiprocessors * BLOCKS_PER_MULTIPROCESSOR / options.kv_heads + 1;
  if (options.deterministic != 0)
    pieces = options.max_partials;
  for (int list = 0; list < ATTENTION_LISTS; list++) {
    if ((options.lists >> list & 1u) == 0)
      continue;
    int32_t tokens_per_tile = std::max(1, attention_list_rows(list) * options.kv_heads / options.heads);
    counts.tiles[list] = items + pieces + (list == ATTENTION_DECODE ? 0 : item_rows / tokens_per_tile);
  }
  counts.merges = limits.tokens;
  counts.indices = counts.partials = options.max_partials;
  return counts;
}

const char *AttentionPlanner::plan(const AttentionPlanOptions &options, const llm_step &step, int32_t group) {
  options_ = options;
  group_heads_ = options.heads / options.kv_heads;
  largest_ = ATTENTION_TILE_128;
  while (largest_ > 0 && (options.lists >> largest_ & 1u) == 0)
    largest_--;
  if (group_heads_ > attention_list_rows(largest_))
    return "more query heads share keys than a tile has rows";
  start(step);
  for (uint32_t i = 0; i < step.item_count; i++)
    if (step.items[i].group == group)
      add_item(step, step.items[i]);
  place_all();
  if (counts_.partials <= options.max_partials)
    return nullptr;
  // Shared chunks want more partial states than there is room for: every sequence reads its own keys.
  start(step);
  for (uint32_t i = 0; i < step.sequence_count; i++) {
    const llm_sequence &s = step.sequences[i];
    add_tiles(s.first_row, s.rows, 0, highest_chunk(s.position + s.rows - 1) + 1, true);
  }
  place_all();
  return nullptr;
}

void AttentionPlanner::start(const llm_step &step) {
  counts_ = {};
  rows_.assign(step.token_count, QueryRow{0, 0, 0, -1});
  for (uint32_t i = 0; i < step.sequence_count; i++) {
    const llm_sequence &s = step.sequences[i];
    for (int32_t t = 0; t < s.rows; t++)
      rows_[static_cast<size_t>(s.first_row + t)] = {s.first_row + t, s.position + t,
                                                     s.table_row * options_.table_columns, -1};
  }
  counts_.tokens = static_cast<int32_t>(step.token_count);
  work_.clear();
  for (std::vector<AttentionTile> &tiles : tiles_)
    tiles.clear();
  parts_.clear();
  merges_.clear();
  indices_.clear();
}

// Rows of one sequence lie together; those of several are listed anew unless they follow each other.
void AttentionPlanner::add_item(const llm_step &step, const llm_attention_item &item) {
  const int32_t *members = step.item_sequences + item.first;
  int32_t first = step.sequences[members[0]].first_row, rows = 0;
  bool consecutive = true;
  for (int32_t i = 0; i < item.count; i++) {
    const llm_sequence &s = step.sequences[members[i]];
    consecutive = consecutive && s.first_row == first + rows;
    rows += s.rows;
  }
  if (!consecutive) {
    first = static_cast<int32_t>(rows_.size());
    for (int32_t i = 0; i < item.count; i++) {
      const llm_sequence &s = step.sequences[members[i]];
      for (int32_t t = 0; t < s.rows; t++)
        rows_.push_back(QueryRow(rows_[static_cast<size_t>(s.first_row + t)]));
    }
  }
  add_tiles(first, rows, item.first_chunk, item.chunks, item.mode == LLM_ATTENTION_FLAT);
}

int AttentionPlanner::list_for(int32_t packed_rows) const {
  auto has = [this](int list) { return (options_.lists >> list & 1u) != 0; };
  if (options_.deterministic == 0 && has(ATTENTION_DECODE))
    if (packed_rows <= FEW_ROWS || (packed_rows <= DECODE_ROWS && !has(ATTENTION_TILE_16)))
      return ATTENTION_DECODE;
  for (int list = ATTENTION_TILE_16; list < largest_; list++)
    if (has(list) && packed_rows <= attention_list_rows(list))
      return list;
  return largest_;
}

// Cuts query rows into tiles of whole rows, each with the chunks that its rows see.
void AttentionPlanner::add_tiles(int32_t first_row, int32_t rows, int32_t first_chunk, int32_t chunks, bool whole) {
  int list = list_for(rows * group_heads_);
  int32_t step = attention_list_rows(list) / group_heads_;
  for (int32_t from = 0; from < rows; from += step) {
    AttentionTile tile = {first_row + from, std::min(step, rows - from), 0, 0, -1, 0, 0, 0};
    const QueryRow *row = &rows_[static_cast<size_t>(tile.first_row)];
    tile.low = lowest_key(row->position, options_.window);
    for (int32_t i = 0; i < tile.rows; i++) {
      tile.low = std::min(tile.low, lowest_key(row[i].position, options_.window));
      tile.high = std::max(tile.high, row[i].position + 1);
    }
    int32_t last = std::min(highest_chunk(tile.high - 1), first_chunk + chunks - 1);
    tile.first_chunk = std::max(tile.low / ATTENTION_CHUNK, first_chunk);
    tile.chunks = std::max(0, last - tile.first_chunk + 1);
    if (whole || tile.chunks > 0)
      work_.push_back({tile, list, whole});
  }
}

// Splits long tiles so that all multiprocessors have work, and numbers the partial states.
void AttentionPlanner::place_all() {
  int64_t total = 0;
  for (const Work &work : work_)
    total += work.tile.chunks;
  int64_t slots = std::max<int64_t>(1, static_cast<int64_t>(options_.multiprocessors) * BLOCKS_PER_MULTIPROCESSOR);
  int32_t fair = static_cast<int32_t>((total * options_.kv_heads + slots - 1) / slots);
  // States that cannot be avoided come first: what splitting adds has to fit beside them.
  int32_t unavoidable = 0;
  for (const Work &work : work_)
    if (!work.whole)
      unavoidable += pieces(work, work.tile.chunks) * work.tile.rows;
  for (const Work &work : work_) {
    int32_t rows = work.tile.rows, chunks = work.tile.chunks;
    int32_t piece = std::max(fair, rows * group_heads_ <= 16 ? SHORTEST_FEW : SHORTEST_MANY);
    if (!work.whole)
      unavoidable -= pieces(work, chunks) * rows;
    if (chunks * 4 <= piece * 5 || counts_.partials + unavoidable + pieces(work, piece) * rows > options_.max_partials)
      piece = chunks;
    place(work, piece);
  }
  for (int list = 0; list < ATTENTION_LISTS; list++) {
    std::sort(tiles_[list].begin(), tiles_[list].end(), [](const AttentionTile &a, const AttentionTile &b) {
      return a.chunks != b.chunks ? a.chunks > b.chunks
                                  : a.first_row != b.first_row ? a.first_row < b.first_row : a.first_chunk < b.first_chunk;
    });
    counts_.tiles[list] = static_cast<int32_t>(tiles_[list].size());
  }
  list_merges();
  counts_.rows = static_cast<int32_t>(rows_.size());
}

// Chunks of the first piece of a tile that is cut into pieces of `piece` chunks, evenly where that is allowed. For
// results that do not depend on the cut, chunks merge into one state only where no earlier one of any row is elsewhere.
int32_t AttentionPlanner::first_piece(const Work &work, int32_t piece) const {
  int32_t chunks = work.tile.chunks;
  if (options_.deterministic == 0) {
    int32_t count = std::max(1, (chunks + piece - 1) / std::max(1, piece));
    return (chunks + count - 1) / count;
  }
  for (int32_t i = 0; i < work.tile.rows; i++)
    if (lowest_chunk(rows_[static_cast<size_t>(work.tile.first_row + i)].position, options_.window) < work.tile.first_chunk)
      return std::min(1, chunks);
  return std::min(piece, chunks);
}

int32_t AttentionPlanner::later_piece(int32_t first) const { return options_.deterministic == 0 ? std::max(1, first) : 1; }

int32_t AttentionPlanner::pieces(const Work &work, int32_t piece) const {
  int32_t first = first_piece(work, piece), later = later_piece(first);
  return 1 + (work.tile.chunks - first + later - 1) / later;
}

void AttentionPlanner::place(const Work &work, int32_t piece) {
  int32_t first = first_piece(work, piece), later = later_piece(first), chunks = work.tile.chunks;
  bool partial = !work.whole || first < chunks;
  place_piece(work, 0, first, partial);
  for (int32_t from = first; from < chunks; from += later)
    place_piece(work, from, std::min(later, chunks - from), partial);
}

// Every row of a tile has a state of it, which is empty where the row sees none of its chunks.
void AttentionPlanner::place_piece(const Work &work, int32_t from, int32_t chunks, bool partial) {
  AttentionTile tile = work.tile;
  tile.first_chunk += from;
  tile.chunks = chunks;
  if (partial) {
    tile.partial = counts_.partials;
    counts_.partials += tile.rows;
    for (int32_t i = 0; i < tile.rows; i++)
      parts_.push_back({rows_[static_cast<size_t>(tile.first_row + i)].row, tile.first_chunk, tile.partial + i});
  }
  tiles_[work.list].push_back(tile);
}

void AttentionPlanner::list_merges() {
  std::sort(parts_.begin(), parts_.end(), [](const Part &a, const Part &b) {
    return a.row != b.row ? a.row < b.row : a.first_chunk < b.first_chunk;
  });
  for (const Part &part : parts_) {
    if (merges_.empty() || merges_.back().row != part.row) {
      rows_[static_cast<size_t>(part.row)].merge = static_cast<int32_t>(merges_.size());
      merges_.push_back({part.row, static_cast<int32_t>(indices_.size()), 0, 0});
    }
    merges_.back().count++;
    indices_.push_back(part.state);
  }
  for (QueryRow &row : rows_) // those listed anew too
    row.merge = rows_[static_cast<size_t>(row.row)].merge;
  counts_.merges = static_cast<int32_t>(merges_.size());
  counts_.indices = static_cast<int32_t>(indices_.size());
}

bool AttentionPlanner::fits(const AttentionLayout &layout) const {
  const AttentionCounts &c = layout.capacity;
  bool fits = counts_.rows <= c.rows && counts_.merges <= c.merges && counts_.indices <= c.indices;
  for (int list = 0; list < ATTENTION_LISTS; list++)
    fits = fits && counts_.tiles[list] <= c.tiles[list];
  return fits && counts_.partials <= std::max(c.partials, options_.max_partials);
}

void AttentionPlanner::write(const AttentionLayout &layout, void *buffer) const {
  int32_t counts[8] = {counts_.tiles[0], counts_.tiles[1], counts_.tiles[2],  counts_.tiles[3],
                       counts_.merges,   counts_.tokens,   counts_.partials, 0};
  std::memcpy(static_cast<uint8_t *>(buffer) + layout.counts, counts, sizeof(counts));
  put(buffer, layout.rows, rows_);
  for (int list = 0; list < ATTENTION_LISTS; list++)
    put(buffer, layout.tiles[list], tiles_[list]);
  put(buffer, layout.merges, merges_);
  put(buffer, layout.indices, indices_);
}

} // namespace gpu
} // namespace llmserving
