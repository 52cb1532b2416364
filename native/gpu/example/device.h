// What the example needs of a device: an NVIDIA GPU by the CUDA runtime or, compiled with SIMT_EMU, the emulator.
#ifndef LLMSERVING_GPU_EXAMPLE_DEVICE_H
#define LLMSERVING_GPU_EXAMPLE_DEVICE_H

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#ifdef SIMT_EMU
#include "emulator/emulator.h"
#define LLM_KERNEL_ENTRY(NAME, PARAMS) constexpr const char *NAME = #NAME
#else
#include "llmserving/gpu/launch_cuda.h"
#endif

namespace example {

inline void expect(bool fine, const char *what, const char *why) {
  if (!fine) {
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
  }
}

#ifdef SIMT_EMU

inline void *allocate(size_t bytes) { return llmserving::emulator::allocate(bytes); }
inline void release(void *memory) { llmserving::emulator::release(memory); }
inline void upload(void *device, const void *host, size_t bytes) { llmserving::emulator::copy_in(device, host, bytes); }
inline void download(void *host, const void *device, size_t bytes) {
  llmserving::emulator::copy_out(host, device, bytes);
}

template <class Params>
void launch_named(const char *kernel, const char *, const llmserving::gpu::Launch &launch, const Params &params) {
  llmserving::emulator::Report report = llmserving::emulator::launch(launch, &params, sizeof params);
  expect(report.ok(), kernel, report.text().c_str());
}

#else

inline void check(cudaError_t error, const char *what) {
  expect(error == cudaSuccess, what, cudaGetErrorString(error));
}
inline void *allocate(size_t bytes) {
  void *memory = nullptr;
  check(cudaMalloc(&memory, bytes), "cudaMalloc");
  return memory;
}
inline void release(void *memory) { cudaFree(memory); }
inline void upload(void *device, const void *host, size_t bytes) {
  check(cudaMemcpy(device, host, bytes, cudaMemcpyHostToDevice), "cudaMemcpy");
}
inline void download(void *host, const void *device, size_t bytes) {
  check(cudaMemcpy(host, device, bytes, cudaMemcpyDeviceToHost), "cudaMemcpy");
}

template <class Params>
void launch_named(const char *kernel, void (*entry)(Params), const llmserving::gpu::Launch &launch,
                  const Params &params) {
  check(llmserving::gpu::launch_cuda(entry, launch, params), kernel);
}

#endif

// LAUNCH(kernel, launch shape, parameters): the shape must be of that kernel.
#define LAUNCH(NAME, SHAPE, PARAMS)                                                                                    \
  do {                                                                                                                 \
    llmserving::gpu::Launch shape = SHAPE;                                                                             \
    example::expect(shape.kernel != nullptr && strcmp(shape.kernel, #NAME) == 0, #NAME,                                \
                    "another kernel is asked for");                                                                    \
    example::launch_named(#NAME, NAME, shape, PARAMS);                                                                 \
  } while (0)

template <class T> class DeviceArray {
public:
  explicit DeviceArray(size_t count) : data_(static_cast<T *>(allocate(count * sizeof(T)))), count_(count) {}
  explicit DeviceArray(const std::vector<T> &values) : DeviceArray(values.size()) {
    upload(data_, values.data(), count_ * sizeof(T));
  }
  ~DeviceArray() { release(data_); }
  DeviceArray(const DeviceArray &) = delete;
  DeviceArray &operator=(const DeviceArray &) = delete;
  T *data() const { return data_; }
  std::vector<T> values() const {
    std::vector<T> values(count_);
    download(values.data(), data_, count_ * sizeof(T));
    return values;
  }

private:
  T *data_;
  size_t count_;
};

} // namespace example

#endif
