// What CUDA's driver API and HIP have in common, which is nearly all: the same calls under other names. A vendor's file
// fills the table of functions and says what its devices are; the driver over the table is written once.
#ifndef LLMSERVING_GPU_DRIVERS_VENDOR_H
#define LLMSERVING_GPU_DRIVERS_VENDOR_H

#include <initializer_list>

#include "drivers/driver.h"

namespace llmserving {

// Signatures as both vendors document them: handles are pointers, a status of 0 is success, device addresses have the
// size of pointers.
struct VendorApi {
  int (*memory_info)(size_t *free, size_t *total);
  int (*allocate)(void **device, size_t bytes);
  int (*free)(void *device);
  int (*allocate_pinned)(void **host, size_t bytes, unsigned flags);
  int (*free_pinned)(void *host);
  int (*stream_create)(void **stream, unsigned flags);
  int (*stream_destroy)(void *stream);
  int (*stream_synchronize)(void *stream);
  int (*stream_wait)(void *stream, void *event, unsigned flags);
  int (*event_create)(void **event, unsigned flags);
  int (*event_destroy)(void *event);
  int (*event_record)(void *event, void *stream);
  int (*event_query)(void *event);
  int (*event_synchronize)(void *event);
  int (*upload)(void *device, const void *host, size_t bytes, void *stream);
  int (*download)(void *host, void *device, size_t bytes, void *stream);
  int (*copy)(void *target, void *source, size_t bytes, void *stream);
  int (*module_load)(void **module, const void *image);
  int (*module_unload)(void *module);
  int (*module_function)(void **function, void *module, const char *name);
  int (*function_attribute)(void *function, int attribute, int value); // null: not needed
  int (*launch)(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz,
                unsigned smem, void *stream, void **params, void **extra);
  int (*capture_begin)(void *stream, int mode);
  int (*capture_end)(void *stream, void **graph);
  int (*graph_instantiate)(void **executable, void *graph, unsigned long long flags);
  int (*graph_launch)(void *executable, void *stream);
  int (*graph_destroy)(void *graph);
  int (*graph_exec_destroy)(void *executable);
};

// A shared library of the vendor's, opened for the rest of the process's life: its threads do not survive a close.
class VendorLibrary {
public:
  explicit VendorLibrary(std::initializer_list<const char *> names); // the first that is found
  bool is_open() const { return handle_ != nullptr; }
  const std::string &error() const { return error_; }
  // False, and the symbol's name in `missing`, where it is not there.
  template <class F> bool bind(F &target, const char *symbol) {
    target = reinterpret_cast<F>(find(symbol));
    if (target == nullptr && missing_.empty())
      missing_ = symbol;
    return target != nullptr;
  }
  const std::string &missing() const { return missing_; }

private:
  void *find(const char *symbol) const;

  void *handle_ = nullptr;
  std::string error_, missing_;
};

// The few things that differ.
class Vendor {
public:
  virtual ~Vendor() = default;
  virtual const char *kind() const = 0;
  virtual const VendorApi &api() const = 0;
  virtual std::string text(int error) const = 0;
  // Makes the device the calling thread's.
  virtual int make_current() = 0;
  // Fills a range; the vendors' calls differ in the type of the value.
  virtual int fill(void *device, uint8_t byte, size_t bytes, void *stream) const = 0;
};

std::unique_ptr<Driver> vendor_driver(std::unique_ptr<Vendor> vendor, const DeviceProperties &properties,
                                      const void *image);

// Says why no device of a list can be used, and what to do.
inline void refuse(DeviceList &list, const std::string &reason, const std::string &remedy) {
  list.reason = reason;
  list.remedy = remedy;
}

// The device of an ordinal; throws LLM_UNSUPPORTED with the reason where it cannot be used.
const DeviceProperties &usable_device(const DeviceList &list, uint32_t ordinal);

// The kernels that were linked into the library (kernel_archive.h), null where there are none.
const void *linked_kernels();

// Lists a started driver's devices, as `describe` tells of each by its ordinal, and refuses them where none can be used,
// for which there is a remedy, or where no kernels were linked. kernels: the build's setting that names them.
template <class Describe>
void list_devices(DeviceList &list, int count, const char *remedy, const char *kernels, Describe describe) {
  bool usable = false;
  for (int i = 0; i < count; i++) {
    list.devices.push_back(describe(i));
    usable |= list.devices.back().reason.empty();
  }
  if (!usable)
    refuse(list, "no GPU is usable: " + list.devices[0].name + ": " + list.devices[0].reason, remedy);
  else if (linked_kernels() == nullptr)
    refuse(list, "this library was built without kernels", "Build it with " + std::string(kernels) + ", or use the released one.");
}

} // namespace llmserving

#endif
