#include "cublaslt.h"

#include <dlfcn.h>

namespace llmserving {
namespace gpu {

namespace {

// Values of the library's enumerations.
enum : int {
  STATUS_SUCCESS = 0,
  OPERATION_NONE = 0,
  OPERATION_TRANSPOSE = 1,
  REAL_32F = 0,
  REAL_16F = 2,
  REAL_16BF = 14,
  COMPUTE_32F = 68,
  DESC_TRANSPOSE_A = 3,
  DESC_TRANSPOSE_B = 4,
  PREFERENCE_WORKSPACE = 1,
  PREFERENCE_ALIGNMENT_A = 5, // B, C and D follow
};

struct Algorithm {
  uint64_t data[8];
};
struct HeuristicResult {
  Algorithm algorithm;
  size_t workspace_bytes;
  int status;
  float waves;
  int reserved[4];
};

constexpr uint64_t kLeastVersion = 120000;
constexpr size_t kMostPlans = 512; // then all are dropped: shapes of prompts vary without end
constexpr uint32_t kAlignment = 16;
constexpr const char *kNames[] = {"libcublasLt.so.13", "libcublasLt.so.12", "libcublasLt.so"};

int type_of(DType type) { return type == DType::F32 ? REAL_32F : type == DType::F16 ? REAL_16F : REAL_16BF; }

bool aligned(const void *p, int64_t stride, int64_t size) {
  return reinterpret_cast<uintptr_t>(p) % kAlignment == 0 && stride * size % kAlignment == 0;
}

std::string text_of(const char *call, int status) { return std::string(call) + " failed with status " + std::to_string(status); }

} // namespace

struct CublasLt::Functions {
  int (*create)(void **handle);
  int (*destroy)(void *handle);
  size_t (*version)();
  int (*desc_create)(void **desc, int compute, int scale_type);
  int (*desc_destroy)(void *desc);
  int (*desc_set)(void *desc, int attribute, const void *value, size_t bytes);
  int (*layout_create)(void **layout, int type, uint64_t rows, uint64_t columns, int64_t leading);
  int (*layout_destroy)(void *layout);
  int (*preference_create)(void **preference);
  int (*preference_destroy)(void *preference);
  int (*preference_set)(void *preference, int attribute, const void *value, size_t bytes);
  int (*heuristic)(void *handle, void *desc, void *a, void *b, void *c, void *d, void *preference, int requested,
                   HeuristicResult *results, int *found);
  int (*matmul)(void *handle, void *desc, const void *alpha, const void *a, void *a_layout, const void *b, void *b_layout,
                const void *beta, const void *c, void *c_layout, void *d, void *d_layout, const Algorithm *algorithm,
                void *workspace, size_t workspace_bytes, void *stream);

  // The name of the first function that is missing, or null.
  const char *load(void *library) {
    const char *missing = nullptr;
    auto find = [&](auto *&function, const char *name) {
      function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, name));
      if (function == nullptr && missing == nullptr)
        missing = name;
    };
    find(create, "cublasLtCreate");
    find(destroy, "cublasLtDestroy");
    find(version, "cublasLtGetVersion");
    find(desc_create, "cublasLtMatmulDescCreate");
    find(desc_destroy, "cublasLtMatmulDescDestroy");
    find(desc_set, "cublasLtMatmulDescSetAttribute");
    find(layout_create, "cublasLtMatrixLayoutCreate");
    find(layout_destroy, "cublasLtMatrixLayoutDestroy");
    find(preference_create, "cublasLtMatmulPreferenceCreate");
    find(preference_destroy, "cublasLtMatmulPreferenceDestroy");
    find(preference_set, "cublasLtMatmulPreferenceSetAttribute");
    find(heuristic, "cublasLtMatmulAlgoGetHeuristic");
    find(matmul, "cublasLtMatmul");
    return missing;
  }
};

// The library is column-major: it sees y^T [n x m] = w^T's transpose · x^T, that is A = w as [k x n] transposed, B = x as
// [k x m], D = y as [n x m], each with the row stride as its leading dimension.
struct CublasLt::Plan {
  Functions &f;
  void *desc = nullptr, *a = nullptr, *b = nullptr, *d = nullptr, *preference = nullptr;
  HeuristicResult result{};
  std::string failure; // empty: usable

  explicit Plan(Functions &functions) : f(functions) {}
  ~Plan() {
    if (preference != nullptr)
      f.preference_destroy(preference);
    for (void *layout : {a, b, d})
      if (layout != nullptr)
        f.layout_destroy(layout);
    if (desc != nullptr)
      f.desc_destroy(desc);
  }

  bool done(const char *call, int status) {
    if (status != STATUS_SUCCESS)
      failure = text_of(call, status);
    return status == STATUS_SUCCESS;
  }

  bool describe(const PlainProduct &p) {
    int transpose = OPERATION_TRANSPOSE, none = OPERATION_NONE, type = type_of(p.activations);
    uint64_t m = static_cast<uint64_t>(p.m), n = static_cast<uint64_t>(p.n), k = static_cast<uint64_t>(p.k);
    return done("cublasLtMatmulDescCreate", f.desc_create(&desc, COMPUTE_32F, REAL_32F)) &&
           done("cublasLtMatmulDescSetAttribute", f.desc_set(desc, DESC_TRANSPOSE_A, &transpose, sizeof transpose)) &&
           done("cublasLtMatmulDescSetAttribute", f.desc_set(desc, DESC_TRANSPOSE_B, &none, sizeof none)) &&
           done("cublasLtMatrixLayoutCreate", f.layout_create(&a, type, k, n, p.w_stride)) &&
           done("cublasLtMatrixLayoutCreate", f.layout_create(&b, type, k, m, p.x_stride)) &&
           done("cublasLtMatrixLayoutCreate", f.layout_create(&d, p.f32_out ? REAL_32F : type, n, m, p.y_stride));
  }

  bool choose(void *handle, uint64_t workspace_bytes) {
    if (!done("cublasLtMatmulPreferenceCreate", f.preference_create(&preference)) ||
        !done("cublasLtMatmulPreferenceSetAttribute",
              f.preference_set(preference, PREFERENCE_WORKSPACE, &workspace_bytes, sizeof workspace_bytes)))
      return false;
    for (int matrix = 0; matrix < 4; matrix++) // the library assumes 256 bytes where it is told nothing
      if (!done("cublasLtMatmulPreferenceSetAttribute",
                f.preference_set(preference, PREFERENCE_ALIGNMENT_A + matrix, &kAlignment, sizeof kAlignment)))
        return false;
    int found = 0;
    if (!done("cublasLtMatmulAlgoGetHeuristic", f.heuristic(handle, desc, a, b, d, d, preference, 1, &result, &found)))
      return false;
    if (found == 0)
      failure = "cuBLASLt has no algorithm for this product";
    return found != 0 && done("cublasLtMatmulAlgoGetHeuristic", result.status);
  }
};

std::unique_ptr<CublasLt> CublasLt::open(const char *library, std::string *reason) {
  std::unique_ptr<CublasLt> lt(new CublasLt);
  if (library != nullptr)
    lt->library_ = dlopen(library, RTLD_NOW | RTLD_LOCAL);
  for (const char *name : kNames)
    if (library == nullptr && lt->library_ == nullptr)
      lt->library_ = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (lt->library_ == nullptr) {
    *reason = std::string(library != nullptr ? library : kNames[0]) + " was not found: install cuBLAS 12 or newer for faster prompts";
    return nullptr;
  }
  lt->f_ = std::make_unique<Functions>();
  if (const char *missing = lt->f_->load(lt->library_)) {
    *reason = std::string("cuBLASLt has no ") + missing + ": install cuBLAS 12 or newer";
    return nullptr;
  }
  lt->version_ = lt->f_->version();
  if (lt->version_ < kLeastVersion) {
    *reason = "cuBLASLt is of version " + std::to_string(lt->version_) + ": install cuBLAS 12 or newer";
    return nullptr;
  }
  int status = lt->f_->create(&lt->handle_);
  if (status != STATUS_SUCCESS) {
    lt->handle_ = nullptr;
    *reason = text_of("cublasLtCreate", status);
    return nullptr;
  }
  return lt;
}

CublasLt::~CublasLt() {
  plans_.clear();
  if (handle_ != nullptr)
    f_->destroy(handle_);
  if (library_ != nullptr)
    dlclose(library_);
}

std::unique_ptr<CublasLt::Plan> CublasLt::make_plan(const PlainProduct &product, size_t workspace_bytes) {
  auto plan = std::make_unique<Plan>(*f_);
  if (plan->describe(product))
    plan->choose(handle_, workspace_bytes);
  return plan;
}

CublasLt::Plan *CublasLt::plan_of(const PlainProduct &p, size_t workspace_bytes) {
  Key key(p.activations, p.f32_out, p.m, p.n, p.k, p.x_stride, p.w_stride, p.y_stride, workspace_bytes);
  auto known = plans_.find(key);
  if (known != plans_.end())
    return known->second.get();
  if (plans_.size() >= kMostPlans)
    plans_.clear();
  return plans_.emplace(key, make_plan(p, workspace_bytes)).first->second.get();
}

bool CublasLt::multiply(const PlainProduct &p, void *workspace, size_t workspace_bytes, void *stream, std::string *reason) {
  bool known = p.activations == DType::BF16 || p.activations == DType::F16;
  if (!known || p.m < 1 || p.n < 1 || p.k < 1 || !aligned(p.x, p.x_stride, 2) || !aligned(p.w, p.w_stride, 2) ||
      !aligned(p.y, p.y_stride, p.f32_out ? 4 : 2)) {
    *reason = "cuBLASLt is used for bf16 and f16 matrices with 16-byte aligned rows";
    return false;
  }
  std::lock_guard<std::mutex> guard(lock_);
  Plan &plan = *plan_of(p, workspace_bytes);
  if (!plan.failure.empty()) {
    *reason = plan.failure;
    return false;
  }
  float one = 1, zero = 0;
  int status = f_->matmul(handle_, plan.desc, &one, p.w, plan.a, p.x, plan.b, &zero, p.y, plan.d, p.y, plan.d,
                          &plan.result.algorithm, workspace, plan.result.workspace_bytes, stream);
  if (status != STATUS_SUCCESS)
    *reason = text_of("cublasLtMatmul", status);
  return status == STATUS_SUCCESS;
}

} // namespace gpu
} // namespace llmserving
