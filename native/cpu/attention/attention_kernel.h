// Attention of one unit of rows over its chunks, written once over the operations `Ops` of an instruction set.
//
// What keeps a row's bits independent of its neighbours: a score is one chain over the dimensions, a weighted value one
// chain over the keys of the chunk, sums of a row combine lanes in a fixed order, and what a row may not see adds
// exactly zero. Tile shapes change only how many such chains run side by side.
//
// Ops: Vec (16 floats), Mask (16 lanes), Element (of q and of weights), Data (a loaded step), Broadcast (a step of q or
// of weights), STEP (dimensions or keys per step), ROWS, and per row count the tiles (KEY_TILES) and vectors (VALUES)
// side by side.
#include "attention/rope_kernel.h"

// Before a loop over a tile: unrolled early, so that the tile's arrays become registers.
#if defined(LLMSERVING_KEEP_LOOPS)
#define LLMSERVING_UNROLL
#elif defined(__clang__)
#define LLMSERVING_UNROLL _Pragma("unroll")
#else
#define LLMSERVING_UNROLL _Pragma("GCC unroll 8")
#endif

namespace llmserving {
namespace LLMSERVING_KERNEL_NAMESPACE {

constexpr int CHUNK = LLM_ATTENTION_CHUNK;
constexpr int CHUNK_TILES = CHUNK / KEY_TILE;
constexpr size_t STEP_BYTES = 64; // of 16 keys or 16 dimensions

static constexpr int smaller(int a, int b) { return a < b ? a : b; }
static constexpr int larger(int a, int b) { return a > b ? a : b; }

// Visible keys [low, high) of a row in the chunk, relative to it.
struct Span {
  int low, high;
  bool empty() const { return low >= high; }
};

static inline Span visible(const QueryToken &token, int window, int chunk) {
  int start = chunk * CHUNK;
  int low = window > 0 ? token.position - window + 1 - start : 0;
  Span span = {larger(low, 0), smaller(token.position + 1 - start, CHUNK)};
  if (chunk < token.first_chunk || chunk > token.last_chunk || span.empty())
    span = {0, 0};
  return span;
}

// 2^x for x <= 0: 2^n (1 + f q(f)), f in [-1/2, 1/2], q of degree 5 by Remez' exchange: relative error 2.6e-9 before
// rounding. Not a number stays so; below -126 counts as -126.
template <class Ops> static inline typename Ops::Vec exp2_negative(typename Ops::Vec x) {
  x = Ops::max(Ops::set(-126.0f), x);
  typename Ops::Vec n = Ops::round(x), f = Ops::sub(x, n);
  typename Ops::Vec p = Ops::set(1.55946778e-4f);
  p = Ops::fma(p, f, Ops::set(1.34066434e-3f));
  p = Ops::fma(p, f, Ops::set(9.61769279e-3f));
  p = Ops::fma(p, f, Ops::set(5.55031039e-2f));
  p = Ops::fma(p, f, Ops::set(2.40226522e-1f));
  p = Ops::fma(p, f, Ops::set(6.93147242e-1f));
  p = Ops::fma(p, f, Ops::set(1.0f));
  return Ops::scale(p, n);
}

// tanh(x) = sign(x) (1 - e) / (1 + e), e = exp(-2|x|)
template <class Ops> static inline typename Ops::Vec tanh(typename Ops::Vec x) {
  typename Ops::Vec one = Ops::set(1.0f);
  typename Ops::Vec e = exp2_negative<Ops>(Ops::mul(Ops::abs(x), Ops::set(-2.0f * 1.44269504088896341f)));
  return Ops::copy_sign(Ops::div(Ops::sub(one, e), Ops::add(one, e)), x);
}

template <class Ops, int R, int T>
static inline void score_tiles(const typename Ops::Element *q, const uint8_t *const *keys, int tile, int steps,
                               float *scores) {
  typename Ops::Vec sum[T][R];
  LLMSERVING_UNROLL
  for (int t = 0; t < T; t++)
    LLMSERVING_UNROLL
    for (int r = 0; r < R; r++)
      sum[t][r] = Ops::set(0.0f);
  const uint8_t *key[T];
  LLMSERVING_UNROLL
  for (int t = 0; t < T; t++)
    key[t] = keys[tile + t];
  for (int s = 0; s < steps; s++) {
    typename Ops::Data data[T];
    LLMSERVING_UNROLL
    for (int t = 0; t < T; t++)
      data[t] = Ops::load(key[t] + static_cast<size_t>(s) * STEP_BYTES);
    LLMSERVING_UNROLL
    for (int r = 0; r < R; r++) {
      typename Ops::Broadcast b = Ops::broadcast(q + (s * R + r) * Ops::STEP);
      LLMSERVING_UNROLL
      for (int t = 0; t < T; t++)
        sum[t][r] = Ops::dot(sum[t][r], data[t], b);
    }
  }
  LLMSERVING_UNROLL
  for (int t = 0; t < T; t++)
    LLMSERVING_UNROLL
    for (int r = 0; r < R; r++)
      Ops::store(scores + r * CHUNK + (tile + t) * KEY_TILE, sum[t][r]);
}

template <class Ops, int R>
static void score(const typename Ops::Element *q, const uint8_t *const *keys, int tile, int end, int steps,
                  float *scores) {
  constexpr int T = Ops::key_tiles(R);
  for (; tile + T <= end; tile += T)
    score_tiles<Ops, R, T>(q, keys, tile, steps, scores);
  if (T > 4 && tile + 4 <= end) {
    score_tiles<Ops, R, (T > 4 ? 4 : 1)>(q, keys, tile, steps, scores);
    tile += 4;
  }
  if (T > 2 && tile + 2 <= end) {
    score_tiles<Ops, R, (T > 2 ? 2 : 1)>(q, keys, tile, steps, scores);
    tile += 2;
  }
  for (; tile < end; tile++)
    score_tiles<Ops, R, 1>(q, keys, tile, steps, scores);
}

template <class Ops, int R, int J>
static inline void weigh_vectors(const typename Ops::Element *weights, const uint8_t *const *values, int tile, int end,
                                 int v_dim, int first, bool half_last, float *chunk, int stride) {
  typename Ops::Vec sum[J][R];
  LLMSERVING_UNROLL
  for (int j = 0; j < J; j++)
    LLMSERVING_UNROLL
    for (int r = 0; r < R; r++)
      sum[j][r] = Ops::set(0.0f);
  size_t row_bytes = static_cast<size_t>(v_dim) * 4;
  for (; tile < end; tile++) {
    const uint8_t *value = values[tile] + static_cast<size_t>(first) * STEP_BYTES;
    const typename Ops::Element *w = weights + tile * KEY_TILE;
    for (int s = 0; s < KEY_TILE / Ops::STEP; s++, value += row_bytes, w += Ops::STEP) {
      typename Ops::Data data[J];
      LLMSERVING_UNROLL
      for (int j = 0; j + 1 < J; j++)
        data[j] = Ops::load(value + j * STEP_BYTES);
      data[J - 1] = half_last ? Ops::load_half(value + (J - 1) * STEP_BYTES) : Ops::load(value + (J - 1) * STEP_BYTES);
      LLMSERVING_UNROLL
      for (int r = 0; r < R; r++) {
        typename Ops::Broadcast b = Ops::broadcast(w + r * CHUNK);
        LLMSERVING_UNROLL
        for (int j = 0; j < J; j++)
          sum[j][r] = Ops::dot(sum[j][r], data[j], b);
      }
    }
  }
  LLMSERVING_UNROLL
  for (int r = 0; r < R; r++)
    LLMSERVING_UNROLL
    for (int j = 0; j < J; j++)
      Ops::store(chunk + r * stride + (first + j) * 16, sum[j][r]);
}

template <class Ops, int R>
static void weigh(const typename Ops::Element *weights, const uint8_t *const *values, int tile, int end, int v_dim,
                  float *chunk, int stride) {
  constexpr int J = Ops::value_vectors(R);
  int vectors = stride / 16;
  bool half = v_dim % 16 != 0;
  int first = 0;
  for (; first + J <= vectors; first += J)
    weigh_vectors<Ops, R, J>(weights, values, tile, end, v_dim, first, half && first + J == vectors, chunk, stride);
  if (J > 4 && first + 4 <= vectors) {
    weigh_vectors<Ops, R, (J > 4 ? 4 : 1)>(weights, values, tile, end, v_dim, first, half && first + 4 == vectors,
                                           chunk, stride);
    first += 4;
  }
  if (J > 2 && first + 2 <= vectors) {
    weigh_vectors<Ops, R, (J > 2 ? 2 : 1)>(weights, values, tile, end, v_dim, first, half && first + 2 == vectors,
                                           chunk, stride);
    first += 2;
  }
  for (; first < vectors; first++)
    weigh_vectors<Ops, R, 1>(weights, values, tile, end, v_dim, first, half && first + 1 == vectors, chunk, stride);
}

// Which of a chunk's tiles a row sees: some keys of tiles [from, to), all keys of tiles [whole, whole_end).
struct TileSpan {
  int from, whole, whole_end, to;
  explicit TileSpan(Span span)
      : from(span.low / KEY_TILE), whole((span.low + KEY_TILE - 1) / KEY_TILE),
        whole_end(larger(span.high / KEY_TILE, whole)), to((span.high + KEY_TILE - 1) / KEY_TILE) {}

  // partly(t) for tiles of which the row sees some keys, wholly(t) for the others, in ascending order.
  template <class Partly, class Wholly> inline void each(Partly partly, Wholly wholly) const {
    for (int t = from; t < smaller(whole, to); t++)
      partly(t);
    for (int t = whole; t < whole_end; t++)
      wholly(t);
    for (int t = whole_end; t < to; t++)
      partly(t);
  }
};

// From products to powers of two: what they are multiplied by, once a soft cap is applied to tiles [tile, end).
template <class Ops>
static float cap_scores(float *scores, int tile, int end, const AttentionParameters &parameters) {
  constexpr float LOG2_E = 1.44269504088896341f;
  if (parameters.soft_cap == 0)
    return parameters.scale * LOG2_E;
  typename Ops::Vec inverse = Ops::set(parameters.scale / parameters.soft_cap);
  for (int t = tile; t < end; t++)
    Ops::store(scores + t * KEY_TILE, tanh<Ops>(Ops::mul(Ops::load_floats(scores + t * KEY_TILE), inverse)));
  return parameters.soft_cap * LOG2_E;
}

// The greatest score of a row among the keys that it sees.
template <class Ops> static inline float highest_score(const float *scores, Span span) {
  typename Ops::Vec lowest = Ops::set(-__builtin_inff()), highest = lowest;
  TileSpan(span).each(
      [&](int t) {
        typename Ops::Mask mask = Ops::lanes(span.low - t * KEY_TILE, span.high - t * KEY_TILE);
        highest = Ops::max(Ops::select(mask, Ops::load_floats(scores + t * KEY_TILE), lowest), highest);
      },
      [&](int t) { highest = Ops::max(Ops::load_floats(scores + t * KEY_TILE), highest); });
  return Ops::highest(highest);
}

// Scores of one row to weights 2^(score * powers - maximum), in tiles [tile, end). Keys outside the span, whatever their
// score, weigh exactly zero. Returns the weights' sum.
template <class Ops>
static inline float weights_of(const float *scores, typename Ops::Element *weights, int tile, int end, Span span,
                               float powers, float maximum) {
  typename Ops::Vec zero = Ops::set(0.0f), total = zero, factor = Ops::set(powers), shift = Ops::set(-maximum);
  TileSpan tiles(span);
  for (int t = tile; t < tiles.from; t++)
    Ops::store_weights(weights + t * KEY_TILE, zero);
  tiles.each(
      [&](int t) {
        typename Ops::Mask mask = Ops::lanes(span.low - t * KEY_TILE, span.high - t * KEY_TILE);
        typename Ops::Vec x = Ops::select(mask, Ops::load_floats(scores + t * KEY_TILE), zero);
        typename Ops::Vec w = Ops::select(mask, exp2_negative<Ops>(Ops::fma(x, factor, shift)), zero);
        total = Ops::add(total, w);
        Ops::store_weights(weights + t * KEY_TILE, w);
      },
      [&](int t) {
        typename Ops::Vec w = exp2_negative<Ops>(Ops::fma(Ops::load_floats(scores + t * KEY_TILE), factor, shift));
        total = Ops::add(total, w);
        Ops::store_weights(weights + t * KEY_TILE, w);
      });
  for (int t = tiles.to; t < end; t++)
    Ops::store_weights(weights + t * KEY_TILE, zero);
  return Ops::total(total);
}

// Factors that bring two partial results to their common maximum. One of them is 1.
struct Factors {
  float before[16], after[16], maximum[16];
};

template <class Ops> static void merge_factors(const float *before, const float *after, int count, Factors *factors) {
  alignas(64) float difference[16] = {0};
  alignas(64) float power[16];
  for (int r = 0; r < count; r++) {
    bool grows = after[r] > before[r];
    difference[r] = grows ? before[r] - after[r] : after[r] - before[r];
    factors->maximum[r] = grows ? after[r] : before[r];
  }
  Ops::store(power, exp2_negative<Ops>(Ops::load_floats(difference)));
  for (int r = 0; r < count; r++) {
    bool grows = after[r] > before[r];
    factors->before[r] = grows ? power[r] : 1.0f;
    factors->after[r] = grows ? 1.0f : power[r];
  }
}

static inline float merge_sum(float before, float after, const Factors &factors, int r) {
  return before * factors.before[r] + after * factors.after[r];
}

template <class Ops> static void merge_values(float *sums, const float *more, int stride, float before, float after) {
  typename Ops::Vec a = Ops::set(before), b = Ops::set(after);
  for (int d = 0; d < stride; d += 16)
    Ops::store(sums + d, Ops::fma(Ops::load_floats(more + d), b, Ops::mul(Ops::load_floats(sums + d), a)));
}

static void finish_row(const float *sums, float sum, int v_dim, float *out) {
  float inverse = 1.0f / sum;
  for (int d = 0; d < v_dim; d++)
    out[d] = sums[d] * inverse;
}

static inline void copy_floats(float *to, const float *from, int count) {
  memcpy(to, from, static_cast<size_t>(count) * 4);
}

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
  const AttentionScratch &scratch;
  int group, k_dim, v_dim, stride, steps;
  float maxima[UNIT_ROWS], totals[UNIT_ROWS];
  bool started[UNIT_ROWS];
  const QueryToken *tokens[UNIT_ROWS]; // of each row: to divide by `group` takes as long as dozens of products
  const uint8_t *keys[CHUNK_TILES], *values[CHUNK_TILES];

  Unit(const AttentionTask &t, const AttentionUnit &u, const AttentionScratch &s)
      : task(t), unit(u), scratch(s), group(t.parameters.heads / t.cache.heads), k_dim(t.cache.k_dim),
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
      Ops::elements(x, k_dim, row);
      for (int s = 0; s < steps; s++)
        memcpy(q + s * tile_rows * Ops::STEP, row + s * Ops::STEP, Ops::STEP * sizeof(Element));
    }
  }

  // Addresses of the chunk's tiles. Values outside the span may be anything, so its ends are copied with zeros there.
  void locate(int chunk, Span span) {
    const CacheView &cache = task.cache;
    size_t values_offset = kv_values_offset(cache.kv_type, cache.block_size, k_dim);
    size_t value_tile = static_cast<size_t>(KEY_TILE / Ops::STEP) * static_cast<size_t>(v_dim) * 4;
    int t = span.low / KEY_TILE;
    TileCursor cursor(cache, unit.tokens->table_row, chunk * CHUNK_TILES + t);
    for (; t * KEY_TILE < span.high; t++, cursor.next()) {
      if (*cursor.block < 0) { // freed and seen by no row
        keys[t] = values[t] = scratch.values + 2 * tile_capacity();
        continue;
      }
      const uint8_t *base = head_of(*cursor.block, unit.kv_head);
      keys[t] = base + static_cast<size_t>(cursor.within) * key_tile();
      values[t] = base + values_offset + static_cast<size_t>(cursor.within) * value_tile;
      int low = larger(span.low - t * KEY_TILE, 0), high = smaller(span.high - t * KEY_TILE, KEY_TILE);
      if (low > 0 || high < KEY_TILE)
        values[t] = copy_visible(values[t], low, high, scratch.values + (low > 0 ? 0 : tile_capacity()));
    }
  }

  size_t key_tile() const { return static_cast<size_t>(steps) * STEP_BYTES; }
  const uint8_t *head_of(int32_t block, int kv_head) const {
    const CacheView &cache = task.cache;
    return cache.pool + static_cast<size_t>(block) * cache.block_bytes + cache.cache_offset
           + static_cast<size_t>(kv_head) * kv_head_bytes(cache.kv_type, cache.block_size, k_dim, v_dim);
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
    Span spans[R], all = {CHUNK, 0};
    for (int r = 0; r < R; r++) {
      spans[r] = visible(token(first + r), task.cache.window, chunk);
      if (!spans[r].empty())
        all = {smaller(all.low, spans[r].low), larger(all.high, spans[r].high)};
    }
    if (all.empty())
      return;
    int tile = all.low / KEY_TILE, end = (all.high + KEY_TILE - 1) / KEY_TILE;
    Element *weights = static_cast<Element *>(scratch.weights);
    float maximum[R], total[R];
    score<Ops, R>(static_cast<Element *>(scratch.q) + first * k_dim, keys, tile, end, steps, scratch.scores);
    float powers = 0;
    for (int r = 0; r < R; r++) // first all maxima, which do not wait for each other
      if (!spans[r].empty()) {
        powers = cap_scores<Ops>(scratch.scores + r * CHUNK, tile, end, task.parameters);
        maximum[r] = highest_score<Ops>(scratch.scores + r * CHUNK, spans[r]) * powers;
      }
    for (int r = 0; r < R; r++) {
      if (!spans[r].empty())
        total[r] = weights_of<Ops>(scratch.scores + r * CHUNK, weights + r * CHUNK, tile, end, spans[r], powers, maximum[r]);
      else // not merged; weights only need to be numbers
        for (int t = tile; t < end; t++)
          Ops::store_weights(weights + r * CHUNK + t * KEY_TILE, Ops::set(0.0f));
    }
    weigh<Ops, R>(weights, values, tile, end, v_dim, scratch.chunk, stride);
    keep(first, R, chunk, spans, maximum, total);
  }

  // Adds a chunk's result to the rows' sums, or stores it as a partial result.
  void keep(int first, int count, int chunk, const Span *spans, const float *maximum, const float *total) {
    Factors factors;
    float before[16], after[16];
    for (int r = 0; r < count; r++) {
      bool both = !spans[r].empty() && merged(first + r) && started[first + r];
      before[r] = both ? maxima[first + r] : 0;
      after[r] = both ? maximum[r] : 0;
    }
    merge_factors<Ops>(before, after, count, &factors);
    for (int r = 0; r < count; r++) {
      int row = first + r;
      const float *result = scratch.chunk + r * stride;
      float *sums = scratch.sums + row * stride;
      if (spans[r].empty())
        continue;
      if (!merged(row)) {
        store_partial(row, chunk - token(row).first_chunk, result, maximum[r], total[r]);
      } else if (!started[row]) {
        copy_floats(sums, result, stride);
        maxima[row] = maximum[r];
        totals[row] = total[r];
        started[row] = true;
      } else {
        merge_values<Ops>(sums, result, stride, factors.before[r], factors.after[r]);
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

  void chunk_rows(int chunk) {
    Span all = {CHUNK, 0};
    for (int r = 0; r < unit.rows; r++) {
      Span span = visible(token(r), task.cache.window, chunk);
      if (!span.empty())
        all = {smaller(all.low, span.low), larger(all.high, span.high)};
    }
    if (all.empty())
      return;
    locate(chunk, all);
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
      chunk_rows(chunk);
    finish();
  }
};

template <class Ops>
static void compute_unit(const AttentionTask &task, const AttentionUnit &unit, const AttentionScratch &scratch) {
  Unit<Ops>(task, unit, scratch).run();
}

template <class Ops>
static void merge_token(const AttentionTask &task, const QueryToken *tokens, int32_t token, float *sums) {
  int v_dim = task.cache.v_dim;
  size_t heads = static_cast<size_t>(task.parameters.heads), dims = static_cast<size_t>(v_dim);
  for (size_t head = 0; head < heads; head++) {
    float maximum = 0, total = 0;
    bool started = false;
    for (int32_t i = token; i >= 0; i = tokens[i].next) {
      int results = tokens[i].merged != 0 ? 1 : tokens[i].last_chunk - tokens[i].first_chunk + 1;
      for (int c = 0; c < results; c++) {
        size_t slot = (tokens[i].partial + static_cast<size_t>(c)) * heads + head;
        const float *values = task.partial_values + slot * dims;
        const float *stats = task.partial_stats + slot * 2;
        if (!started) {
          copy_floats(sums, values, v_dim);
          maximum = stats[0];
          total = stats[1];
          started = true;
          continue;
        }
        Factors factors;
        merge_factors<Ops>(&maximum, stats, 1, &factors);
        merge_values<Ops>(sums, values, (v_dim + 15) / 16 * 16, factors.before[0], factors.after[0]);
        total = merge_sum(total, stats[1], factors, 0);
        maximum = factors.maximum[0];
      }
    }
    size_t row = static_cast<size_t>(tokens[token].row) * heads + head;
    finish_row(sums, total, v_dim, task.out + row * dims);
  }
}

} // namespace LLMSERVING_KERNEL_NAMESPACE
} // namespace llmserving
