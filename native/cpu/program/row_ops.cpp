#include "program/row_ops.h"

namespace llmserving {

namespace row_ops_scalar {
extern const RowOps *const ops;
}
#if defined(__x86_64__)
namespace row_ops_avx2 {
extern const RowOps *const ops;
}
namespace row_ops_avx512 {
extern const RowOps *const ops;
}
#endif

const RowOps &row_ops(llm_isa isa) {
#if defined(__x86_64__)
  if (isa == LLM_ISA_AVX512 || isa == LLM_ISA_AVX512_VNNI)
    return *row_ops_avx512::ops;
  if (isa == LLM_ISA_AVX2 || isa == LLM_ISA_AVX2_VNNI)
    return *row_ops_avx2::ops;
#endif
  (void)isa;
  return *row_ops_scalar::ops;
}

} // namespace llmserving
