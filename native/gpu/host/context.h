// A device opened, with the memory that was made on it.
#ifndef LLMSERVING_GPU_HOST_CONTEXT_H
#define LLMSERVING_GPU_HOST_CONTEXT_H

#include <map>
#include <mutex>

#include "host/cublaslt.h"
#include "host/device_memory.h"
#include "host/launcher.h"
#include "llmserving/llmserving.h"
#include "support/threads.h"

struct llm_buffer {
  llm_buffer(llm_context *c, uint64_t bytes);
  ~llm_buffer();
  llm_context *context;
  llmserving::DeviceMemory memory;
};

struct llm_context {
  explicit llm_context(const llm_context_options &options);
  llm_context(const llm_context &) = delete;
  llm_context &operator=(const llm_context &) = delete;

  llmserving::DeviceHeap heap() { return {*driver, memory}; }
  // Copies host memory to the device, piece by piece through pinned memory; done when it returns.
  void write(void *device, const void *source, size_t bytes);
  void zero(void *device, size_t bytes);
  // Copies back to the host; for tests.
  void read(void *host, const void *device, size_t bytes);
  // Runs one kernel to its end.
  template <class Params>
  void run(llmserving::KernelTable &kernels, const llmserving::gpu::Launch &launch, const Params &params,
           const char *what) {
    std::lock_guard<std::mutex> guard(lock_);
    llmserving::StreamLauncher(kernels, stream_)(launch, params, what);
    finish();
  }
  // Throws where [data, data + bytes) is not inside one live buffer.
  void check_inside(const void *data, uint64_t bytes, const char *what);

  std::unique_ptr<llmserving::Driver> driver;
  llmserving::MemoryCounter memory;
  const bool deterministic;
  const int threads;
  std::unique_ptr<llmserving::gpu::CublasLt> cublaslt; // null where products are all by kernels: matrix_products says why
  std::string matrix_products;

private:
  friend struct llm_buffer;
  void finish();
  void open_cublaslt();

  std::mutex lock_; // of what follows: buffers are written by many threads
  llmserving::MemoryCounter staging_counter_; // the context's own memory is no one's leak
  llmserving::PinnedMemory staging_;
  llmserving::OwnedEvent event_;
  llmserving::OwnedStream stream_;
  std::mutex buffers_lock_;
  std::map<const uint8_t *, size_t> buffers_; // live ones, by address
};

#endif
