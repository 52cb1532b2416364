#include "program/row_ops.h"

namespace llmserving {
namespace row_ops_avx512 {

#include "program/row_ops_kernels.h"

extern const RowOps *const ops;
const RowOps *const ops = &table;

} // namespace row_ops_avx512
} // namespace llmserving
