// The plan of attention work: every row's visible chunks exactly once, within bounds, in balance.
#include <algorithm>
#include <map>
#include <vector>

#include "check.h"
#include "host/attention_plan.h"

using namespace llmserving;
using namespace llmserving::gpu;
using namespace llmserving_test;

namespace {

// A step with the items that a scheduler would give it.
struct Step {
  std::vector<llm_sequence> sequences;
  std::vector<llm_attention_item> items;
  std::vector<int32_t> members;
  llm_step step = {};

  void add(int position, int rows) {
    int first = sequences.empty() ? 0 : sequences.back().first_row + sequences.back().rows;
    sequences.push_back({first, rows, position, static_cast<int32_t>(sequences.size()), -1, 0});
  }
  void add_item(int mode, int first_chunk, int chunks, const std::vector<int32_t> &of) {
    items.push_back({0, mode, first_chunk, chunks, static_cast<int32_t>(members.size()), static_cast<int32_t>(of.size())});
    members.insert(members.end(), of.begin(), of.end());
  }
  int chunks(size_t i) const { return (sequences[i].position + sequences[i].rows + 127) / 128; }
  void flat() {
    for (size_t i = 0; i < sequences.size(); i++)
      add_item(LLM_ATTENTION_FLAT, 0, chunks(i), {static_cast<int32_t>(i)});
  }
  // The sequences given share their first chunks; the others are flat.
  void cascade(const std::vector<int32_t> &sharing, int shared) {
    add_item(LLM_ATTENTION_PARTIAL, 0, shared, sharing);
    for (size_t i = 0; i < sequences.size(); i++)
      if (std::find(sharing.begin(), sharing.end(), static_cast<int32_t>(i)) == sharing.end())
        add_item(LLM_ATTENTION_FLAT, 0, chunks(i), {static_cast<int32_t>(i)});
      else if (chunks(i) > shared)
        add_item(LLM_ATTENTION_PARTIAL, shared, chunks(i) - shared, {static_cast<int32_t>(i)});
  }
  const llm_step &get() {
    step.token_count = static_cast<uint32_t>(sequences.back().first_row + sequences.back().rows);
    step.sequence_count = static_cast<uint32_t>(sequences.size());
    step.sequences = sequences.data();
    step.item_count = static_cast<uint32_t>(items.size());
    step.items = items.data();
    step.item_sequences = members.data();
    step.item_sequence_count = static_cast<uint32_t>(members.size());
    return step;
  }
};

constexpr int COLUMNS = 1024;

AttentionPlanOptions options(int heads, int kv_heads, int window = 0, bool deterministic = false, int multiprocessors = 132,
                             int max_partials = 20000, uint32_t lists = 15) {
  return {heads, kv_heads, window, COLUMNS, lists, deterministic ? 1 : 0, multiprocessors, max_partials};
}

// Reads the plan back from its buffer.
struct Written {
  AttentionLayout layout;
  std::vector<uint8_t> buffer;
  const int32_t *counts;

  Written(const AttentionPlanner &planner, const AttentionCounts &capacity) : layout(attention_layout(capacity)) {
    buffer.assign(static_cast<size_t>(layout.bytes), 0xee);
    CHECK(planner.fits(layout), "does not fit");
    planner.write(layout, buffer.data());
    counts = reinterpret_cast<const int32_t *>(buffer.data() + layout.counts);
  }
  template <class T> const T *at(int64_t offset) const { return reinterpret_cast<const T *>(buffer.data() + offset); }
};

// Each chunk that a row sees lies in one tile; what is not whole is merged, ascending.
void check_cover(const AttentionPlanOptions &o, const Step &step, const Written &plan) {
  std::map<int32_t, std::vector<int>> seen;      // of each row
  std::map<int32_t, std::pair<int, int>> states; // partial state: row, first chunk
  std::map<int32_t, int> tickets;                // that a row's tiles take of the merge that they know it by
  const QueryRow *rows = plan.at<QueryRow>(plan.layout.rows);
  int direct = 0;
  for (int list = 0; list < ATTENTION_LISTS; list++)
    for (int i = 0; i < plan.counts[list]; i++) {
      const AttentionTile &tile = plan.at<AttentionTile>(plan.layout.tiles[list])[i];
      CHECK(tile.rows * (o.heads / o.kv_heads) <= attention_list_rows(list) && tile.rows > 0, "%d rows in list %d", tile.rows, list);
      for (int r = 0; r < tile.rows; r++) {
        const QueryRow &row = rows[tile.first_row + r];
        int low = o.window > 0 ? std::max(0, row.position - o.window + 1) : 0;
        CHECK(row.position < 0 || (tile.low <= low && tile.high >= row.position + 1), "keys %d..%d", tile.low, tile.high);
        for (int chunk = tile.first_chunk; chunk < tile.first_chunk + tile.chunks; chunk++)
          if (chunk >= low / 128 && chunk <= row.position / 128 && row.position >= 0)
            seen[row.row].push_back(chunk);
        if (tile.partial < 0) {
          direct++;
          continue;
        }
        CHECK(states.insert({tile.partial + r, {row.row, tile.first_chunk}}).second, "state %d twice", tile.partial + r);
        bool known = row.merge >= 0 && row.merge < plan.counts[ATTENTION_LISTS];
        CHECK(known && plan.at<AttentionMerge>(plan.layout.merges)[row.merge].row == row.row, "row %d has merge %d", row.row, row.merge);
        tickets[row.merge]++;
      }
    }
  std::map<int32_t, int> merged;
  const int32_t *indices = plan.at<int32_t>(plan.layout.indices);
  for (int i = 0; i < plan.counts[ATTENTION_LISTS]; i++) {
    const AttentionMerge &merge = plan.at<AttentionMerge>(plan.layout.merges)[i];
    int last = -1;
    for (int s = merge.first; s < merge.first + merge.count; s++) {
      std::pair<int, int> state = states.at(indices[s]);
      CHECK(state.first == merge.row && state.second > last, "merge of row %d", merge.row);
      last = state.second;
    }
    CHECK(++merged[merge.row] == 1 && merge.count > 0, "row %d merged twice", merge.row);
    CHECK(tickets[i] == merge.count, "%d tickets for the %d states of row %d", tickets[i], merge.count, merge.row);
  }
  int total = 0;
  for (size_t i = 0; i < step.sequences.size(); i++)
    for (int t = 0; t < step.sequences[i].rows; t++, total++) {
      const llm_sequence &s = step.sequences[i];
      int position = s.position + t;
      CHECK(rows[s.first_row + t].position == position && rows[s.first_row + t].row == s.first_row + t &&
                rows[s.first_row + t].table == s.table_row * COLUMNS, "row %d", s.first_row + t);
      std::vector<int> &chunks = seen[s.first_row + t];
      std::sort(chunks.begin(), chunks.end());
      std::vector<int> expected;
      for (int chunk = o.window > 0 ? std::max(0, position - o.window + 1) / 128 : 0; chunk * 128 <= position; chunk++)
        expected.push_back(chunk);
      CHECK(chunks == expected, "row %d sees %zu chunks instead of %zu", s.first_row + t, chunks.size(), expected.size());
    }
  CHECK(direct + static_cast<int>(merged.size()) == total, "%d rows direct, %zu merged of %d", direct, merged.size(), total);
}

Step random_step(Random &random, bool cascade) {
  Step step;
  int count = 1 + static_cast<int>(random.next() % 40), shared = cascade ? 1 + static_cast<int>(random.next() % 4) : 0;
  std::vector<int32_t> sharing;
  for (int i = 0; i < count; i++) {
    bool shares = cascade && random.next() % 3 != 0;
    int rows = random.next() % 4 == 0 ? 1 + static_cast<int>(random.next() % 200) : 1;
    step.add(static_cast<int>(random.next() % (random.next() % 8 == 0 ? 100000 : 2000)) + (shares ? shared * 128 : 0), rows);
    if (shares)
      sharing.push_back(i);
  }
  if (sharing.empty())
    step.flat();
  else
    step.cascade(sharing, shared);
  return step;
}

void covers() {
  Random random(1);
  AttentionPlanner planner;
  const int heads[][2] = {{32, 8}, {8, 8}, {24, 8}, {8, 1}, {16, 1}, {64, 1}, {28, 4}};
  for (int round = 0; round < 200; round++) {
    const int *pair = heads[random.next() % 7];
    bool deterministic = round % 2 == 1;
    uint32_t lists = round % 5 == 0 ? 5u : round % 5 == 1 ? 7u : 15u;
    AttentionPlanOptions o = options(pair[0], pair[1], round % 3 == 0 ? 700 : 0, deterministic, 1 + static_cast<int>(random.next() % 200),
                                     round % 7 == 0 ? 30 : 20000, lists);
    Step step = random_step(random, round % 4 >= 2);
    const char *problem = planner.plan(o, step.get(), 0);
    CHECK(problem == nullptr, "%s", problem);
    CHECK(planner.counts().partials <= o.max_partials, "%d states", planner.counts().partials);
    CHECK(!deterministic || planner.counts().tiles[ATTENTION_DECODE] == 0, "decode tiles");
    check_cover(o, step, Written(planner, planner.counts()));
    // A layout for all steps within limits holds this one too.
    int32_t item_rows = 0;
    for (const llm_attention_item &item : step.items)
      for (int i = 0; i < item.count; i++)
        item_rows += step.sequences[static_cast<size_t>(step.members[static_cast<size_t>(item.first + i)])].rows;
    AttentionLimits limits = {static_cast<int32_t>(step.step.token_count), static_cast<int32_t>(step.step.sequence_count),
                              static_cast<int32_t>(step.items.size()), item_rows};
    check_cover(o, step, Written(planner, attention_bounds(o, limits)));
  }
}

// Decode batches: pieces are even enough, and merging costs little beside reading keys and values.
void balance() {
  AttentionPlanner planner;
  for (int multiprocessors : {108, 132, 148, 188})
    for (int batch : {1, 3, 16, 64, 256})
      for (int context : {16, 1000, 8192, 100000}) {
        Step step;
        for (int i = 0; i < batch; i++)
          step.add(i % 3 == 0 ? context : std::max(1, context / 2), 1);
        step.flat();
        AttentionPlanOptions o = options(32, 8, 0, false, multiprocessors);
        planner.plan(o, step.get(), 0);
        Written plan(planner, planner.counts());
        int64_t total = 0, longest = 0, tiles = plan.counts[ATTENTION_TILE_16];
        for (int i = 0; i < tiles; i++) {
          int chunks = plan.at<AttentionTile>(plan.layout.tiles[ATTENTION_TILE_16])[i].chunks;
          total += chunks;
          longest = std::max<int64_t>(longest, chunks);
        }
        // A block has no more than its share, or than what is not worth splitting, by a quarter and a chunk.
        int64_t slots = multiprocessors * 4, share = std::max<int64_t>(2, (total * 8 + slots - 1) / slots);
        CHECK(longest * 4 <= share * 5 + 4, "%d sequences of %d: %lld chunks where %lld are a share", batch, context,
              static_cast<long long>(longest), static_cast<long long>(share));
        double merge_bytes = 2.0 * planner.counts().partials * 32 * (128 + 2) * 4, cache_bytes = static_cast<double>(total) * 128 * 8 * 128 * 4;
        CHECK(merge_bytes <= 0.07 * cache_bytes, "%d sequences of %d: merging moves %g of the cache's bytes", batch, context, merge_bytes / cache_bytes);
      }
}

void refusals() {
  AttentionPlanner planner;
  Step step;
  step.add(0, 1);
  step.flat();
  CHECK(planner.plan(options(129, 1), step.get(), 0) != nullptr, "129 heads for one");
  CHECK(planner.plan(options(128, 1, 0, false, 1, 10, 5u), step.get(), 0) != nullptr, "128 heads without a tile for them");
  CHECK(planner.plan(options(128, 1), step.get(), 0) == nullptr, "128 heads");
}

// What there are kernels for where a block has 96 KB of shared memory, and 64 KB as on AMD.
void lists() {
  struct Expected {
    DType kv;
    int dim;
    uint32_t nvidia, amd;
  };
  const Expected all[] = {{DType::BF16, 128, 15, 15}, {DType::BF16, 256, 7, 3}, {DType::E4M3, 64, 15, 15}, {DType::E4M3, 80, 15, 7},
                          {DType::E4M3, 96, 15, 7},   {DType::E4M3, 128, 15, 7}, {DType::E4M3, 256, 7, 3}, {DType::E5M2, 128, 5, 5},
                          {DType::E5M2, 256, 7, 3},   {DType::I8, 64, 5, 5},     {DType::I8, 128, 5, 5},   {DType::I8, 256, 7, 3},
                          {DType::F16, 64, 0, 0},     {DType::BF16, 264, 0, 0}};
  for (const Expected &e : all) {
    uint32_t nvidia = attention_lists(DType::BF16, e.kv, e.dim, 96 << 10), amd = attention_lists(DType::BF16, e.kv, e.dim, 64 << 10);
    CHECK(nvidia == e.nvidia && amd == e.amd, "cache type %d, %d dimensions: lists %u and %u", static_cast<int>(e.kv), e.dim, nvidia, amd);
  }
  CHECK(attention_lists(DType::F16, DType::BF16, 64, 96 << 10) == 0 && attention_lists(DType::F16, DType::F16, 256, 64 << 10) == 3, "f16");
}

} // namespace

int main() {
  covers();
  balance();
  refusals();
  lists();
  return finish();
}
