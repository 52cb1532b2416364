// AVX-512 with VNNI, without BF16.
#include <immintrin.h>

#include "linear/activations.h"
#include "linear/backend.h"
#include "linear/formats.h"

namespace llmserving {
namespace {

#include "linear/avx512_ops.inc"

#include "linear/kernels.inc"

} // namespace

const LinearBackend &avx512_vnni_linear_backend() {
  static const LinearBackend backend{kWidths, linear_of, pack_of};
  return backend;
}

} // namespace llmserving
