// The ABI's functions for contexts, buffers and weights.
#include <cstdio>
#include <cstring>
#include <memory>

#include "linear/linear.h"
#include "program/context.h"
#include "program/shares.h"
#include "support/failure.h"
#include "support/numa.h"

using namespace llmserving;

namespace {

const char *name(llm_isa isa) {
  switch (isa) {
  case LLM_ISA_AVX512:
    return "avx512-vnni-bf16";
  case LLM_ISA_AVX512_VNNI:
    return "avx512-vnni";
  case LLM_ISA_AVX2_VNNI:
    return "avx2-vnni";
  case LLM_ISA_AVX2:
    return "avx2";
  case LLM_ISA_NEON:
    return "neon";
  default:
    return "scalar";
  }
}

// Workers on each NUMA node, as a JSON array.
std::string workers_by_node(const Team &team) {
  std::string result;
  for (const TeamNode &node : team.nodes())
    result += (result.empty() ? "[" : ",") + std::to_string(node.last - node.first);
  return result + "]";
}

// For a JSON string.
std::string escaped(const std::string &text) {
  std::string result;
  for (char c : text) {
    if (c == '"' || c == '\\')
      result += '\\';
    result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return result;
}

llm_isa choose(uint32_t wanted) {
  if (wanted == LLM_ISA_AUTO)
    return detect_isa();
  llm_isa isa = static_cast<llm_isa>(wanted);
  if (wanted > LLM_ISA_AVX2_VNNI || !isa_available(isa))
    throw Failure(LLM_UNSUPPORTED, std::string("this machine does not run the instruction set ") + name(isa));
  return isa;
}

struct PackWork {
  llm_context *context;
  uint32_t type;
  size_t rows, columns, units;
  const void *source;
  void *target;
};

// By shares, for the sake of first touch (shares.h): nobody has written to the target's pages before.
void pack_share(void *argument, int worker) {
  const PackWork &w = *static_cast<PackWork *>(argument);
  Range mine = share(w.units, 1, worker, w.context->team->threads());
  if (!mine.empty())
    pack_units(w.context->isa, w.type, w.rows, w.columns, w.source, w.target, mine.first, mine.last);
}

size_t supported_bytes(llm_isa isa, uint32_t type, uint64_t rows, uint64_t columns) {
  size_t bytes = rows == 0 || columns == 0 ? 0 : packed_bytes(isa, type, rows, columns);
  if (bytes == 0)
    throw Failure(LLM_UNSUPPORTED, "a matrix of type " + std::to_string(type) + ", " + std::to_string(rows) + " x " +
                                       std::to_string(columns) + ", cannot be packed");
  return bytes;
}

} // namespace

extern "C" {

uint32_t llm_abi_version(void) { return LLM_ABI_VERSION; }

llm_status llm_device_probe(char *text, uint64_t capacity) {
  return guarded([&] {
    if (text == nullptr || capacity == 0)
      invalid("text is null");
    std::snprintf(text, capacity,
                  "{\"kind\":\"cpu\",\"usable\":true,\"devices\":[{\"name\":\"%s\",\"architecture\":\"%s\",\"processors\":0,"
                  "\"memory\":0,\"usable\":true,\"reason\":\"\"}],\"reason\":\"\",\"remedy\":\"\"}",
                  escaped(cpu_name()).c_str(), name(detect_isa()));
  });
}

llm_status llm_context_create(const llm_context_options *options, llm_context **context) {
  return guarded([&] {
    if (options == nullptr || context == nullptr)
      invalid("options or context is null");
    if (options->threads > 1024)
      invalid("%u threads are more than 1024", options->threads);
    if (options->device != 0 || options->deterministic > 1)
      invalid("device %u or deterministic %u: a CPU has device 0, and deterministic is 0 or 1", options->device,
              options->deterministic);
    auto created = std::make_unique<llm_context>();
    created->isa = choose(options->isa);
    if (options->spin_microseconds > 1000000)
      invalid("workers would spin for %u microseconds; a million is the most", options->spin_microseconds);
    int threads = options->threads == 0 ? usable_cores() : static_cast<int>(options->threads);
    created->team = create_team(place_workers(threads), static_cast<int>(options->spin_microseconds));
    *context = created.release();
  });
}

void llm_context_destroy(llm_context *context) { delete context; }

llm_status llm_context_describe(llm_context *context, char *text, uint64_t capacity) {
  return guarded([&] {
    if (context == nullptr || text == nullptr || capacity == 0)
      invalid("context or text is null");
    const char *reason = context->isa == detect_isa() ? isa_reason() : "as configured";
    std::snprintf(text, capacity,
                  "{\"kind\":\"cpu\",\"isa\":\"%s\",\"threads\":%d,\"cores\":%d,\"nodes\":%s,\"cpu\":\"%s\",\"reason\":\"%s\","
                  "\"processors\":0,\"memory\":0}",
                  name(context->isa), context->team->threads(), usable_cores(), workers_by_node(*context->team).c_str(),
                  escaped(cpu_name()).c_str(), reason);
  });
}

llm_status llm_context_memory(llm_context *context, llm_memory *memory) {
  return guarded([&] {
    if (context == nullptr || memory == nullptr)
      invalid("context or memory is null");
    *memory = {context->memory.bytes.load(), context->memory.allocations.load()};
  });
}

llm_status llm_buffer_create(llm_context *context, uint64_t bytes, llm_buffer **buffer) {
  return guarded([&] {
    if (context == nullptr || buffer == nullptr)
      invalid("context or buffer is null");
    *buffer = new llm_buffer{context->buffers.allocate(bytes)};
  });
}

void *llm_buffer_data(llm_buffer *buffer) { return buffer == nullptr ? nullptr : buffer->memory->data(); }

llm_status llm_buffer_write(llm_buffer *buffer, uint64_t offset, const void *source, uint64_t bytes) {
  return guarded([&] {
    if (buffer == nullptr || source == nullptr)
      invalid("buffer or source is null");
    if (offset > buffer->memory->bytes() || bytes > buffer->memory->bytes() - offset)
      invalid("%llu bytes at %llu do not fit a buffer of %zu", static_cast<unsigned long long>(bytes),
              static_cast<unsigned long long>(offset), buffer->memory->bytes());
    std::memcpy(static_cast<uint8_t *>(buffer->memory->data()) + offset, source, bytes);
  });
}

void llm_buffer_destroy(llm_buffer *buffer) { delete buffer; }

llm_status llm_dequantize(uint32_t type, const void *source, uint64_t count, float *target) {
  return guarded([&] {
    if (source == nullptr || target == nullptr || !dequantize(type, source, count, target))
      invalid("%llu values of type %u cannot be dequantized", static_cast<unsigned long long>(count), type);
  });
}

llm_status llm_packed_size(llm_context *context, uint32_t type, uint64_t rows, uint64_t columns, uint64_t *bytes,
                           uint64_t *layout) {
  return guarded([&] {
    if (context == nullptr || bytes == nullptr || layout == nullptr)
      invalid("context, bytes or layout is null");
    *bytes = supported_bytes(context->isa, type, rows, columns);
    *layout = packed_layout(context->isa, type);
  });
}

llm_status llm_pack(llm_context *context, uint32_t type, uint64_t rows, uint64_t columns, const void *source,
                    void *target) {
  return guarded([&] {
    if (context == nullptr || source == nullptr || target == nullptr || reinterpret_cast<uintptr_t>(target) % 64 != 0)
      invalid("context, source or target is null, or the target is not aligned to 64 bytes");
    supported_bytes(context->isa, type, rows, columns);
    PackWork work = {context, type, rows, columns, linear_units({type, rows, columns, nullptr}), source, target};
    std::lock_guard<std::mutex> lock(context->team_lock);
    context->team->run(pack_share, &work);
  });
}

llm_status llm_test_linear(llm_context *context, uint32_t activations, const llm_tensor *weight, const float *x,
                           uint64_t rows, float *y) {
  return guarded([&] {
    if (context == nullptr || weight == nullptr || x == nullptr || y == nullptr || rows == 0)
      invalid("context, weight, x or y is null, or there are no rows");
    supported_bytes(context->isa, weight->type, weight->rows, weight->columns);
    Matrix matrix = {weight->type, weight->rows, weight->columns, weight->data};
    ActivationKind kind = activation_kind(context->isa, weight->type, activations);
    Memory packed(context->memory, activation_bytes(context->isa, kind, rows, weight->columns));
    pack_activations(context->isa, kind, x, weight->columns, rows, weight->columns, packed.data(), 0, rows);
    linear(context->isa, matrix, kind, packed.data(), rows, y, weight->rows, nullptr, 0, linear_units(matrix));
  });
}

llm_status llm_test_fault(llm_context *, uint32_t, uint64_t) {
  return guarded([&] { throw Failure(LLM_UNSUPPORTED, "a CPU cannot be made to fail"); });
}

} // extern "C"
