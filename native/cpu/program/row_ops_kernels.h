// The kernels of row_ops.h, included by one translation unit per instruction set into a namespace of its own.
// Written for the compiler's vectorizer: sixteen lanes, summed pairwise at the end.

namespace {

float lane_sum(const float *lanes) {
  float eight[8], four[4];
  for (int i = 0; i < 8; i++)
    eight[i] = lanes[i] + lanes[i + 8];
  for (int i = 0; i < 4; i++)
    four[i] = eight[i] + eight[i + 4];
  return (four[0] + four[2]) + (four[1] + four[3]);
}

float sum(const float *x, size_t n) {
  float lanes[16] = {};
  size_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (int l = 0; l < 16; l++)
      lanes[l] += x[i + l];
  for (int l = 0; i < n; i++, l++)
    lanes[l] += x[i];
  return lane_sum(lanes);
}

float sum_of_squares(const float *x, float mean, size_t n) {
  float lanes[16] = {};
  size_t i = 0;
  for (; i + 16 <= n; i += 16)
    for (int l = 0; l < 16; l++)
      lanes[l] += (x[i + l] - mean) * (x[i + l] - mean);
  for (int l = 0; i < n; i++, l++)
    lanes[l] += (x[i] - mean) * (x[i] - mean);
  return lane_sum(lanes);
}

void rms_norm(const float *x, const float *scale, float epsilon, float added, size_t n, float *y) {
  float inverse = 1.0f / __builtin_sqrtf(sum_of_squares(x, 0.0f, n) / static_cast<float>(n) + epsilon);
  for (size_t i = 0; i < n; i++)
    y[i] = x[i] * inverse * (scale[i] + added);
}

void layer_norm(const float *x, const float *scale, const float *bias, float epsilon, float added, size_t n,
                float *y) {
  float mean = sum(x, n) / static_cast<float>(n);
  float inverse = 1.0f / __builtin_sqrtf(sum_of_squares(x, mean, n) / static_cast<float>(n) + epsilon);
  for (size_t i = 0; i < n; i++)
    y[i] = (x[i] - mean) * inverse * (scale[i] + added) + (bias ? bias[i] : 0.0f);
}

// e^x as 2^(n + f) with f in [-1/2, 1/2]: a polynomial of least relative error for 2^f, whose exponent n is added to. 1e-7,
// and as much for each unit of |x|.
inline float exponential(float x) {
  float z = x * 1.44269504f;
  z = z < -125.0f ? -125.0f : z > 127.0f ? 127.0f : z;
  union Bits {
    float f;
    unsigned i;
  } shifted = {z + 12582912.0f}; // 1.5 * 2^23: n in the lowest bits
  float f = z - (shifted.f - 12582912.0f);
  float p = 1.53533416e-4f;
  p = p * f + 1.33989006e-3f;
  p = p * f + 9.61843785e-3f;
  p = p * f + 5.55033237e-2f;
  p = p * f + 2.40226477e-1f;
  p = p * f + 6.93147182e-1f;
  Bits power = {p * f + 1.0f};
  power.i += shifted.i << 23;
  return power.f;
}

inline float tanh_of(float x) {
  float e = exponential(2.0f * (x < -15.0f ? -15.0f : x > 15.0f ? 15.0f : x));
  return (e - 1.0f) / (e + 1.0f);
}

void activate_multiply(const float *gate, const float *up, int kind, size_t n, float *y) {
  if (kind == 0) {
    for (size_t i = 0; i < n; i++)
      y[i] = gate[i] / (1.0f + exponential(-gate[i])) * up[i];
  } else if (kind == 1) {
    for (size_t i = 0; i < n; i++) {
      float g = gate[i];
      float inner = 0.7978845608028654f * (g + 0.044715f * g * g * g);
      y[i] = 0.5f * g * (1.0f + tanh_of(inner)) * up[i];
    }
  } else {
    for (size_t i = 0; i < n; i++)
      y[i] = 0.5f * gate[i] * (1.0f + __builtin_erff(gate[i] * 0.7071067811865476f)) * up[i];
  }
}

void add(const float *a, const float *b, size_t n, float *y) {
  for (size_t i = 0; i < n; i++)
    y[i] = a[i] + b[i];
}

void scale(float factor, size_t n, float *y) {
  for (size_t i = 0; i < n; i++)
    y[i] *= factor;
}

void scale_and_cap(float factor, float cap, size_t n, float *y) {
  if (cap == 0.0f) {
    scale(factor, n, y);
    return;
  }
  for (size_t i = 0; i < n; i++)
    y[i] = cap * tanh_of(factor * y[i] / cap);
}

} // namespace

const RowOps table = {rms_norm, layer_norm, activate_multiply, add, scale, scale_and_cap};
