// From a launch by name to a kernel on a stream.
#ifndef LLMSERVING_GPU_HOST_LAUNCHER_H
#define LLMSERVING_GPU_HOST_LAUNCHER_H

#include <mutex>
#include <unordered_map>

#include "drivers/driver.h"
#include "llmserving/gpu/linear.h"

namespace llmserving {

class LargeProducts;

// The device's kernels that a program uses, looked up once. `what` names the operation in errors.
class KernelTable {
public:
  explicit KernelTable(Driver &driver) : driver_(driver) {}
  // Throws LLM_UNSUPPORTED where the launch has no kernel or the device not that one.
  Kernel resolve(const gpu::Launch &launch, const char *what);
  Driver &driver() const { return driver_; }

private:
  struct Entry {
    Kernel kernel;
    uint32_t smem;
  };
  Driver &driver_;
  std::mutex lock_; // sessions of one program may run on several threads
  std::unordered_map<const char *, Entry> known_; // by the literal's address
};

// Where a forward pass goes: to a stream, or only through the table, so that a program knows that it can run.
class Launcher {
public:
  virtual ~Launcher() = default;
  // A product by the vendor's library; false: by a kernel.
  virtual bool multiply(gpu::LinearFamily, const gpu::LinearParams &) { return false; }
  template <class Params> void operator()(const gpu::Launch &launch, const Params &params, const char *what) {
    if (launch.kernel == nullptr || (launch.grid_x != 0 && launch.grid_y != 0 && launch.grid_z != 0))
      run(launch, &params, sizeof(Params), what);
  }

protected:
  virtual void run(const gpu::Launch &launch, const void *params, size_t bytes, const char *what) = 0;
};

class StreamLauncher final : public Launcher {
public:
  // products: may be null.
  StreamLauncher(KernelTable &table, Stream stream, LargeProducts *products = nullptr)
      : table_(table), stream_(stream), products_(products) {}
  bool multiply(gpu::LinearFamily family, const gpu::LinearParams &params) override;

protected:
  void run(const gpu::Launch &launch, const void *params, size_t bytes, const char *what) override {
    table_.driver().launch(table_.resolve(launch, what), launch, params, bytes, stream_);
  }

private:
  KernelTable &table_;
  Stream stream_;
  LargeProducts *products_;
};

class KernelCheck final : public Launcher {
public:
  explicit KernelCheck(KernelTable &table) : table_(table) {}

protected:
  void run(const gpu::Launch &launch, const void *, size_t, const char *what) override { table_.resolve(launch, what); }

private:
  KernelTable &table_;
};

} // namespace llmserving

#endif
