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

// ahead: tiles that are wanted next; as many bytes of each are fetched to the cache.
template <class Ops, int R, int T>
static inline void score_tiles(const typename Ops::Element *q, const uint8_t *const *keys, const uint8_t *const *ahead,
                               int tile, int steps, float *scores) {
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
    for (int t = 0; t < T; t++) {
      data[t] = Ops::load(key[t] + static_cast<size_t>(s) * STEP_BYTES);
      __builtin_prefetch(ahead[tile + t] + static_cast<size_t>(s) * STEP_BYTES);
    }
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
static void score(const typename Ops::Element *q, const uint8_t *const *keys, const uint8_t *const *ahead, int tile,
                  int end, int steps, float *scores) {
  constexpr int T = Ops::key_tiles(R);
  for (; tile + T <= end; tile += T)
    score_tiles<Ops, R, T>(q, keys, ahead, tile, steps, scores);
  if (T > 4 && tile + 4 <= end) {
    score_tiles<Ops, R, (T > 4 ? 4 : 1)>(q, keys, ahead, tile, steps, scores);
    tile += 4;
  }
  if (T > 2 && tile + 2 <= end) {
    score_tiles<Ops, R, (T > 2 ? 2 : 1)>(q, keys, ahead, tile, steps, scores);
    tile += 2;
  }
  for (; tile < end; tile++)
    score_tiles<Ops, R, 1>(q, keys, ahead, tile, steps, scores);
}

template <class Ops, int R, int J>
static inline void weigh_vectors(const typename Ops::Element *weights, const uint8_t *const *values,
                                 const uint8_t *const *ahead, int tile, int end, int v_dim, int first, bool half_last,
                                 float *chunk, int stride) {
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
    const uint8_t *wanted = ahead[tile] + static_cast<size_t>(first) * STEP_BYTES;
    for (int s = 0; s < KEY_TILE / Ops::STEP; s++, value += row_bytes, wanted += row_bytes, w += Ops::STEP) {
      typename Ops::Data data[J];
      LLMSERVING_UNROLL
      for (int j = 0; j < J; j++)
        __builtin_prefetch(wanted + j * STEP_BYTES);
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
static void weigh(const typename Ops::Element *weights, const uint8_t *const *values, const uint8_t *const *ahead,
                  int tile, int end, int v_dim, float *chunk, int stride) {
  constexpr int J = Ops::value_vectors(R);
  int vectors = stride / 16;
  bool half = v_dim % 16 != 0;
  int first = 0;
  for (; first + J <= vectors; first += J)
    weigh_vectors<Ops, R, J>(weights, values, ahead, tile, end, v_dim, first, half && first + J == vectors, chunk,
                             stride);
  if (J > 4 && first + 4 <= vectors) {
    weigh_vectors<Ops, R, (J > 4 ? 4 : 1)>(weights, values, ahead, tile, end, v_dim, first,
                                           half && first + 4 == vectors, chunk, stride);
    first += 4;
  }
  if (J > 2 && first + 2 <= vectors) {
    weigh_vectors<Ops, R, (J > 2 ? 2 : 1)>(weights, values, ahead, tile, end, v_dim, first,
                                           half && first + 2 == vectors, chunk, stride);
    first += 2;
  }
  for (; first < vectors; first++)
    weigh_vectors<Ops, R, 1>(weights, values, ahead, tile, end, v_dim, first, half && first + 1 == vectors, chunk,
                             stride);
}

// Scores of one row to weights 2^(score - maximum). Keys outside the span, whatever their score, weigh exactly zero.
template <class Ops>
static void soften(float *scores, typename Ops::Element *weights, int tile, int end, Span span,
                   const AttentionParameters &parameters, float *maximum, float *sum) {
  typename Ops::Vec lowest = Ops::set(-__builtin_inff()), zero = Ops::set(0.0f), highest = lowest;
  float scale = parameters.scale;
  if (parameters.soft_cap != 0) {
    typename Ops::Vec inverse = Ops::set(scale / parameters.soft_cap);
    for (int t = tile; t < end; t++)
      Ops::store(scores + t * KEY_TILE, tanh<Ops>(Ops::mul(Ops::load_floats(scores + t * KEY_TILE), inverse)));
    scale = parameters.soft_cap;
  }
  int from = span.low / KEY_TILE, to = (span.high + KEY_TILE - 1) / KEY_TILE;
  for (int t = from; t < to; t++) {
    typename Ops::Mask mask = Ops::lanes(span.low - t * KEY_TILE, span.high - t * KEY_TILE);
    highest = Ops::max(Ops::select(mask, Ops::load_floats(scores + t * KEY_TILE), lowest), highest);
  }
  float powers = scale * 1.44269504088896341f;
  *maximum = Ops::highest(highest) * powers;
  typename Ops::Vec total = zero, factor = Ops::set(powers), shift = Ops::set(-*maximum);
  for (int t = tile; t < from; t++)
    Ops::store_weights(weights + t * KEY_TILE, zero);
  for (int t = from; t < to; t++) {
    typename Ops::Mask mask = Ops::lanes(span.low - t * KEY_TILE, span.high - t * KEY_TILE);
    typename Ops::Vec x = Ops::select(mask, Ops::load_floats(scores + t * KEY_TILE), zero);
    typename Ops::Vec w = Ops::select(mask, exp2_negative<Ops>(Ops::fma(x, factor, shift)), zero);
    total = Ops::add(total, w);
    Ops::store_weights(weights + t * KEY_TILE, w);
  }
  for (int t = to; t < end; t++)
    Ops::store_weights(weights + t * KEY_TILE, zero);
  *sum = Ops::total(total);
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

// The rows of a unit at work.
template <class Ops> struct Unit {
  typedef typename Ops::Element Element;

  const AttentionTask &task;
  const AttentionUnit &unit;
  const AttentionUnit *next; // that this worker probably has next, or null
  const AttentionScratch &scratch;
  int group, k_dim, v_dim, stride, steps;
  float maxima[UNIT_ROWS], totals[UNIT_ROWS];
  bool started[UNIT_ROWS];
  const uint8_t *keys[CHUNK_TILES], *values[CHUNK_TILES], *next_keys[CHUNK_TILES];

  Unit(const AttentionTask &t, const AttentionUnit &u, const AttentionUnit *following, const AttentionScratch &s)
      : task(t), unit(u), next(following), scratch(s), group(t.parameters.heads / t.cache.heads), k_dim(t.cache.k_dim),
        v_dim(t.cache.v_dim), stride((v_dim + 15) / 16 * 16), steps(k_dim / Ops::STEP) {}

  const QueryToken &token(int r) const { return unit.tokens[(unit.first_row + r) / group]; }
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
    const int32_t *table = cache.tables + static_cast<size_t>(unit.tokens->table_row) * cache.table_columns;
    size_t head_bytes = kv_head_bytes(cache.kv_type, cache.block_size, k_dim, v_dim);
    size_t values_offset = kv_values_offset(cache.kv_type, cache.block_size, k_dim);
    size_t key_tile = static_cast<size_t>(steps) * STEP_BYTES;
    size_t value_tile = static_cast<size_t>(KEY_TILE / Ops::STEP) * static_cast<size_t>(v_dim) * 4;
    int tiles_per_block = static_cast<int>(cache.block_size) / KEY_TILE;
    for (int t = span.low / KEY_TILE; t * KEY_TILE < span.high; t++) {
      int tile = chunk * CHUNK_TILES + t;
      int32_t id = table[tile / tiles_per_block];
      if (id < 0) { // freed and seen by no row
        keys[t] = values[t] = scratch.values + 2 * tile_capacity();
        continue;
      }
      const uint8_t *base = cache.pool + static_cast<size_t>(id) * cache.block_bytes + cache.cache_offset
                            + static_cast<size_t>(unit.kv_head) * head_bytes;
      size_t within = static_cast<size_t>(tile % tiles_per_block);
      keys[t] = base + within * key_tile;
      values[t] = base + values_offset + within * value_tile;
      int low = larger(span.low - t * KEY_TILE, 0), high = smaller(span.high - t * KEY_TILE, KEY_TILE);
      if (low > 0 || high < KEY_TILE)
        values[t] = copy_visible(values[t], low, high, scratch.values + (low > 0 ? 0 : tile_capacity()));
    }
  }

  // Addresses of the key tiles that come after a chunk: of the unit's next chunk, or of the next unit's first. Nothing
  // is read through them; where there is no tile they point at a key at hand.
  void look_ahead(int chunk, int last_chunk) {
    bool within = chunk < last_chunk;
    const AttentionUnit *u = within ? &unit : next;
    for (int t = 0; t < CHUNK_TILES; t++)
      next_keys[t] = keys[t];
    if (u == nullptr)
      return;
    const CacheView &cache = task.cache;
    const QueryToken &last = u->tokens[(u->first_row + u->rows - 1) / group];
    int from = within ? chunk + 1 : u->tokens[u->first_row / group].first_chunk;
    int tiles_per_block = static_cast<int>(cache.block_size) / KEY_TILE;
    size_t head_bytes = kv_head_bytes(cache.kv_type, cache.block_size, k_dim, v_dim);
    const int32_t *table = cache.tables + static_cast<size_t>(u->tokens->table_row) * cache.table_columns;
    for (int t = 0; t < CHUNK_TILES; t++) {
      int tile = from * CHUNK_TILES + t;
      int32_t id = tile * KEY_TILE <= last.position ? table[tile / tiles_per_block] : -1;
      if (id >= 0)
        next_keys[t] = cache.pool + static_cast<size_t>(id) * cache.block_bytes + cache.cache_offset
                       + static_cast<size_t>(u->kv_head) * head_bytes
                       + static_cast<size_t>(tile % tiles_per_block) * static_cast<size_t>(steps) * STEP_BYTES;
    }
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
    score<Ops, R>(static_cast<Element *>(scratch.q) + first * k_dim, keys, values, tile, end, steps, scratch.scores);
    for (int r = 0; r < R; r++) {
      if (spans[r].empty()) // not merged; weights only need to be numbers
        for (int t = tile; t < end; t++)
          Ops::store_weights(weights + r * CHUNK + t * KEY_TILE, Ops::set(0.0f));
      else
        soften<Ops>(scratch.scores + r * CHUNK, weights + r * CHUNK, tile, end, spans[r], task.parameters, &maximum[r],
                    &total[r]);
    }
    weigh<Ops, R>(weights, values, next_keys, tile, end, v_dim, scratch.chunk, stride);
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

  void chunk_rows(int chunk, int last_chunk) {
    Span all = {CHUNK, 0};
    for (int r = 0; r < unit.rows; r++) {
      Span span = visible(token(r), task.cache.window, chunk);
      if (!span.empty())
        all = {smaller(all.low, span.low), larger(all.high, span.high)};
    }
    if (all.empty())
      return;
    locate(chunk, all);
    look_ahead(chunk, last_chunk);
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
      chunk_rows(chunk, to);
    finish();
  }
};

template <class Ops>
static void compute_unit(const AttentionTask &task, const AttentionUnit &unit, const AttentionUnit *next,
                         const AttentionScratch &scratch) {
  Unit<Ops>(task, unit, next, scratch).run();
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
