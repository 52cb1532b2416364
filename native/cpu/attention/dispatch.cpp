#include "attention/attention.h"
#include "attention/kernels.h"

namespace llmserving {

const AttentionKernel &attention_kernel(llm_isa isa, uint32_t kv_type) {
#if defined(__x86_64__)
  if (isa == LLM_ISA_AVX512)
    return avx512::attention_kernel(kv_type);
  if (isa == LLM_ISA_AVX512_VNNI)
    return avx512_vnni::attention_kernel(kv_type);
  if (isa == LLM_ISA_AVX2 || isa == LLM_ISA_AVX2_VNNI)
    return avx2::attention_kernel(kv_type);
#elif defined(__aarch64__)
  if (isa == LLM_ISA_NEON && kv_type == LLM_KV_INT8)
    return neon::int8_attention_kernel();
#else
  (void)isa;
#endif
  return portable::attention_kernel(kv_type);
}

void rotation_table(llm_isa isa, const float *frequencies, int count, float magnitude, const StepRows &step, size_t rows,
                    float *cosines, float *sines) {
  attention_kernel(isa, LLM_KV_F32).rotations(frequencies, count, magnitude, step, rows, cosines, sines);
}

void rope_and_write_cache(llm_isa isa, const CacheView &cache, const RopeParameters &rope, const float *qkv,
                          size_t qkv_stride, float *q_out, const StepRows &step, const RopePart &part) {
  attention_kernel(isa, cache.kv_type).rope(cache, rope, qkv, qkv_stride, q_out, step, part);
}

} // namespace llmserving
