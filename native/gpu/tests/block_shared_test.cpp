// No matrix product asks for more shared memory than a block has (launch.h), whatever its sizes and types.
#include <initializer_list>

#include "linear_fixture.h"
#include "llmserving/gpu/gemm_fp8.h"
#include "llmserving/gpu/gemm_grouped.h"
#include "llmserving/gpu/gemm_grouped_packed.h"
#include "llmserving/gpu/gemm_w8a8.h"
#include "llmserving/gpu/lora_bgmv.h"
#include "llmserving/gpu/lora_sgmv.h"

using namespace llmserving;
using namespace llmserving::gputest;

namespace {

int checked = 0;

void check(const Launch &launch) {
  CHECK(launch.smem <= static_cast<uint32_t>(BLOCK_SHARED_BYTES), "%s asks for %u bytes of %d", launch.kernel, launch.smem,
        BLOCK_SHARED_BYTES);
  checked += launch.kernel != nullptr;
}

constexpr int32_t kRows[] = {1, 8, 9, 16, 17, 64, 65, 128, 200, 4096}, kWidths[] = {16, 1024, 4096};

void linear(LinearFamily family, DType type) {
  for (int32_t m : kRows)
    for (int32_t n : kWidths) {
      check(linear_launch(family, type, sizes(m, n, 4096)));
      check(linear_small_launch(family, type, sizes(m, n, 4096)));
      check(linear_gemm_launch(family, type, sizes(m, n, 4096), GEMM_TOKENS));
      check(linear_gemm_launch(family, type, sizes(m, n, 4096), GEMM_FEW_TOKENS));
      check(linear_unpack_launch(family, type, n, 4096));
      for (int32_t tile : {32, 128})
        check(gemm_grouped_packed_launch(family, type, tile, m, n));
    }
}

void others(DType type) {
  for (int32_t m : kRows)
    for (int32_t n : kWidths) {
      check(gemm_w8a8_launch(type, m, n));
      check(gemm_w8a8_sums_launch(m, n, 4));
      check(gemm_w8a8_scale_launch(type, m, n));
      for (DType weights : {DType::E4M3, DType::E5M2})
        check(gemm_fp8_launch(type, weights, m, n));
      for (int32_t tile : {16, 64, 128})
        check(gemm_grouped_launch(type, tile, m, n));
      for (int32_t rank : {8, 64}) {
        check(lora_bgmv_shrink_launch(type, m, rank));
        check(lora_sgmv_shrink_launch(type, m, m, rank, 4));
        check(lora_sgmv_merge_launch(type, m, m, rank));
      }
      check(lora_bgmv_expand_launch(type, m, n));
      check(lora_sgmv_expand_launch(type, m, m, n));
    }
}

} // namespace

int main() {
  for (DType type : kActivationTypes) {
    for (uint32_t family = 0; family < LINEAR_FAMILIES; family++)
      linear(static_cast<LinearFamily>(family), type);
    others(type);
  }
  CHECK(checked > 1000, "%d launches", checked);
  return llmserving_test::finish();
}
