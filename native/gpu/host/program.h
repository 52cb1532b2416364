// A forward pass lowered for a GPU: a list of operations, values laid out by liveness, vectors in device memory.
//
// Activations are bf16. The residual stream (embeddings and the sums that start from them) is f32, which costs a few
// percent of the rows' traffic and keeps the error of deep models that of their matrix products. Where a model multiplies
// the stream itself, without a norm before, it is bf16 like the rest.
#ifndef LLMSERVING_GPU_HOST_PROGRAM_H
#define LLMSERVING_GPU_HOST_PROGRAM_H

#include <memory>

#include "common/program_spec.h"
#include "host/attention_plan.h"
#include "host/context.h"
#include "host/launcher.h"
#include "host/pack.h"
#include "llmserving/gpu/kv_cache.h"
#include "llmserving/gpu/linear.h"

namespace llmserving {

constexpr gpu::DType kActivations = gpu::DType::BF16;

// What runs as one: an operation of the program, or an addition together with the norm of its sum.
struct Operation {
  llm_op op;
  int32_t sum;  // index in ops of the addition before the norm `op`, -1 = none
  int32_t plan; // attention and cache writes: index into the program's shapes
};

// Attention operations that share the plan of their work.
struct AttentionShape {
  int32_t group;
  int32_t heads, kv_heads;
  int32_t dim; // the greatest of k and v
};

struct Value {
  gpu::DType type;
  size_t offset; // bytes per token before it, in an arena of one row-major array after the other
};

} // namespace llmserving

struct llm_program : llmserving::ProgramSpec {
  // Throws Failure with the number that is wrong, or with what the device lacks.
  llm_program(llm_context *context, const llm_program_options &options);

  const float *vector(int32_t tensor) const { return tensor < 0 ? nullptr : vectors_of[static_cast<size_t>(tensor)]; }
  const llmserving::Value &value(int32_t index) const { return values[static_cast<size_t>(index)]; }
  llmserving::gpu::KvLayout layout(int32_t cache) const;
  llmserving::gpu::LinearFamily family(int32_t tensor) const;

  llm_context *context;
  llmserving::Counted counted;
  std::vector<llmserving::Operation> operations;
  std::vector<llmserving::Value> values;
  size_t bytes_per_token; // of all values together
  std::vector<llmserving::AttentionShape> shapes;
  llmserving::gpu::DType kv_type;
  std::vector<size_t> cache_offset; // of each cache within its group's block
  size_t block_bytes;
  mutable llmserving::KernelTable kernels;

  llmserving::DeviceMemory vectors;
  std::vector<const float *> vectors_of; // device addresses by tensor

private:
  void lay_out_caches();
  void upload_vectors();
};

namespace llmserving {

// 0 where the device does not have the type or the size.
size_t packed_matrix_bytes(uint32_t type, uint64_t rows, uint64_t columns);

} // namespace llmserving

#endif
