#include "host/context.h"

#include <algorithm>
#include <cstring>

#include "host/large_products.h"
#include "support/failure.h"

using namespace llmserving;

namespace {

constexpr size_t kStagingBytes = 4 << 20;

} // namespace

llm_context::llm_context(const llm_context_options &options)
    : driver(open_device(options.device)), deterministic(options.deterministic != 0),
      threads(options.threads == 0 ? usable_cores() : static_cast<int>(options.threads)),
      staging_({*driver, staging_counter_}, kStagingBytes, "staging"), event_(*driver), stream_(*driver) {
  open_cublaslt();
}

// Decided once; llm_context_describe tells.
void llm_context::open_cublaslt() {
  matrix_products = "own kernels";
  if (std::strcmp(driver->kind(), "cuda") != 0)
    return;
  if (deterministic) {
    matrix_products += ", as deterministic results need";
    return;
  }
  std::string reason;
  cublaslt = gpu::CublasLt::open(nullptr, &reason);
  if (cublaslt == nullptr)
    matrix_products += ": " + reason;
  else
    matrix_products = "cuBLASLt " + std::to_string(cublaslt->version()) + " from " + std::to_string(gpu::LIBRARY_TOKENS) +
                      " tokens on, own kernels below";
}

void llm_context::finish() {
  driver->record(event_, stream_);
  driver->synchronize(event_, -1);
}

void llm_context::write(void *device, const void *source, size_t bytes) {
  std::lock_guard<std::mutex> guard(lock_);
  for (size_t at = 0; at < bytes; at += kStagingBytes) {
    size_t piece = std::min(kStagingBytes, bytes - at);
    std::memcpy(staging_.data(), static_cast<const uint8_t *>(source) + at, piece);
    driver->upload(static_cast<uint8_t *>(device) + at, staging_.data(), piece, stream_);
    finish();
  }
}

void llm_context::zero(void *device, size_t bytes) {
  std::lock_guard<std::mutex> guard(lock_);
  driver->fill(device, 0, bytes, stream_);
  finish();
}

void llm_context::read(void *host, const void *device, size_t bytes) {
  std::lock_guard<std::mutex> guard(lock_);
  for (size_t at = 0; at < bytes; at += kStagingBytes) {
    size_t piece = std::min(kStagingBytes, bytes - at);
    driver->download(staging_.data(), static_cast<const uint8_t *>(device) + at, piece, stream_);
    finish();
    std::memcpy(static_cast<uint8_t *>(host) + at, staging_.data(), piece);
  }
}

void llm_context::check_inside(const void *data, uint64_t bytes, const char *what) {
  const uint8_t *p = static_cast<const uint8_t *>(data);
  std::lock_guard<std::mutex> guard(buffers_lock_);
  auto after = buffers_.upper_bound(p);
  if (after != buffers_.begin()) {
    auto found = std::prev(after);
    size_t offset = static_cast<size_t>(p - found->first);
    if (offset <= found->second && bytes <= found->second - offset)
      return;
  }
  invalid("%s at %p, %llu bytes, is not inside a buffer of this context", what, data,
          static_cast<unsigned long long>(bytes));
}

llm_buffer::llm_buffer(llm_context *c, uint64_t bytes) : context(c), memory(c->heap(), bytes, "a buffer") {
  context->zero(memory.data(), memory.bytes());
  std::lock_guard<std::mutex> guard(context->buffers_lock_);
  context->buffers_[memory.as<uint8_t>()] = memory.bytes();
}

llm_buffer::~llm_buffer() {
  std::lock_guard<std::mutex> guard(context->buffers_lock_);
  context->buffers_.erase(memory.as<uint8_t>());
}
