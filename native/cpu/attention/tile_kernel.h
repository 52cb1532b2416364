// Products over tiles: scores of rows against tiles of 16 keys, and sums of values that rows' weights multiply. Included
// inside an instruction set's unit, as attention_kernel.h is.
#include "attention/read_ahead.h"
#include "attention/softmax_kernel.h"

namespace llmserving {
namespace LLMSERVING_KERNEL_NAMESPACE {

constexpr size_t STEP_BYTES = 64; // of 16 keys or 16 dimensions

template <class Ops, int R, int T>
static inline void score_tiles(const typename Ops::Element *q, const uint8_t *const *keys, int tile, int steps,
                               const Quantized *rows, float *scores, ReadAhead &ahead) {
  typename Ops::Sum sum[T][R];
  LLMSERVING_UNROLL
  for (int t = 0; t < T; t++)
    LLMSERVING_UNROLL
    for (int r = 0; r < R; r++)
      sum[t][r] = Ops::start(rows[r]);
  const uint8_t *key[T];
  LLMSERVING_UNROLL
  for (int t = 0; t < T; t++)
    key[t] = keys[tile + t];
  for (int s = 0; s < steps; s++) {
    typename Ops::Data data[T];
    LLMSERVING_UNROLL
    for (int t = 0; t < T; t++)
      data[t] = Ops::load(key[t] + static_cast<size_t>(s) * STEP_BYTES);
    if (R <= AHEAD_ROWS)
      ahead.lines(T);
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
      Ops::store(scores + r * CHUNK + (tile + t) * KEY_TILE,
                 Ops::finish_score(sum[t][r], key[t] + static_cast<size_t>(steps) * STEP_BYTES));
}

template <class Ops, int R>
static void score(const typename Ops::Element *q, const uint8_t *const *keys, int tile, int end, int steps,
                  const Quantized *rows, float *scores, ReadAhead &ahead) {
  constexpr int T = Ops::key_tiles(R);
  for (; tile + T <= end; tile += T)
    score_tiles<Ops, R, T>(q, keys, tile, steps, rows, scores, ahead);
  if (T > 4 && tile + 4 <= end) {
    score_tiles<Ops, R, (T > 4 ? 4 : 1)>(q, keys, tile, steps, rows, scores, ahead);
    tile += 4;
  }
  if (T > 2 && tile + 2 <= end) {
    score_tiles<Ops, R, (T > 2 ? 2 : 1)>(q, keys, tile, steps, rows, scores, ahead);
    tile += 2;
  }
  for (; tile < end; tile++)
    score_tiles<Ops, R, 1>(q, keys, tile, steps, rows, scores, ahead);
}

// Where a row's weighted values go: there, or joined with what is there, each side times its factor.
struct RowTarget {
  float *values;
  float before, after;
  bool joins;
};

template <class Ops, int R, int J>
static inline void weigh_vectors(const typename Ops::Element *weights, const uint8_t *const *values, int tile, int end,
                                 int v_dim, int first, bool half_last, const Quantized *rows, const RowTarget *targets,
                                 ReadAhead &ahead) {
  typename Ops::Sum sum[J][R];
  LLMSERVING_UNROLL
  for (int j = 0; j < J; j++)
    LLMSERVING_UNROLL
    for (int r = 0; r < R; r++)
      sum[j][r] = Ops::start(rows[r]);
  size_t row_bytes = static_cast<size_t>(v_dim) * 4;
  for (; tile < end; tile++) {
    const uint8_t *value = values[tile] + static_cast<size_t>(first) * STEP_BYTES;
    const typename Ops::Element *w = weights + tile * KEY_TILE;
    for (int s = 0; s < KEY_TILE / Ops::STEP; s++, value += row_bytes, w += Ops::STEP) {
      typename Ops::Data data[J];
      LLMSERVING_UNROLL
      for (int j = 0; j + 1 < J; j++)
        data[j] = Ops::load(value + j * STEP_BYTES);
      if (R <= AHEAD_ROWS)
        ahead.lines(J);
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
  for (int r = 0; r < R; r++) {
    typename Ops::Vec before = Ops::set(targets[r].before), after = Ops::set(targets[r].after);
    float *to = targets[r].values + first * 16;
    LLMSERVING_UNROLL
    for (int j = 0; j < J; j++) {
      typename Ops::Vec more = Ops::finish_value(sum[j][r], rows[r]);
      if (targets[r].joins)
        more = Ops::fma(more, after, Ops::mul(Ops::load_floats(to + j * 16), before));
      Ops::store(to + j * 16, more);
    }
  }
}

template <class Ops, int R>
static void weigh(const typename Ops::Element *weights, const uint8_t *const *values, int tile, int end, int v_dim,
                  const Quantized *rows, const RowTarget *targets, int stride, ReadAhead &ahead) {
  constexpr int J = Ops::value_vectors(R);
  int vectors = stride / 16;
  bool half = v_dim % 16 != 0;
  int first = 0;
  for (; first + J <= vectors; first += J)
    weigh_vectors<Ops, R, J>(weights, values, tile, end, v_dim, first, half && first + J == vectors, rows, targets, ahead);
  if (J > 4 && first + 4 <= vectors) {
    weigh_vectors<Ops, R, (J > 4 ? 4 : 1)>(weights, values, tile, end, v_dim, first, half && first + 4 == vectors,
                                           rows, targets, ahead);
    first += 4;
  }
  if (J > 2 && first + 2 <= vectors) {
    weigh_vectors<Ops, R, (J > 2 ? 2 : 1)>(weights, values, tile, end, v_dim, first, half && first + 2 == vectors,
                                           rows, targets, ahead);
    first += 2;
  }
  for (; first < vectors; first++)
    weigh_vectors<Ops, R, 1>(weights, values, tile, end, v_dim, first, half && first + 1 == vectors, rows, targets, ahead);
}

} // namespace LLMSERVING_KERNEL_NAMESPACE
} // namespace llmserving
