// Slots of the sampler in device memory: parameters, lists of ids, and penalty counts.
#ifndef LLMSERVING_GPU_HOST_SAMPLER_SLOTS_H
#define LLMSERVING_GPU_HOST_SAMPLER_SLOTS_H

#include <vector>

#include "host/context.h"
#include "llmserving/gpu/sampling_params.h"

namespace llmserving {

class SamplerSlots {
public:
  SamplerSlots(llm_context *context, KernelTable &kernels, uint32_t slots, uint32_t vocabulary);

  // Sets a slot anew; the device has it when this returns. No step in flight may use the slot, others may run. Throws
  // Failure for numbers that cannot be.
  void set(const llm_slot &slot);

  bool wants_logprobs(int32_t slot) const { return logprobs_[static_cast<size_t>(slot)] >= 0; }
  const gpu::SamplerSlot *device() const { return slots_.as<gpu::SamplerSlot>(); }
  // Null until a slot has a penalty.
  uint16_t *counts() const { return counts_.as<uint16_t>(); }
  int64_t counts_stride() const { return stride_; }

private:
  void write_lists(const llm_slot &slot, gpu::SamplerSlot &target);
  void write_counts(const llm_slot &slot);

  llm_context *context_;
  KernelTable &kernels_;
  uint32_t count_, vocabulary_;
  int64_t stride_;
  std::vector<int32_t> logprobs_; // of each slot
  DeviceMemory slots_, counts_;
  DeviceMemory update_; // the list that a slot's counts are set from
  std::vector<DeviceMemory> lists_; // of each slot: suppressed ids, bias ids, bias; grown where a slot needs more
};

} // namespace llmserving

#endif
