// An instruction set's kernels by the type of keys and values, once F32Ops, Bf16Ops and Int8Ops are there.
namespace llmserving {
namespace LLMSERVING_KERNEL_NAMESPACE {

static const AttentionKernel F32_KERNEL = {compute_unit<F32Ops>, merge_token<F32Ops>, rope_rows, rotations};
static const AttentionKernel BF16_KERNEL = {compute_unit<Bf16Ops>, merge_token<Bf16Ops>, rope_rows, rotations};
static const AttentionKernel INT8_KERNEL = {compute_unit<Int8Ops>, merge_token<Int8Ops>, rope_rows, rotations};

const AttentionKernel &attention_kernel(uint32_t kv_type) {
  return kv_type == LLM_KV_F32 ? F32_KERNEL : kv_type == LLM_KV_INT8 ? INT8_KERNEL : BF16_KERNEL;
}

} // namespace LLMSERVING_KERNEL_NAMESPACE
} // namespace llmserving
