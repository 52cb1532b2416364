#include "llmserving/gpu/embedding.h"

using namespace llmserving::gpu;

LLM_KERNEL(resolve_step_tokens, ResolveTokensParams, 128, 8) { resolve_tokens(p); }
LLM_KERNEL(gather_rows_b16, GatherRowsParams, 256, 6) { gather_rows(p); }

LLM_KERNEL(embedding_bf16, EmbeddingParams, 256, 6) { embedding<bf16, bf16>(p); }
LLM_KERNEL(embedding_bf16_f16, EmbeddingParams, 256, 6) { embedding<bf16, f16>(p); }
LLM_KERNEL(embedding_bf16_f32, EmbeddingParams, 256, 6) { embedding<bf16, float>(p); }
LLM_KERNEL(embedding_f16, EmbeddingParams, 256, 6) { embedding<f16, f16>(p); }
LLM_KERNEL(embedding_f16_bf16, EmbeddingParams, 256, 6) { embedding<f16, bf16>(p); }
LLM_KERNEL(embedding_f16_f32, EmbeddingParams, 256, 6) { embedding<f16, float>(p); }
