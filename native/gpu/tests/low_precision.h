// Arrays of 16-bit and 8-bit numbers for tests, and how far results may be from a reference in double precision.
#ifndef LLMSERVING_GPU_TESTS_LOW_PRECISION_H
#define LLMSERVING_GPU_TESTS_LOW_PRECISION_H

#include <cmath>
#include <vector>

#include "llmserving/gpu/launch.h"
#include "llmserving/gpu/platform/types.h"
#include "tests/check.h"

namespace llmserving {
namespace gputest {

template <class T> constexpr gpu::DType dtype_of();
template <> constexpr gpu::DType dtype_of<float>() { return gpu::DType::F32; }
template <> constexpr gpu::DType dtype_of<gpu::bf16>() { return gpu::DType::BF16; }
template <> constexpr gpu::DType dtype_of<gpu::f16>() { return gpu::DType::F16; }

// Distance of neighbouring numbers, relative to their size, at most.
template <class T> constexpr double epsilon_of();
template <> constexpr double epsilon_of<float>() { return 0x1p-23; }
template <> constexpr double epsilon_of<gpu::bf16>() { return 0x1p-7; }
template <> constexpr double epsilon_of<gpu::f16>() { return 0x1p-10; }

template <class T> std::vector<T> random_values(llmserving_test::Random &random, size_t count, float scale = 1) {
  std::vector<T> values(count);
  for (T &value : values)
    value = gpu::from_float<T>(scale * random.uniform());
  return values;
}

// A sum of products in double precision, and of their magnitudes.
struct Sum {
  double value = 0, magnitude = 0;
  void add(double product) {
    value += product;
    magnitude += std::fabs(product);
  }
};

// Whether a result of type T stands for a sum of `terms` products in f32: hardware may add and truncate in any order.
template <class T> bool near(T result, const Sum &sum, double terms) {
  double error = std::fabs(static_cast<double>(gpu::to_float(result)) - sum.value);
  return error <= terms * 0x1p-22 * sum.magnitude + epsilon_of<T>() * std::fabs(sum.value) + 1e-7;
}

} // namespace gputest
} // namespace llmserving

#endif
