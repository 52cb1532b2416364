#include "llmserving/gpu/embedding_packed.h"

using namespace llmserving::gpu;

LLM_KERNEL(embedding_packed_float_bf16, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Float, bf16, bf16>(p);
}
LLM_KERNEL(embedding_packed_int8_bf16, EmbeddingParams, 256, 6) { embedding_packed<LinearFamily::Int8, bf16, bf16>(p); }
LLM_KERNEL(embedding_packed_int8min_bf16, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Int8Min, bf16, bf16>(p);
}
LLM_KERNEL(embedding_packed_int8g16_bf16, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Int8Group16, bf16, bf16>(p);
}
LLM_KERNEL(embedding_packed_int4_bf16, EmbeddingParams, 256, 6) { embedding_packed<LinearFamily::Int4, bf16, bf16>(p); }
LLM_KERNEL(embedding_packed_int4min_bf16, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Int4Min, bf16, bf16>(p);
}
LLM_KERNEL(embedding_packed_int4g16min_bf16, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Int4Group16Min, bf16, bf16>(p);
}

LLM_KERNEL(embedding_packed_float_bf16_f32, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Float, bf16, float>(p);
}
LLM_KERNEL(embedding_packed_int8_bf16_f32, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Int8, bf16, float>(p);
}
LLM_KERNEL(embedding_packed_int8min_bf16_f32, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Int8Min, bf16, float>(p);
}
LLM_KERNEL(embedding_packed_int8g16_bf16_f32, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Int8Group16, bf16, float>(p);
}
LLM_KERNEL(embedding_packed_int4_bf16_f32, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Int4, bf16, float>(p);
}
LLM_KERNEL(embedding_packed_int4min_bf16_f32, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Int4Min, bf16, float>(p);
}
LLM_KERNEL(embedding_packed_int4g16min_bf16_f32, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Int4Group16Min, bf16, float>(p);
}

LLM_KERNEL(embedding_packed_float_f16, EmbeddingParams, 256, 6) { embedding_packed<LinearFamily::Float, f16, f16>(p); }
LLM_KERNEL(embedding_packed_int8_f16, EmbeddingParams, 256, 6) { embedding_packed<LinearFamily::Int8, f16, f16>(p); }
LLM_KERNEL(embedding_packed_int8min_f16, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Int8Min, f16, f16>(p);
}
LLM_KERNEL(embedding_packed_int8g16_f16, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Int8Group16, f16, f16>(p);
}
LLM_KERNEL(embedding_packed_int4_f16, EmbeddingParams, 256, 6) { embedding_packed<LinearFamily::Int4, f16, f16>(p); }
LLM_KERNEL(embedding_packed_int4min_f16, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Int4Min, f16, f16>(p);
}
LLM_KERNEL(embedding_packed_int4g16min_f16, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Int4Group16Min, f16, f16>(p);
}

LLM_KERNEL(embedding_packed_float_f16_f32, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Float, f16, float>(p);
}
LLM_KERNEL(embedding_packed_int8_f16_f32, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Int8, f16, float>(p);
}
LLM_KERNEL(embedding_packed_int8min_f16_f32, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Int8Min, f16, float>(p);
}
LLM_KERNEL(embedding_packed_int8g16_f16_f32, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Int8Group16, f16, float>(p);
}
LLM_KERNEL(embedding_packed_int4_f16_f32, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Int4, f16, float>(p);
}
LLM_KERNEL(embedding_packed_int4min_f16_f32, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Int4Min, f16, float>(p);
}
LLM_KERNEL(embedding_packed_int4g16min_f16_f32, EmbeddingParams, 256, 6) {
  embedding_packed<LinearFamily::Int4Group16Min, f16, float>(p);
}
