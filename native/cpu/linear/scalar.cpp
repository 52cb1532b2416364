// The kernels in plain C++: for machines without a known instruction set, and to hold the others against.
#include "linear/activations.h"
#include "linear/backend.h"
#include "linear/blocks.h"
#include "linear/formats.h"

namespace llmserving {
namespace {

struct F {
  float v[16];
};
struct I {
  int32_t v[16];
};
struct B {
  uint8_t v[64];
};

constexpr int kPanels = 1;
constexpr int kMostColumns = 4;
constexpr unsigned kWidths = 0x09;
#define kUnroll 0
constexpr bool kOffsetWide = true;

template <class T, class Body> inline T lanes(Body body) {
  T r;
  for (int i = 0; i < 16; i++) {
    r.v[i] = body(i);
  }
  return r;
}

template <class Body> inline B bytes(Body body) {
  B r;
  for (int i = 0; i < 64; i++) {
    r.v[i] = static_cast<uint8_t>(body(i));
  }
  return r;
}

inline F load_f(const float *p) {
  return lanes<F>([&](int i) { return p[i]; });
}
inline void store_f(float *p, F x) {
  for (int i = 0; i < 16; i++) {
    p[i] = x.v[i];
  }
}
inline F set_f(float x) {
  return lanes<F>([&](int) { return x; });
}
inline F fma(F a, F b, F c) {
  return lanes<F>([&](int i) { return __builtin_fmaf(a.v[i], b.v[i], c.v[i]); });
}
inline F mul(F a, F b) {
  return lanes<F>([&](int i) { return a.v[i] * b.v[i]; });
}
inline F add(F a, F b) {
  return lanes<F>([&](int i) { return a.v[i] + b.v[i]; });
}
inline F sub(F a, F b) {
  return lanes<F>([&](int i) { return a.v[i] - b.v[i]; });
}
inline F to_f(I a) {
  return lanes<F>([&](int i) { return static_cast<float>(a.v[i]); });
}
inline I set_i(int32_t x) {
  return lanes<I>([&](int) { return x; });
}
inline B load_b(const uint8_t *p) {
  return bytes([&](int i) { return p[i]; });
}
template <int Shift, int Mask> inline B take(B x) {
  return bytes([&](int i) { return (Shift >= 0 ? x.v[i] >> (Shift & 7) : x.v[i] << (-Shift & 7)) & Mask; });
}
template <int Shift, int Mask> inline B merge(B x, B y) {
  B z = take<Shift, Mask>(y);
  return bytes([&](int i) { return x.v[i] | z.v[i]; });
}
inline B lookup(B x) {
  return bytes([&](int i) { return kCodebook[x.v[i]]; });
}
inline I dot(I acc, B w, int32_t a) {
  int8_t b[4];
  __builtin_memcpy(b, &a, 4);
  return lanes<I>([&](int i) {
    const uint8_t *p = w.v + 4 * i;
    return acc.v[i] + p[0] * b[0] + p[1] * b[1] + p[2] * b[2] + p[3] * b[3];
  });
}
inline I dot_wide(I acc, B w, int32_t a) { return dot(acc, w, a); }
inline F load_half(const uint8_t *p) {
  return lanes<F>([&](int i) { return half_to_float(static_cast<uint16_t>(p[2 * i] | p[2 * i + 1] << 8)); });
}
inline I load_u8(const uint8_t *p) {
  return lanes<I>([&](int i) { return p[i]; });
}
inline I load_i8(const uint8_t *p) {
  return lanes<I>([&](int i) { return static_cast<int8_t>(p[i]); });
}
template <int Shift> inline I nibble(I x) {
  return lanes<I>([&](int i) { return x.v[i] >> Shift & 15; });
}
template <int J> inline I lane_byte(B x) {
  return lanes<I>([&](int i) { return x.v[4 * i + J]; });
}
inline float bf16_at(const uint8_t *p) {
  uint32_t bits = static_cast<uint32_t>(p[0]) << 16 | static_cast<uint32_t>(p[1]) << 24;
  float value;
  __builtin_memcpy(&value, &bits, 4);
  return value;
}
inline F bf16_low(const uint8_t *p) {
  return lanes<F>([&](int i) { return bf16_at(p + 4 * i); });
}
inline F bf16_high(const uint8_t *p) {
  return lanes<F>([&](int i) { return bf16_at(p + 4 * i + 2); });
}
template <bool Near> inline void prefetch(const uint8_t *) {}

#include "linear/quantize.inc"

#include "linear/kernels.inc"

} // namespace

const LinearBackend &scalar_linear_backend() {
  static const LinearBackend backend{kWidths, linear_of, pack_of};
  return backend;
}

} // namespace llmserving
