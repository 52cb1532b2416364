#include "linear/linear.h"

#include "linear/activations.h"
#include "linear/backend.h"
#include "linear/formats.h"

namespace llmserving {

namespace {

const LinearBackend &backend(llm_isa isa) {
  switch (isa) {
#if defined(__x86_64__)
  case LLM_ISA_AVX2:
    return avx2_linear_backend();
  case LLM_ISA_AVX2_VNNI:
    return avx2_vnni_linear_backend();
  case LLM_ISA_AVX512_VNNI:
    return avx512_vnni_linear_backend();
  case LLM_ISA_AVX512:
    return avx512_linear_backend();
#elif defined(__aarch64__)
  case LLM_ISA_NEON:
    return neon_linear_backend();
#endif
  default:
    return scalar_linear_backend();
  }
}

size_t row_bytes(ActivationKind kind, size_t columns) {
  switch (kind) {
  case ActivationKind::Int8:
    return columns / kGroup * kInt8GroupBytes;
  case ActivationKind::Bf16:
    return (columns + 1) / 2 * 4;
  case ActivationKind::F32:
    break;
  }
  return columns * 4;
}

} // namespace

ActivationKind activation_kind(llm_isa isa, uint32_t weight_type, uint32_t activations) {
  if (activations == LLM_ACTIVATIONS_F32) {
    return ActivationKind::F32;
  }
  if (!is_float(weight_type)) {
    return ActivationKind::Int8;
  }
  // F16 weights would lose bits in bf16, F32 weights all the more; without vdpbf16ps bf16 saves no time.
  return weight_type == LLM_TYPE_BF16 && isa == LLM_ISA_AVX512 ? ActivationKind::Bf16 : ActivationKind::F32;
}

size_t activation_bytes(llm_isa isa, ActivationKind kind, size_t rows, size_t columns) {
  size_t padded = rows + widest(backend(isa).widths) - 1;
  return (padded * row_bytes(kind, columns) + 63) / 64 * 64;
}

size_t activation_granularity(llm_isa isa, ActivationKind, size_t rows) {
  return tile_width(rows, backend(isa).widths);
}

void pack_activations(llm_isa isa, ActivationKind kind, const float *x, size_t stride, size_t rows, size_t columns,
                      void *packed, size_t first, size_t last) {
  backend(isa).pack(kind, x, stride, rows, columns, packed, first, last);
}

void linear(llm_isa isa, const Matrix &w, ActivationKind kind, const void *packed, size_t rows, float *y,
            size_t y_stride, const float *bias, size_t first, size_t last) {
  backend(isa).linear({w, packed, rows, y, y_stride, bias, first, last}, kind);
}

} // namespace llmserving
