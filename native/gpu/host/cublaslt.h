// NVIDIA's cuBLASLt, found at run time, for products of many tokens with plain weights. Where it is absent, too old or has
// no algorithm, the caller uses the project's own kernels; the reason is kept as text.
//
// Declared from the library's public documentation (docs.nvidia.com/cuda/cublas, "Using the cuBLASLt API").
#ifndef LLMSERVING_GPU_HOST_CUBLASLT_H
#define LLMSERVING_GPU_HOST_CUBLASLT_H

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <type_traits>

#include "llmserving/gpu/launch.h"

namespace llmserving {
namespace gpu {

// y[m][n] = x[m][k] · w[n][k]^T: row-major, strides in elements; x and w of the activations' type, y of that or f32.
struct PlainProduct {
  DType activations;
  bool f32_out;
  int32_t m, n, k;
  int64_t x_stride, w_stride, y_stride;
  const void *x, *w;
  void *y;
};

class CublasLt {
public:
  // library: a path, or null for the usual names. Null where it cannot be used; `reason` then says why and what helps.
  static std::unique_ptr<CublasLt> open(const char *library, std::string *reason);
  ~CublasLt();
  CublasLt(const CublasLt &) = delete;
  CublasLt &operator=(const CublasLt &) = delete;

  uint64_t version() const { return version_; } // 10000 * major + 100 * minor + patch
  // Enqueues a product on a stream (a CUstream). workspace: device memory that no other stream uses meanwhile. False:
  // nothing was enqueued, `reason` says why. Any thread may call; shapes seen before cost no search.
  bool multiply(const PlainProduct &product, void *workspace, size_t workspace_bytes, void *stream, std::string *reason);

private:
  struct Functions;
  struct Plan;
  using Key = std::tuple<DType, bool, int32_t, int32_t, int32_t, int64_t, int64_t, int64_t, size_t>;

  CublasLt() = default;
  Plan *plan_of(const PlainProduct &product, size_t workspace_bytes);
  std::unique_ptr<Plan> make_plan(const PlainProduct &product, size_t workspace_bytes);

  void *library_ = nullptr;
  std::unique_ptr<Functions> f_;
  void *handle_ = nullptr;
  uint64_t version_ = 0;
  std::mutex lock_;
  std::map<Key, std::unique_ptr<Plan>> plans_;
};

} // namespace gpu
} // namespace llmserving

#endif
