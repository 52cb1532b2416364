#include "host/sampler_slots.h"

#include <algorithm>
#include <map>

#include "llmserving/gpu/penalties.h"
#include "support/failure.h"

namespace llmserving {
namespace {

constexpr float kBiasLimit = 100;

void check(const char *what, int32_t slot, const int32_t *tokens, int32_t count, uint32_t vocabulary) {
  if (count < 0 || (count > 0 && tokens == nullptr))
    invalid("slot %d has %d %s tokens at %p", slot, count, what, static_cast<const void *>(tokens));
  for (int32_t i = 0; i < count; i++)
    if (tokens[i] < 0 || static_cast<uint32_t>(tokens[i]) >= vocabulary)
      invalid("slot %d: %s token %d is not one of the vocabulary's %u", slot, what, tokens[i], vocabulary);
}

bool counting(const llm_slot &slot) { return slot.repetition != 1 || slot.frequency != 0 || slot.presence != 0; }

gpu::SamplerSlot parameters(const llm_slot &slot) {
  gpu::SamplerSlot s = {};
  s.temperature = slot.temperature;
  s.top_p = slot.top_p;
  s.top_k = slot.top_k;
  s.repetition = slot.repetition;
  s.frequency = slot.frequency;
  s.presence = slot.presence;
  s.min_tokens = slot.min_tokens;
  s.logprobs = slot.logprobs;
  s.seed_low = static_cast<uint32_t>(slot.seed);
  s.seed_high = static_cast<uint32_t>(slot.seed >> 32);
  s.counting = counting(slot) ? 1 : 0;
  gpu::set_min_p(s, slot.min_p);
  return s;
}

// Arrays one after the other, each at a multiple of 16 bytes.
class Packed {
public:
  template <class T> size_t add(const std::vector<T> &values) {
    size_t offset = bytes.size();
    const uint8_t *first = reinterpret_cast<const uint8_t *>(values.data());
    bytes.insert(bytes.end(), first, first + values.size() * sizeof(T));
    bytes.resize((bytes.size() + 15) / 16 * 16);
    return offset;
  }
  std::vector<uint8_t> bytes;
};

} // namespace

SamplerSlots::SamplerSlots(llm_context *context, KernelTable &kernels, uint32_t slots, uint32_t vocabulary)
    : context_(context), kernels_(kernels), count_(slots), vocabulary_(vocabulary),
      stride_((static_cast<int64_t>(vocabulary) + 7) / 8 * 8), logprobs_(slots, -1), lists_(slots) {
  gpu::SamplerSlot unset = {};
  unset.top_p = unset.repetition = 1;
  unset.logprobs = -1;
  gpu::set_min_p(unset, 0);
  std::vector<gpu::SamplerSlot> all(slots, unset);
  slots_ = DeviceMemory(context->heap(), slots * sizeof(gpu::SamplerSlot), "sampler slots");
  context->write(slots_.data(), all.data(), all.size() * sizeof(gpu::SamplerSlot));
}

void SamplerSlots::set(const llm_slot &slot) {
  if (slot.slot < 0 || static_cast<uint32_t>(slot.slot) >= count_)
    invalid("slot %d of %u", slot.slot, count_);
  check("suppressed", slot.slot, slot.suppressed, slot.suppressed_count, vocabulary_);
  check("bias", slot.slot, slot.bias_ids, slot.bias_count, vocabulary_);
  check("prompt", slot.slot, slot.prompt, slot.prompt_count, vocabulary_);
  check("output", slot.slot, slot.output, slot.output_count, vocabulary_);
  if (slot.logprobs > gpu::MAX_TOPS)
    throw Failure(LLM_UNSUPPORTED, "a GPU reports at most " + std::to_string(gpu::MAX_TOPS) + " alternatives, not " +
                                       std::to_string(slot.logprobs));
  gpu::SamplerSlot target = parameters(slot);
  write_lists(slot, target);
  if (target.counting != 0)
    write_counts(slot);
  context_->write(slots_.as<gpu::SamplerSlot>() + slot.slot, &target, sizeof target);
  logprobs_[static_cast<size_t>(slot.slot)] = slot.logprobs;
}

// Lists hold each id once: biases of one id add up.
void SamplerSlots::write_lists(const llm_slot &slot, gpu::SamplerSlot &target) {
  std::vector<int32_t> suppressed(slot.suppressed, slot.suppressed + slot.suppressed_count), ids;
  std::sort(suppressed.begin(), suppressed.end());
  suppressed.erase(std::unique(suppressed.begin(), suppressed.end()), suppressed.end());
  std::map<int32_t, float> sums;
  for (int32_t i = 0; i < slot.bias_count; i++)
    sums[slot.bias_ids[i]] += std::min(kBiasLimit, std::max(-kBiasLimit, slot.bias[i]));
  std::vector<float> bias;
  for (const auto &entry : sums) {
    ids.push_back(entry.first);
    bias.push_back(entry.second);
  }
  Packed packed;
  size_t at_suppressed = packed.add(suppressed), at_ids = packed.add(ids), at_bias = packed.add(bias);
  if (packed.bytes.empty())
    return;
  DeviceMemory &memory = lists_[static_cast<size_t>(slot.slot)];
  if (memory.bytes() < packed.bytes.size())
    memory = DeviceMemory(context_->heap(), packed.bytes.size(), "a sampler slot's lists");
  context_->write(memory.data(), packed.bytes.data(), packed.bytes.size());
  const uint8_t *base = memory.as<uint8_t>();
  target.suppressed = reinterpret_cast<const int32_t *>(base + at_suppressed);
  target.bias_ids = reinterpret_cast<const int32_t *>(base + at_ids);
  target.bias = reinterpret_cast<const float *>(base + at_bias);
  target.suppressed_count = static_cast<int32_t>(suppressed.size());
  target.bias_count = static_cast<int32_t>(ids.size());
}

// The prompt counts for the repetition penalty alone.
void SamplerSlots::write_counts(const llm_slot &slot) {
  if (counts_.data() == nullptr) {
    counts_ = DeviceMemory(context_->heap(), count_ * static_cast<size_t>(stride_) * sizeof(uint16_t), "penalty counts");
    context_->zero(counts_.data(), counts_.bytes());
  }
  std::map<int32_t, uint32_t> counts;
  for (int32_t i = 0; i < slot.prompt_count && slot.repetition != 1; i++)
    counts[slot.prompt[i]] |= gpu::COUNT_IN_PROMPT;
  for (int32_t i = 0; i < slot.output_count; i++) {
    uint32_t &count = counts[slot.output[i]];
    if ((count & gpu::COUNT_MASK) < gpu::COUNT_MASK)
      count++;
  }
  std::vector<int32_t> ids;
  std::vector<uint16_t> values;
  for (const auto &entry : counts) {
    ids.push_back(entry.first);
    values.push_back(static_cast<uint16_t>(entry.second));
  }
  Packed packed;
  size_t at_ids = packed.add(ids), at_values = packed.add(values);
  size_t at_slot = packed.add(std::vector<int32_t>{slot.slot});
  size_t at_starts = packed.add(std::vector<int32_t>{0, static_cast<int32_t>(ids.size())});
  if (update_.bytes() < packed.bytes.size())
    update_ = DeviceMemory(context_->heap(), 2 * packed.bytes.size(), "a slot's penalty counts");
  context_->write(update_.data(), packed.bytes.data(), packed.bytes.size());
  const uint8_t *base = update_.as<uint8_t>();
  gpu::SetCountsParams params = {counts_.as<uint16_t>(),
                                 reinterpret_cast<const int32_t *>(base + at_slot),
                                 reinterpret_cast<const int32_t *>(base + at_starts),
                                 reinterpret_cast<const int32_t *>(base + at_ids),
                                 reinterpret_cast<const uint16_t *>(base + at_values),
                                 stride_,
                                 static_cast<int32_t>(vocabulary_),
                                 0};
  context_->run(kernels_, gpu::set_counts_launch(1, stride_), params, "penalty counts");
}

} // namespace llmserving
