#include "check/cases.h"

namespace llmserving {

Sizes model_sizes(int32_t multiprocessors) {
  return {4096, 32, 8, 128, 14336, 128256, 128, 8, 768, 16, 8, 4096, {1, 16, 64, 256}, {1024, 8192, 32768},
          multiprocessors};
}
Sizes tiny_sizes() { return {256, 4, 2, 128, 512, 1024, 4, 2, 128, 16, 2, 32, {1, 3}, {40, 300}, 2}; }

const std::vector<CaseFamily> &case_families() {
  static const std::vector<CaseFamily> families = {
      {"Norms", add_norm_cases},
      {"Activations, sums, logits' scale", add_elementwise_cases},
      {"Quantization by itself", add_quantize_cases},
      {"Embeddings and gathered rows", add_embedding_cases},
      {"Linear layers", add_linear_cases},
      {"8-bit linear layers", add_eight_bit_cases},
      {"Mixture of experts", add_expert_cases},
      {"LoRA", add_lora_cases},
      {"Attention", add_attention_cases},
      {"Blocks of the cache", add_cache_cases},
      {"Sampling and logprobs", add_sampling_cases},
      {"Penalty counts, drafts, tokens, block tables", add_token_cases},
      {"Sum over GPUs", add_all_reduce_cases},
  };
  return families;
}

} // namespace llmserving
