// Attention of one unit of rows over its chunks, written once over the operations `Ops` of an instruction set.
//
// What keeps a row's bits independent of its neighbours: a score is one chain over the dimensions, a weighted value one
// chain over the keys of the chunk, sums of a row combine lanes in a fixed order, and what a row may not see adds
// exactly zero. Tile shapes change only how many such chains run side by side.
//
// Ops: Vec (16 floats), Mask (16 lanes), Element (of q and of weights), Data (a loaded step), Broadcast (a step of q or
// of weights), Sum (16 sums of products), STEP (dimensions or keys per step), ROWS, and per row count the tiles
// (KEY_TILES) and vectors (VALUES) side by side. QUANTIZED: the cache has int8 codes and scales, q and weights are 16-bit
// integers, and sums are exact.
#include "attention/merge_kernel.h"
#include "attention/rope_kernel.h"
#include "attention/tile_kernel.h"

namespace llmserving {
namespace LLMSERVING_KERNEL_NAMESPACE {

// The tiles of a sequence in order, without a division for each.
struct TileCursor {
  const int32_t *block;
  int within, per_block;
  TileCursor(const CacheView &cache, int32_t table_row, int tile) : per_block(static_cast<int>(cache.block_size) / KEY_TILE) {
    block = cache.tables + static_cast<size_t>(table_row) * cache.table_columns + tile / per_block;
    within = tile % per_block;
  }
  void next() {
    if (++within == per_block) {
      within = 0;
      block++;
    }
  }
};

// The rows of a unit at work.
template <class Ops> struct Unit {
  typedef typename Ops::Element Element;

  const AttentionTask &task;
  const AttentionUnit &unit;
  const AttentionUnit *following; // computed next by this worker, or null
  const AttentionScratch &scratch;
  int group, k_dim, v_dim, stride, steps;
  float maxima[UNIT_ROWS + 16] = {}, totals[UNIT_ROWS]; // 16 more, as they are read as a vector
  Span seen[UNIT_ROWS];                                 // of the chunk at hand
  Quantized queries[UNIT_ROWS];
  bool started[UNIT_ROWS];
  const QueryToken *tokens[UNIT_ROWS]; // of each row: to divide by `group` takes as long as dozens of products
  const uint8_t *keys[CHUNK_TILES], *values[CHUNK_TILES];
  ReadAhead ahead;

  Unit(const AttentionTask &t, const AttentionUnit &u, const AttentionUnit *f, const AttentionScratch &s)
      : task(t), unit(u), following(f), scratch(s), group(t.parameters.heads / t.cache.heads), k_dim(t.cache.k_dim),
        v_dim(t.cache.v_dim), stride((v_dim + 15) / 16 * 16), steps(k_dim / Ops::STEP) {
    for (int r = 0; r < unit.rows; r++)
      tokens[r] = unit.tokens + (unit.first_row + r) / group;
  }

  const QueryToken &token(int r) const { return *tokens[r]; }
  int head(int r) const { return unit.kv_head * group + (unit.first_row + r) % group; }

  // [tile of rows][step][row of the tile][STEP]
  void pack_queries() {
    for (int r = 0; r < unit.rows; r++) {
      int tile = r / Ops::ROWS * Ops::ROWS, tile_rows = smaller(Ops::ROWS, unit.rows - tile);
      const float *x = task.q + (static_cast<size_t>(token(r).row) * static_cast<size_t>(task.parameters.heads)
                                 + static_cast<size_t>(head(r))) * static_cast<size_t>(k_dim);
      Element *q = static_cast<Element *>(scratch.q) + tile * k_dim + (r - tile) * Ops::STEP;
      Element row[MAX_DIM];
      if constexpr (Ops::QUANTIZED)
        queries[r] = quantize_query<Ops>(padded(x), k_dim, row);
      else
        Ops::elements(x, k_dim, row);
      for (int s = 0; s < steps; s++)
        memcpy(q + s * tile_rows * Ops::STEP, row + s * Ops::STEP, Ops::STEP * sizeof(Element));
    }
  }

  // A query with zeros up to the next multiple of 16.
  const float *padded(const float *x) {
    if (k_dim % 16 == 0)
      return x;
    memset(scratch.chunk + k_dim, 0, 16 * sizeof(float));
    copy_floats(scratch.chunk, x, k_dim);
    return scratch.chunk;
  }

  // What to read while a chunk of [from, to] is computed. Of a unit's last two chunks, the second one may be too short
  // to read ahead for all of the next unit.
  void look_ahead(int chunk, int from, int to) {
    if (chunk == to && from < to) {
      ahead.drop_earlier();
      return;
    }
    ahead.clear();
    if (chunk < to)
      read_ahead(unit, chunk + 1);
    ahead.mark();
    if (following != nullptr && chunk + 1 >= to)
      read_ahead(*following, following->tokens[following->first_row / group].first_chunk);
  }

  void read_ahead(const AttentionUnit &u, int chunk) {
    const CacheView &cache = task.cache;
    const QueryToken &last = u.tokens[(u.first_row + u.rows - 1) / group];
    if (last.position < chunk * CHUNK) // it sees nothing of the unit
      return;
    int tiles = smaller(CHUNK_TILES, (last.position - chunk * CHUNK) / KEY_TILE + 1);
    const uint8_t *later[CHUNK_TILES];
    int count = 0;
    TileCursor cursor(cache, last.table_row, chunk * CHUNK_TILES);
    for (int t = 0; t < tiles; t++, cursor.next()) {
      if (*cursor.block < 0)
        continue;
      Tile tile = tile_at(cursor, u.kv_head);
      ahead.add(tile.keys, kv_tile_bytes(cache.kv_type, k_dim));
      later[count++] = tile.values;
    }
    for (int t = 0; t < count; t++)
      ahead.add(later[t], kv_tile_bytes(cache.kv_type, v_dim));
  }

  // Addresses of the chunk's tiles. Values outside the span may be anything, so its ends are copied with zeros there;
  // codes may not need that, since a weight of zero makes any of them zero.
  void locate(int chunk, Span span) {
    int t = span.low / KEY_TILE;
    TileCursor cursor(task.cache, unit.tokens->table_row, chunk * CHUNK_TILES + t);
    for (; t * KEY_TILE < span.high; t++, cursor.next()) {
      if (*cursor.block < 0) { // freed and seen by no row
        keys[t] = values[t] = scratch.values + 2 * tile_capacity();
        continue;
      }
      Tile tile = tile_at(cursor, unit.kv_head);
      keys[t] = tile.keys;
      values[t] = tile.values;
      int low = larger(span.low - t * KEY_TILE, 0), high = smaller(span.high - t * KEY_TILE, KEY_TILE);
      if (!Ops::QUANTIZED && (low > 0 || high < KEY_TILE))
        values[t] = copy_visible(values[t], low, high, scratch.values + (low > 0 ? 0 : tile_capacity()));
    }
  }

  struct Tile {
    const uint8_t *keys, *values;
  };

  // Where the cursor's tile lies, of a block that is there.
  Tile tile_at(const TileCursor &cursor, int kv_head) const {
    const CacheView &cache = task.cache;
    size_t within = static_cast<size_t>(cursor.within);
    const uint8_t *head = cache.pool + static_cast<size_t>(*cursor.block) * cache.block_bytes + cache.cache_offset
                          + static_cast<size_t>(kv_head) * kv_head_bytes(cache.kv_type, cache.block_size, k_dim, v_dim);
    return {head + within * kv_tile_bytes(cache.kv_type, k_dim),
            head + kv_values_offset(cache.kv_type, cache.block_size, k_dim) + within * kv_tile_bytes(cache.kv_type, v_dim)};
  }

  static size_t tile_capacity() { return static_cast<size_t>(KEY_TILE) * MAX_DIM * 4; }

  const uint8_t *copy_visible(const uint8_t *from, int low, int high, uint8_t *to) {
    size_t row_bytes = static_cast<size_t>(v_dim) * 4;
    for (int s = 0; s < KEY_TILE / Ops::STEP; s++) {
      const uint32_t *source = reinterpret_cast<const uint32_t *>(from + static_cast<size_t>(s) * row_bytes);
      uint32_t *target = reinterpret_cast<uint32_t *>(to + static_cast<size_t>(s) * row_bytes);
      bool first = s * Ops::STEP >= low && s * Ops::STEP < high;
      bool last = (s + 1) * Ops::STEP > low && (s + 1) * Ops::STEP <= high;
      // Of a bf16 pair the first key is the low half (little-endian).
      uint32_t mask = (first ? 0x0000ffffu : 0) | (last ? 0xffff0000u : 0);
      for (int d = 0; d < v_dim; d++)
        target[d] = source[d] & mask;
    }
    return to;
  }

  template <int R> void tile_rows(int first, int chunk) {
    const Span *spans = seen + first;
    Span all = covered(first, R);
    if (all.empty())
      return;
    int tile = all.low / KEY_TILE, end = (all.high + KEY_TILE - 1) / KEY_TILE;
    Element *weights = static_cast<Element *>(scratch.weights);
    float maximum[16] = {}, total[R];
    Quantized weighed[R] = {};
    score<Ops, R>(static_cast<Element *>(scratch.q) + first * k_dim, keys, tile, end, steps, queries + first,
                  scratch.scores, ahead);
    float powers[R];
    for (int r = 0; r < R; r++) // first all maxima, which do not wait for each other
      if (!spans[r].empty()) {
        powers[r] = cap_scores<Ops>(scratch.scores + r * CHUNK, tile, end, task.parameters,
                                    Ops::QUANTIZED ? queries[first + r].scale : 1.0f);
        maximum[r] = highest_score<Ops>(scratch.scores + r * CHUNK, spans[r]) * powers[r];
      }
    Factors factors;
    RowTarget targets[R];
    aim(first, R, maximum, &factors, targets);
    for (int r = 0; r < R; r++) {
      float *scores = scratch.scores + r * CHUNK;
      Element *own = weights + r * CHUNK;
      if (spans[r].empty()) { // not kept; weights only need to be numbers
        for (int t = tile; t < end; t++)
          Ops::store_weights(own + t * KEY_TILE, Ops::set(0.0f));
      } else if constexpr (Ops::QUANTIZED) {
        weighed[r] = integer_weights<Ops>(scores, own, values, static_cast<size_t>(KEY_TILE) * static_cast<size_t>(v_dim),
                                          tile, end, spans[r], powers[r], maximum[r], &total[r]);
      } else {
        total[r] = weights_of<Ops>(scores, own, tile, end, spans[r], powers[r], maximum[r]);
      }
    }
    weigh<Ops, R>(weights, values, tile, end, v_dim, weighed, targets, stride, ahead);
    keep(first, R, chunk, maximum, total, factors);
  }

  // Where a chunk's weighted values go: of a row that began with an earlier chunk they join its sums, of one that begins
  // they become them, and all others lie in scratch memory.
  void aim(int first, int count, const float *maximum, Factors *factors, RowTarget *targets) {
    merge_factors<Ops>(maxima + first, maximum, factors);
    for (int r = 0; r < count; r++) {
      int row = first + r;
      bool whole = !seen[row].empty() && merged(row);
      targets[r] = {whole ? scratch.sums + row * stride : scratch.chunk + r * stride, factors->before[r], factors->after[r],
                    whole && started[row]};
    }
  }

  // Keeps a chunk's maxima and totals, and the values of rows that are not merged here.
  void keep(int first, int count, int chunk, const float *maximum, const float *total, const Factors &factors) {
    for (int r = 0; r < count; r++) {
      int row = first + r;
      if (seen[row].empty())
        continue;
      if (!merged(row)) {
        store_partial(row, chunk - token(row).first_chunk, scratch.chunk + r * stride, maximum[r], total[r]);
      } else if (!started[row]) {
        maxima[row] = maximum[r];
        totals[row] = total[r];
        started[row] = true;
      } else {
        totals[row] = merge_sum(totals[row], total[r], factors, r);
        maxima[row] = factors.maximum[r];
      }
    }
  }

  bool merged(int row) const { return unit.mode == LLM_ATTENTION_FLAT || token(row).merged != 0; }

  void store_partial(int row, int index, const float *values_sum, float maximum, float total) {
    size_t slot = (token(row).partial + static_cast<size_t>(index)) * static_cast<size_t>(task.parameters.heads)
                  + static_cast<size_t>(head(row));
    copy_floats(task.partial_values + slot * static_cast<size_t>(v_dim), values_sum, v_dim);
    task.partial_stats[slot * 2] = maximum;
    task.partial_stats[slot * 2 + 1] = total;
  }

  void finish() {
    for (int r = 0; r < unit.rows; r++) {
      if (!started[r])
        continue;
      const float *sums = scratch.sums + r * stride;
      if (unit.mode == LLM_ATTENTION_PARTIAL) {
        store_partial(r, 0, sums, maxima[r], totals[r]);
        continue;
      }
      size_t row = static_cast<size_t>(token(r).row) * static_cast<size_t>(task.parameters.heads)
                   + static_cast<size_t>(head(r));
      finish_row(sums, totals[r], v_dim, task.out + row * static_cast<size_t>(v_dim));
    }
  }

  // What some of the rows see of the chunk.
  Span covered(int first, int count) const {
    Span all = {CHUNK, 0};
    for (int r = first; r < first + count; r++)
      if (!seen[r].empty())
        all = {smaller(all.low, seen[r].low), larger(all.high, seen[r].high)};
    return all;
  }

  // One of the unit's chunks [from, to].
  void chunk_rows(int chunk, int from, int to) {
    for (int r = 0; r < unit.rows; r++)
      seen[r] = visible(token(r), task.cache.window, chunk);
    Span all = covered(0, unit.rows);
    if (all.empty())
      return;
    locate(chunk, all);
    if (unit.rows <= AHEAD_ROWS)
      look_ahead(chunk, from, to);
    for (int first = 0; first < unit.rows; first += Ops::ROWS) {
      switch (smaller(Ops::ROWS, unit.rows - first)) {
        case 1: tile_rows<1>(first, chunk); break;
        case 2: tile_rows<smaller(2, Ops::ROWS)>(first, chunk); break;
        case 3: tile_rows<smaller(3, Ops::ROWS)>(first, chunk); break;
        case 4: tile_rows<smaller(4, Ops::ROWS)>(first, chunk); break;
        case 5: tile_rows<smaller(5, Ops::ROWS)>(first, chunk); break;
        default: tile_rows<smaller(6, Ops::ROWS)>(first, chunk); break;
      }
    }
  }

  void run() {
    pack_queries();
    int from = token(0).first_chunk, to = token(0).last_chunk;
    for (int r = 0; r < unit.rows; r++) {
      started[r] = false;
      from = smaller(from, token(r).first_chunk);
      to = larger(to, token(r).last_chunk);
    }
    for (int chunk = from; chunk <= to; chunk++)
      chunk_rows(chunk, from, to);
    finish();
  }
};

template <class Ops>
static void compute_unit(const AttentionTask &task, const AttentionUnit &unit, const AttentionUnit *following,
                         const AttentionScratch &scratch) {
  Unit<Ops>(task, unit, following, scratch).run();
}

} // namespace LLMSERVING_KERNEL_NAMESPACE
} // namespace llmserving
