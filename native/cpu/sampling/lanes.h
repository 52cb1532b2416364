// Vectors of LLMSERVING_LANES floats in the compiler's own vector types, and the functions on them. No contraction, no
// approximate instruction: the same bits at every width.
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "sampling/kernels.h"

namespace llmserving {
namespace LLMSERVING_KERNEL_NAMESPACE {

constexpr int LANES = LLMSERVING_LANES;
constexpr size_t BLOCK = 16;
constexpr int PARTS = 16 / LANES; // vectors of a block

typedef float Floats __attribute__((vector_size(4 * LANES)));
typedef int32_t Ints __attribute__((vector_size(4 * LANES)));
typedef uint64_t Longs __attribute__((vector_size(4 * LANES)));

static inline Floats set(float x) { return x - Floats{}; }
static inline Ints set(int32_t x) { return x - Ints{}; }
static inline Floats load(const float *p) {
  Floats x;
  memcpy(&x, p, sizeof(x));
  return x;
}
static inline Ints load(const int32_t *p) {
  Ints x;
  memcpy(&x, p, sizeof(x));
  return x;
}
static inline void store(float *p, Floats x) { memcpy(p, &x, sizeof(x)); }
// a > b ? a : b, by the one instruction that x86 has for it.
static inline Floats greater(Floats a, Floats b) {
#if LLMSERVING_LANES == 16
  return (Floats)_mm512_max_ps((__m512)a, (__m512)b);
#elif LLMSERVING_LANES == 8
  return (Floats)_mm256_max_ps((__m256)a, (__m256)b);
#elif defined(__x86_64__)
  return (Floats)_mm_max_ps((__m128)a, (__m128)b);
#else
  return a > b ? a : b;
#endif
}
static inline Floats lesser(Floats a, Floats b) { return a < b ? a : b; }
static inline Ints ascending() {
  Ints x;
  for (int i = 0; i < LANES; i++)
    x[i] = i;
  return x;
}

// One bit per lane of a comparison's result.
static inline uint32_t bits(Ints mask) {
#if LLMSERVING_LANES == 16
  return _mm512_movepi32_mask((__m512i)mask);
#elif LLMSERVING_LANES == 8
  return static_cast<uint32_t>(_mm256_movemask_ps((__m256)mask));
#elif defined(__x86_64__)
  return static_cast<uint32_t>(_mm_movemask_ps((__m128)mask));
#else
  uint32_t result = 0;
  for (int i = 0; i < LANES; i++)
    result |= (static_cast<uint32_t>(mask[i]) & 1u) << i;
  return result;
#endif
}

// Writes the lanes that have a bit in `wanted`, in their order, and returns how many they are. There is room for all lanes.
static inline size_t append(Floats v, Ints id, uint32_t wanted, float *values, int32_t *ids) {
#if LLMSERVING_LANES == 16
  store(values, (Floats)_mm512_maskz_compress_ps(static_cast<__mmask16>(wanted), (__m512)v));
  Ints chosen = (Ints)_mm512_maskz_compress_epi32(static_cast<__mmask16>(wanted), (__m512i)id);
  memcpy(ids, &chosen, sizeof(chosen));
  return static_cast<size_t>(__builtin_popcount(wanted));
#else
  size_t count = 0;
  for (; wanted != 0; wanted &= wanted - 1) {
    int j = __builtin_ctz(wanted);
    values[count] = v[j];
    ids[count++] = id[j];
  }
  return count;
#endif
}

// exp for x <= 0; below -86 as at -86. 2^(n + f) with f in [-1/2, 1/2]: a polynomial of least relative error for 2^f, whose
// exponent n is added to: 1e-7, and as much for each unit of |x|.
static inline Floats exp_negative(Floats x) {
  Floats z = greater(x * 1.44269504f, set(-125.0f));
  Floats shifted = z + 12582912.0f; // n in the lowest bits
  Floats f = z - (shifted - 12582912.0f);
  Floats p = f * 1.53533416e-4f + 1.33989006e-3f;
  p = p * f + 9.61843785e-3f;
  p = p * f + 5.55033237e-2f;
  p = p * f + 2.40226477e-1f;
  p = p * f + 6.93147182e-1f;
  p = p * f + 1.0f;
  return (Floats)((Ints)p + ((Ints)shifted << 23));
}

// log for normal x > 0: 2^k m with m in [sqrt(1/2), sqrt(2)), log m = 2 artanh((m - 1) / (m + 1)).
static inline Floats log_positive(Floats x) {
  Ints shifted = (Ints)x - 0x3f3504f3; // sqrt(1/2)
  Floats k = __builtin_convertvector(shifted >> 23, Floats);
  Floats m = (Floats)((shifted & 0x007fffff) + 0x3f3504f3);
  Floats s = (m - 1.0f) / (m + 1.0f), s2 = s * s;
  Floats p = s2 * 1.11111111e-1f + 1.42857143e-1f;
  p = p * s2 + 0.2f;
  p = p * s2 + 3.33333333e-1f;
  Floats log_m = 2.0f * s + 2.0f * s * s2 * p;
  return (k * 0.693359375f) + (k * -2.12194440e-4f + log_m);
}

} // namespace LLMSERVING_KERNEL_NAMESPACE
} // namespace llmserving
