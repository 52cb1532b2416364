#include "sampling/penalties.h"

#include <algorithm>
#include <cmath>

#include "support/failure.h"

namespace llmserving {
namespace {

constexpr float BIAS_LIMIT = 100;

void check(const char *what, int32_t slot, const int32_t *tokens, int32_t count, size_t vocabulary) {
  if (count < 0 || (count > 0 && tokens == nullptr))
    invalid("slot %d has %d %s tokens at %p", slot, count, what, static_cast<const void *>(tokens));
  for (int32_t i = 0; i < count; i++)
    if (tokens[i] < 0 || static_cast<size_t>(tokens[i]) >= vocabulary)
      invalid("slot %d: %s token %d is not one of the vocabulary's %zu", slot, what, tokens[i], vocabulary);
}

} // namespace

void Penalties::set(const llm_slot &slot, size_t vocabulary) {
  check("suppressed", slot.slot, slot.suppressed, slot.suppressed_count, vocabulary);
  check("bias", slot.slot, slot.bias_ids, slot.bias_count, vocabulary);
  check("prompt", slot.slot, slot.prompt, slot.prompt_count, vocabulary);
  check("output", slot.slot, slot.output, slot.output_count, vocabulary);
  repetition_ = slot.repetition;
  frequency_ = slot.frequency;
  presence_ = slot.presence;
  min_tokens_ = slot.min_tokens;
  suppressed_.assign(slot.suppressed, slot.suppressed + slot.suppressed_count);
  bias_ids_.assign(slot.bias_ids, slot.bias_ids + slot.bias_count);
  bias_.assign(slot.bias, slot.bias + slot.bias_count);
  for (float &bias : bias_)
    bias = std::min(BIAS_LIMIT, std::max(-BIAS_LIMIT, bias));
  counts_.clear();
  std::fill(table_.begin(), table_.end(), -1);
  if (repetition_ != 1)
    for (int32_t i = 0; i < slot.prompt_count; i++)
      count(slot.prompt[i]);
  for (int32_t i = 0; i < slot.output_count; i++)
    commit(slot.output[i]);
}

bool Penalties::active(int32_t position) const {
  return !bias_.empty() || (position < min_tokens_ && !suppressed_.empty()) || (counting() && !counts_.empty());
}

void Penalties::apply(float *logits, int32_t position) const {
  for (size_t i = 0; i < bias_.size(); i++)
    logits[bias_ids_[i]] += bias_[i];
  if (position < min_tokens_)
    for (int32_t token : suppressed_)
      logits[token] = -INFINITY;
  if (!counting())
    return;
  for (const Count &c : counts_) {
    float &x = logits[c.token];
    x = x > 0 ? x / repetition_ : x * repetition_;
    x -= frequency_ * static_cast<float>(c.output);
    x -= c.output > 0 ? presence_ : 0;
  }
}

void Penalties::commit(int32_t token) {
  if (counting())
    count(token).output++;
}

size_t Penalties::home(int32_t token) const {
  return static_cast<uint32_t>(token) * 2654435761u & (table_.size() - 1);
}

Penalties::Count &Penalties::count(int32_t token) {
  if ((counts_.size() + 1) * 2 > table_.size())
    grow();
  size_t at = home(token);
  while (table_[at] >= 0 && counts_[static_cast<size_t>(table_[at])].token != token)
    at = (at + 1) & (table_.size() - 1);
  if (table_[at] < 0) {
    table_[at] = static_cast<int32_t>(counts_.size());
    counts_.push_back({token, 0});
  }
  return counts_[static_cast<size_t>(table_[at])];
}

void Penalties::grow() {
  table_.assign(std::max<size_t>(64, table_.size() * 2), -1);
  for (size_t i = 0; i < counts_.size(); i++) {
    size_t at = home(counts_[i].token);
    while (table_[at] >= 0)
      at = (at + 1) & (table_.size() - 1);
    table_[at] = static_cast<int32_t>(i);
  }
}

} // namespace llmserving
