// The ABI's functions for contexts, buffers and weights.
#include <cstdio>
#include <memory>

#include "host/context.h"
#include "host/pack_parallel.h"
#include "host/program.h"
#include "linear/linear.h"
#include "support/failure.h"

using namespace llmserving;

namespace {

// For a JSON string.
std::string quoted(const std::string &text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      result += '\\';
    result += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return result + "\"";
}

std::string facts(const DeviceProperties &p) {
  return "\"name\":" + quoted(p.name) + ",\"architecture\":" + quoted(p.architecture) + ",\"driver\":" +
         quoted(p.driver) + ",\"processors\":" + std::to_string(p.processors) +
         ",\"memory\":" + std::to_string(p.memory);
}

void write_text(const std::string &text, char *target, uint64_t capacity) {
  std::snprintf(target, capacity, "%s", text.c_str());
}

size_t supported_bytes(uint32_t type, uint64_t rows, uint64_t columns) {
  size_t bytes = packed_matrix_bytes(type, rows, columns);
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
    DeviceList list = probe_devices();
    std::string json = "{\"kind\":" + quoted(list.kind) + ",\"usable\":" + (list.reason.empty() ? "true" : "false") +
                       ",\"devices\":[";
    for (size_t i = 0; i < list.devices.size(); i++) {
      const DeviceProperties &p = list.devices[i];
      json += std::string(i == 0 ? "{" : ",{") + facts(p) + ",\"usable\":" + (p.reason.empty() ? "true" : "false") +
              ",\"reason\":" + quoted(p.reason) + "}";
    }
    json += "],\"reason\":" + quoted(list.reason) + ",\"remedy\":" + quoted(list.remedy) + "}";
    write_text(json, text, capacity);
  });
}

llm_status llm_context_create(const llm_context_options *options, llm_context **context) {
  return guarded([&] {
    if (options == nullptr || context == nullptr)
      invalid("options or context is null");
    if (options->threads > 1024)
      invalid("%u threads are more than 1024", options->threads);
    if (options->deterministic > 1)
      invalid("deterministic is %u, not 0 or 1", options->deterministic);
    *context = new llm_context(*options);
  });
}

void llm_context_destroy(llm_context *context) { delete context; }

llm_status llm_context_describe(llm_context *context, char *text, uint64_t capacity) {
  return guarded([&] {
    if (context == nullptr || text == nullptr || capacity == 0)
      invalid("context or text is null");
    write_text("{\"kind\":" + quoted(context->driver->kind()) + "," + facts(context->driver->properties()) +
                   ",\"deterministic\":" + (context->deterministic ? "true" : "false") + ",\"matrix_products\":" +
                   quoted(context->matrix_products) + "}",
               text, capacity);
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
    *buffer = new llm_buffer(context, bytes);
  });
}

void *llm_buffer_data(llm_buffer *buffer) { return buffer == nullptr ? nullptr : buffer->memory.data(); }

llm_status llm_buffer_write(llm_buffer *buffer, uint64_t offset, const void *source, uint64_t bytes) {
  return guarded([&] {
    if (buffer == nullptr || source == nullptr)
      invalid("buffer or source is null");
    if (offset > buffer->memory.bytes() || bytes > buffer->memory.bytes() - offset)
      invalid("%llu bytes at %llu do not fit a buffer of %zu", static_cast<unsigned long long>(bytes),
              static_cast<unsigned long long>(offset), buffer->memory.bytes());
    buffer->context->write(buffer->memory.as<uint8_t>() + offset, source, bytes);
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
    *bytes = supported_bytes(type, rows, columns);
    gpu::PackedFormat format;
    gpu::packed_format(type, kActivations, &format);
    *layout = format.layout;
  });
}

llm_status llm_pack(llm_context *context, uint32_t type, uint64_t rows, uint64_t columns, const void *source,
                    void *target) {
  return guarded([&] {
    if (context == nullptr || source == nullptr || target == nullptr || reinterpret_cast<uintptr_t>(target) % 64 != 0)
      invalid("context, source or target is null, or the target is not aligned to 64 bytes");
    size_t bytes = supported_bytes(type, rows, columns);
    context->check_inside(target, bytes, "the target");
    std::vector<uint8_t> packed = pack_matrix(type, rows, columns, source, bytes, context->threads);
    context->write(target, packed.data(), packed.size());
  });
}

llm_status llm_test_linear(llm_context *context, uint32_t activations, const llm_tensor *weight, const float *x,
                           uint64_t rows, float *y) {
  return guarded([&] {
    if (context == nullptr || weight == nullptr || x == nullptr || y == nullptr || rows == 0 || rows > 1 << 20)
      invalid("context, weight, x or y is null, or there are no rows");
    if (activations != LLM_ACTIVATIONS_AUTO)
      throw Failure(LLM_UNSUPPORTED, "f32 activations, the exact mode, run on the CPU only");
    size_t bytes = supported_bytes(weight->type, weight->rows, weight->columns);
    context->check_inside(weight->data, bytes, "the weight");
    size_t n = weight->rows, k = weight->columns;
    std::vector<gpu::bf16> narrow(rows * k);
    for (size_t i = 0; i < narrow.size(); i++)
      narrow[i] = gpu::from_float<gpu::bf16>(x[i]);
    DeviceMemory in(context->heap(), narrow.size() * 2, "a test"), out(context->heap(), rows * n * 4, "a test");
    context->write(in.data(), narrow.data(), narrow.size() * 2);
    gpu::PackedFormat format;
    gpu::packed_format(weight->type, kActivations, &format);
    int32_t m = static_cast<int32_t>(rows), width = static_cast<int32_t>(n), depth = static_cast<int32_t>(k);
    gpu::LinearParams params = {in.data(), nullptr, out.data(), depth, width, m, depth, 1, 1, 0,
                                {{weight->data, nullptr, 0, width}}};
    KernelTable kernels(*context->driver);
    context->run(kernels, gpu::linear_launch(format.family, kActivations, params), params, "a matrix product");
    context->read(y, out.data(), rows * n * 4);
  });
}

llm_status llm_test_fault(llm_context *context, uint32_t fault, uint64_t after) {
  return guarded([&] {
    if (context == nullptr || fault < LLM_FAULT_LAUNCH || fault > LLM_FAULT_LOST)
      invalid("context is null, or fault %u is none of those there are", fault);
    if (!context->driver->inject(static_cast<llm_fault>(fault), after))
      throw Failure(LLM_UNSUPPORTED, std::string(context->driver->kind()) + " devices cannot be made to fail");
  });
}

} // extern "C"
