// Which keys a row sees, and from their scores to weights: what a row's attention is besides products. Included inside an
// instruction set's unit, as attention_kernel.h is.
#ifndef LLMSERVING_ATTENTION_SOFTMAX_KERNEL_H
#define LLMSERVING_ATTENTION_SOFTMAX_KERNEL_H

#ifndef LLMSERVING_KERNEL_NAMESPACE
#error "define LLMSERVING_KERNEL_NAMESPACE before including this file"
#endif

#include <cstring>

#include "attention/kernels.h"
#include "attention/kv_layout.h"

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
// rounding; rough: of degree 3, 5.5e-6. Not a number stays so; below -126 counts as -126.
template <class Ops, bool Rough = false> static inline typename Ops::Vec exp2_negative(typename Ops::Vec x) {
  x = Ops::max(Ops::set(-126.0f), x);
  typename Ops::Vec n = Ops::round(x), f = Ops::sub(x, n), p;
  if constexpr (Rough) {
    p = Ops::set(9.67603710e-3f);
    p = Ops::fma(p, f, Ops::set(5.60057884e-2f));
    p = Ops::fma(p, f, Ops::set(2.40221678e-1f));
    p = Ops::fma(p, f, Ops::set(6.93105334e-1f));
  } else {
    p = Ops::set(1.55946778e-4f);
    p = Ops::fma(p, f, Ops::set(1.34066434e-3f));
    p = Ops::fma(p, f, Ops::set(9.61769279e-3f));
    p = Ops::fma(p, f, Ops::set(5.55031039e-2f));
    p = Ops::fma(p, f, Ops::set(2.40226522e-1f));
    p = Ops::fma(p, f, Ops::set(6.93147242e-1f));
  }
  p = Ops::fma(p, f, Ops::set(1.0f));
  return Ops::scale(p, n);
}

// A weight, 2^x for x <= 0: one that becomes bf16 or a 16-bit integer keeps less than what the rough power loses.
template <class Ops> static inline typename Ops::Vec weight(typename Ops::Vec x) {
  return exp2_negative<Ops, Ops::ROUNDED_WEIGHTS>(x);
}

// tanh(x) = sign(x) (1 - e) / (1 + e), e = exp(-2|x|)
template <class Ops> static inline typename Ops::Vec tanh(typename Ops::Vec x) {
  typename Ops::Vec one = Ops::set(1.0f);
  typename Ops::Vec e = exp2_negative<Ops>(Ops::mul(Ops::abs(x), Ops::set(-2.0f * 1.44269504088896341f)));
  return Ops::copy_sign(Ops::div(Ops::sub(one, e), Ops::add(one, e)), x);
}

// Which of a chunk's tiles a row sees: some keys of tiles [from, to), all keys of tiles [whole, whole_end).
struct TileSpan {
  int from, whole, whole_end, to;
  explicit TileSpan(Span span)
      : from(span.low / KEY_TILE), whole((span.low + KEY_TILE - 1) / KEY_TILE),
        whole_end(larger(span.high / KEY_TILE, whole)), to((span.high + KEY_TILE - 1) / KEY_TILE) {}

  // partly(t) for tiles of which the row sees some keys, wholly(t) for the others, in ascending order.
  template <class Partly, class Wholly> inline void each(Partly partly, Wholly wholly) const {
    if (whole == 0 && whole_end == CHUNK_TILES) { // as nearly always
      LLMSERVING_UNROLL
      for (int t = 0; t < CHUNK_TILES; t++)
        wholly(t);
      return;
    }
    for (int t = from; t < smaller(whole, to); t++)
      partly(t);
    for (int t = whole; t < whole_end; t++)
      wholly(t);
    for (int t = whole_end; t < to; t++)
      partly(t);
  }
};

// From products, times `row_scale`, to powers of two: what they are multiplied by, once a soft cap is applied to tiles
// [tile, end).
template <class Ops>
static float cap_scores(float *scores, int tile, int end, const AttentionParameters &parameters, float row_scale) {
  constexpr float LOG2_E = 1.44269504088896341f;
  if (parameters.soft_cap == 0)
    return parameters.scale * LOG2_E * row_scale;
  typename Ops::Vec inverse = Ops::set(parameters.scale / parameters.soft_cap * row_scale);
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
        typename Ops::Vec w = Ops::select(mask, weight<Ops>(Ops::fma(x, factor, shift)), zero);
        total = Ops::add(total, w);
        Ops::store_weights(weights + t * KEY_TILE, w);
      },
      [&](int t) {
        typename Ops::Vec w = weight<Ops>(Ops::fma(Ops::load_floats(scores + t * KEY_TILE), factor, shift));
        total = Ops::add(total, w);
        Ops::store_weights(weights + t * KEY_TILE, w);
      });
  for (int t = tiles.to; t < end; t++)
    Ops::store_weights(weights + t * KEY_TILE, zero);
  return Ops::total(total);
}

// What the product of a row of 16-bit integers with int8 codes becomes a float by: the codes' zero point times the sum of
// the row, and the row's scale. Float types leave it unused.
struct Quantized {
  int32_t offset;
  float scale;
};

constexpr float LEAST_QUANTIZED = 1e-30f; // rows below it count as zero
constexpr float MOST_INTEGER = 32512.0f;  // 127 * 256: the upper of two signed bytes stays within 127
constexpr float ROUND_BITS = 12582912.0f; // 1.5 * 2^23: adding it rounds to an integer, whose bits are the sum's lower ones

// What brings magnitudes up to `most` to MOST_INTEGER; 0 where they are not finite or count as zero.
static inline float inverse_of(float most) { return most > LEAST_QUANTIZED ? MOST_INTEGER / most : 0.0f; }

// The scale of integers of `most`, not a number where that is not finite: then a product shows it.
static inline float scale_of(float most) { return most * (1.0f / MOST_INTEGER) + most * 0.0f; }

// A query as 16-bit integers with one scale, which is 256 times finer than int8. x: `count` floats, zeros up to the next
// multiple of 16. Magnitudes are compared by their bits, where not a number exceeds all numbers.
template <class Ops> static inline Quantized quantize_query(const float *x, int count, typename Ops::Element *y) {
  typename Ops::Vec highest = Ops::set(0.0f);
  for (int i = 0; i < count; i += 16)
    highest = Ops::max_bits(Ops::abs(Ops::load_floats(x + i)), highest);
  float most = Ops::highest_bits(highest);
  typename Ops::Vec inverse = Ops::set(inverse_of(most));
  typename Ops::Integers sum = Ops::no_integers();
  for (int i = 0; i < count; i += 16)
    sum = Ops::store_integers(y + i, Ops::load_floats(x + i), inverse, sum);
  return {Ops::offset(sum, (count + 15) / 16), scale_of(most)};
}

// As weights_of, for int8 values: weights take in the values' scales (at `scales` of each tile) and become 16-bit integers
// of their greatest. Scores are overwritten. Scales that the row may not see, whatever they are, count as zero.
template <class Ops>
static inline Quantized integer_weights(float *scores, typename Ops::Element *weights, const uint8_t *const *values,
                                        size_t scales, int tile, int end, Span span, float powers, float maximum,
                                        float *total_weight) {
  typename Ops::Vec zero = Ops::set(0.0f), total = zero, factor = Ops::set(powers), shift = Ops::set(-maximum);
  typename Ops::Vec highest = zero;
  TileSpan tiles(span);
  auto keep = [&](int t, typename Ops::Vec w, typename Ops::Vec scale) {
    typename Ops::Vec x = Ops::mul(w, scale);
    total = Ops::add(total, w);
    highest = Ops::max_bits(x, highest);
    Ops::store(scores + t * KEY_TILE, x);
  };
  auto scale_at = [&](int t) { return Ops::load_floats(reinterpret_cast<const float *>(values[t] + scales)); };
  tiles.each(
      [&](int t) {
        typename Ops::Mask mask = Ops::lanes(span.low - t * KEY_TILE, span.high - t * KEY_TILE);
        typename Ops::Vec x = Ops::select(mask, Ops::load_floats(scores + t * KEY_TILE), zero);
        keep(t, Ops::select(mask, weight<Ops>(Ops::fma(x, factor, shift)), zero),
             Ops::select(mask, scale_at(t), zero));
      },
      [&](int t) {
        keep(t, weight<Ops>(Ops::fma(Ops::load_floats(scores + t * KEY_TILE), factor, shift)), scale_at(t));
      });
  *total_weight = Ops::total(total);
  float most = Ops::highest_bits(highest);
  typename Ops::Vec inverse = Ops::set(inverse_of(most));
  typename Ops::Integers sum = Ops::no_integers();
  for (int t = tile; t < end; t++) {
    bool seen = t >= tiles.from && t < tiles.to;
    typename Ops::Vec x = seen ? Ops::load_floats(scores + t * KEY_TILE) : zero;
    sum = Ops::store_integers(weights + t * KEY_TILE, x, inverse, sum);
  }
  return {Ops::offset(sum, end - tile), scale_of(most)};
}

// Factors that bring two partial results to their common maximum. One of them is 1. All lanes are numbers of some kind.
struct Factors {
  alignas(64) float before[16], after[16], maximum[16];
};

template <class Ops> static inline void merge_factors(const float *before, const float *after, Factors *factors) {
  typename Ops::Vec x = Ops::load_floats(before), y = Ops::load_floats(after), maximum = Ops::max(x, y);
  Ops::store(factors->before, exp2_negative<Ops>(Ops::sub(x, maximum)));
  Ops::store(factors->after, exp2_negative<Ops>(Ops::sub(y, maximum)));
  Ops::store(factors->maximum, maximum);
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

} // namespace LLMSERVING_KERNEL_NAMESPACE
} // namespace llmserving

#endif
