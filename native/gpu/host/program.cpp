#include "host/program.h"

#include <algorithm>

#include "host/forward.h"
#include "host/lowering.h"
#include "linear/formats.h"
#include "support/failure.h"

using namespace llmserving;

namespace {

gpu::DType kv_dtype(uint32_t type) {
  static const gpu::DType types[] = {gpu::DType::F32,  gpu::DType::BF16, gpu::DType::F16,
                                     gpu::DType::E4M3, gpu::DType::E5M2, gpu::DType::I8};
  return types[type];
}

class GpuLimits final : public ProgramLimits {
public:
  size_t packed_bytes(uint32_t type, uint64_t rows, uint64_t columns) const override {
    return packed_matrix_bytes(type, rows, columns);
  }
  void check(const llm_program_options &o) const override {
    if (o.activations == LLM_ACTIVATIONS_F32)
      throw Failure(LLM_UNSUPPORTED, "f32 activations, the exact mode, run on the CPU only");
    if (o.kv_type == LLM_KV_F32 || o.kv_type == LLM_KV_F16)
      throw Failure(LLM_UNSUPPORTED, std::string("a GPU's keys and values are bf16, e4m3, e5m2 or int8, not ") +
                                         kv_type_name(o.kv_type));
  }
};

} // namespace

namespace llmserving {

size_t packed_matrix_bytes(uint32_t type, uint64_t rows, uint64_t columns) {
  gpu::PackedFormat format;
  constexpr uint64_t most = 1 << 28;
  if (rows == 0 || columns == 0 || rows > most || columns > most || columns % 8 != 0 ||
      !gpu::packed_format(type, kActivations, &format) || (!is_float(type) && columns % format_of(type)->block != 0))
    return 0;
  return static_cast<size_t>(gpu::packed_bytes(format.family, static_cast<int64_t>(rows), static_cast<int64_t>(columns)));
}

} // namespace llmserving

llm_program::llm_program(llm_context *c, const llm_program_options &o)
    : context(c), counted(c->memory, sizeof *this), kernels(*c->driver) {
  copy(o);
  check_program(*this, GpuLimits());
  for (const llm_tensor &t : tensors)
    if (t.storage == LLM_STORAGE_PACKED)
      context->check_inside(t.data, packed_matrix_bytes(t.type, t.rows, t.columns), "a matrix");
  kv_type = kv_dtype(options.kv_type);
  operations = fuse(*this);
  shapes = find_shapes(*this, operations);
  values = lay_out_values(*this, operations, &bytes_per_token);
  lay_out_caches();
  upload_vectors();
  check_kernels(*this);
}

gpu::KvLayout llm_program::layout(int32_t index) const {
  const llm_cache &c = cache(index);
  return {kv_type, options.block_size, c.heads, c.k_dim, c.v_dim};
}

gpu::LinearFamily llm_program::family(int32_t index) const {
  gpu::PackedFormat format;
  gpu::packed_format(tensor(index).type, kActivations, &format);
  return format.family;
}

void llm_program::lay_out_caches() {
  std::vector<size_t> used(groups.size(), 0);
  for (size_t i = 0; i < caches.size(); i++) {
    size_t &offset = used[static_cast<size_t>(caches[i].group)];
    cache_offset.push_back(offset);
    offset += static_cast<size_t>(gpu::kv_layer_bytes(layout(static_cast<int32_t>(i))));
  }
  block_bytes = 0;
  for (size_t bytes : used)
    block_bytes = std::max(block_bytes, (bytes + 63) / 64 * 64);
}

// One allocation for all of them, each aligned to 16 bytes.
void llm_program::upload_vectors() {
  std::vector<size_t> offsets(tensors.size(), 0);
  size_t total = 0;
  for (size_t i = 0; i < tensors.size(); i++)
    if (tensors[i].storage == LLM_STORAGE_VECTOR) {
      offsets[i] = total;
      total += (tensors[i].columns * sizeof(float) + 15) / 16 * 16;
    }
  vectors = DeviceMemory(context->heap(), total, "a program's vectors");
  context->zero(vectors.data(), vectors.bytes());
  vectors_of.assign(tensors.size(), nullptr);
  for (size_t i = 0; i < tensors.size(); i++)
    if (tensors[i].storage == LLM_STORAGE_VECTOR) {
      uint8_t *address = vectors.as<uint8_t>() + offsets[i];
      context->write(address, tensors[i].data, tensors[i].columns * sizeof(float));
      vectors_of[i] = reinterpret_cast<const float *>(address);
    }
}
