#include "host/launcher.h"

#include "host/large_products.h"
#include "support/failure.h"

namespace llmserving {

Kernel KernelTable::resolve(const gpu::Launch &launch, const char *what) {
  if (launch.kernel == nullptr)
    throw Failure(LLM_UNSUPPORTED, std::string("there is no kernel for ") + what + " of these sizes and types");
  std::lock_guard<std::mutex> guard(lock_);
  auto found = known_.find(launch.kernel);
  if (found != known_.end() && found->second.smem >= launch.smem)
    return found->second.kernel;
  uint32_t limit = driver_.properties().shared_memory;
  if (launch.smem > limit)
    throw Failure(LLM_UNSUPPORTED, std::string(launch.kernel) + " needs " + std::to_string(launch.smem) +
                                       " bytes of shared memory, the device has " + std::to_string(limit));
  Kernel kernel = driver_.find(launch.kernel, launch.smem);
  if (kernel == nullptr)
    throw Failure(LLM_UNSUPPORTED, std::string("this library lacks the kernel ") + launch.kernel + " for " + what);
  known_[launch.kernel] = {kernel, launch.smem};
  return kernel;
}

bool StreamLauncher::multiply(gpu::LinearFamily family, const gpu::LinearParams &params) {
  return products_ != nullptr && products_->multiply(family, params, *this, stream_);
}

} // namespace llmserving
