// A case in a device's memory, ready to be launched.
#ifndef LLMSERVING_GPU_CHECK_PLACED_CASE_H
#define LLMSERVING_GPU_CHECK_PLACED_CASE_H

#include "check/cases.h"
#include "check/stage.h"

namespace llmserving {

class PlacedCase {
public:
  PlacedCase(Stage &stage, const Case &c) : params_(c.params) {
    for (const Region &region : c.regions) {
      memory_.push_back(stage.memory(region.bytes, "a case"));
      fill(stage, memory_.back().as<uint8_t>(), region);
    }
    for (const vectors::Relocation &r : c.relocations) {
      const void *address = memory_[r.buffer].as<uint8_t>() + r.offset;
      memcpy(params_.data() + r.at, &address, 8);
    }
  }

  const std::vector<uint8_t> &params() const { return params_; }

private:
  static void fill(Stage &stage, uint8_t *memory, const Region &region) {
    if (region.contents.size() == 1 && region.bytes != 0) {
      stage.driver().fill(memory, region.contents[0], region.bytes, stage.stream());
      return stage.wait();
    }
    for (uint64_t at = 0; at < region.bytes; at += region.contents.size())
      stage.upload(memory + at, region.contents.data(), std::min<uint64_t>(region.contents.size(), region.bytes - at));
  }

  std::vector<DeviceMemory> memory_;
  std::vector<uint8_t> params_;
};

} // namespace llmserving

#endif
