// A stand-in for libcublasLt in tests: the entry points that are used, on host memory, with loops. It reads layouts and
// descriptors as the library's documentation defines them, and keeps account of calls and of objects that live.
#include <cstdint>
#include <cstring>
#include <string>

#include "fake_cublaslt.h"
#include "llmserving/gpu/platform/types.h"

using namespace llmserving::gpu;

namespace {

FakeCublasLt state;

struct Desc {
  int compute, scale, transpose[2];
};
struct Layout {
  int type;
  uint64_t rows, columns;
  int64_t leading;
};
struct Preference {
  uint64_t workspace;
  uint32_t alignment[4];
};

template <class T> int make(void **target, T value) {
  *target = new T(value);
  state.live++;
  return 0;
}
template <class T> int drop(void *object) {
  delete static_cast<T *>(object);
  state.live--;
  return 0;
}

size_t size_of(const Layout &l) { return l.type == 0 ? 4 : 2; }

double element(const void *data, const Layout &l, uint64_t row, uint64_t column) {
  size_t at = row + column * static_cast<uint64_t>(l.leading);
  if (l.type == 0)
    return static_cast<const float *>(data)[at];
  uint16_t bits = static_cast<const uint16_t *>(data)[at];
  return l.type == 2 ? to_float(f16{bits}) : to_float(bf16{bits});
}

void put(void *data, const Layout &l, uint64_t row, uint64_t column, float value) {
  size_t at = row + column * static_cast<uint64_t>(l.leading);
  if (l.type == 0)
    static_cast<float *>(data)[at] = value;
  else
    static_cast<uint16_t *>(data)[at] = l.type == 2 ? from_float<f16>(value).bits : from_float<bf16>(value).bits;
}

} // namespace

extern "C" {

FakeCublasLt *fake_cublaslt() { return &state; }

size_t cublasLtGetVersion() { return state.version; }
int cublasLtCreate(void **handle) { return state.create_status != 0 ? state.create_status : make(handle, 1); }
int cublasLtDestroy(void *handle) { return drop<int>(handle); }

int cublasLtMatmulDescCreate(void **desc, int compute, int scale) { return make(desc, Desc{compute, scale, {0, 0}}); }
int cublasLtMatmulDescDestroy(void *desc) { return drop<Desc>(desc); }
int cublasLtMatmulDescSetAttribute(void *desc, int attribute, const void *value, size_t bytes) {
  if ((attribute != 3 && attribute != 4) || bytes != 4)
    return 7;
  memcpy(&static_cast<Desc *>(desc)->transpose[attribute - 3], value, 4);
  return 0;
}

int cublasLtMatrixLayoutCreate(void **layout, int type, uint64_t rows, uint64_t columns, int64_t leading) {
  return leading < static_cast<int64_t>(rows) ? 7 : make(layout, Layout{type, rows, columns, leading});
}
int cublasLtMatrixLayoutDestroy(void *layout) { return drop<Layout>(layout); }

int cublasLtMatmulPreferenceCreate(void **preference) { return make(preference, Preference{0, {256, 256, 256, 256}}); }
int cublasLtMatmulPreferenceDestroy(void *preference) { return drop<Preference>(preference); }
int cublasLtMatmulPreferenceSetAttribute(void *preference, int attribute, const void *value, size_t bytes) {
  Preference *p = static_cast<Preference *>(preference);
  if (attribute == 1 && bytes == 8)
    memcpy(&p->workspace, value, 8);
  else if (attribute >= 5 && attribute <= 8 && bytes == 4)
    memcpy(&p->alignment[attribute - 5], value, 4);
  else
    return 7;
  return 0;
}

// The algorithm that it finds carries what it was found for: 1 + the least alignment, and the workspace that it wants.
int cublasLtMatmulAlgoGetHeuristic(void *, void *desc, void *, void *, void *, void *, void *preference, int requested,
                                   FakeHeuristic *results, int *found) {
  const Preference *p = static_cast<Preference *>(preference);
  state.searches++;
  *found = 0;
  if (state.no_algorithm || requested < 1 || static_cast<Desc *>(desc)->compute != 68)
    return 0;
  memset(results, 0, sizeof *results);
  results->algorithm[0] = p->alignment[0];
  results->workspace_bytes = p->workspace / 2;
  *found = 1;
  return 0;
}

int cublasLtMatmul(void *handle, void *desc, const void *alpha, const void *a, void *a_layout, const void *b, void *b_layout,
                   const void *beta, const void *c, void *c_layout, void *d, void *d_layout, const uint64_t *algorithm,
                   void *workspace, size_t workspace_bytes, void *stream) {
  const Desc &op = *static_cast<Desc *>(desc);
  const Layout &la = *static_cast<Layout *>(a_layout), &lb = *static_cast<Layout *>(b_layout), &ld = *static_cast<Layout *>(d_layout);
  uint64_t k = op.transpose[0] ? la.rows : la.columns;
  bool fits = ld.rows == (op.transpose[0] ? la.columns : la.rows) && k == (op.transpose[1] ? lb.columns : lb.rows) &&
              ld.columns == (op.transpose[1] ? lb.rows : lb.columns);
  bool whole = handle != nullptr && op.scale == 0 && c == d && c_layout == d_layout && la.type == lb.type && la.type != 0;
  for (const void *p : {a, b, static_cast<const void *>(d)})
    fits = fits && reinterpret_cast<uintptr_t>(p) % algorithm[0] == 0;
  for (const Layout *l : {&la, &lb, &ld})
    fits = fits && static_cast<size_t>(l->leading) * size_of(*l) % algorithm[0] == 0;
  if (!fits || !whole || (workspace_bytes > 0 && workspace == nullptr))
    return 7;
  state.products++;
  state.stream = stream;
  state.workspace_bytes = workspace_bytes;
  for (uint64_t column = 0; column < ld.columns; column++)
    for (uint64_t row = 0; row < ld.rows; row++) {
      double sum = 0;
      for (uint64_t i = 0; i < k; i++)
        sum += (op.transpose[0] ? element(a, la, i, row) : element(a, la, row, i)) *
               (op.transpose[1] ? element(b, lb, column, i) : element(b, lb, i, column));
      float before = *static_cast<const float *>(beta) == 0 ? 0 : static_cast<float>(element(d, ld, row, column));
      put(d, ld, row, column, *static_cast<const float *>(alpha) * static_cast<float>(sum) + *static_cast<const float *>(beta) * before);
    }
  return 0;
}

} // extern "C"
