// A slot's changes to raw logits that concern few tokens: bias, suppressed ids, and the counts behind the penalties.
#ifndef LLMSERVING_SAMPLING_PENALTIES_H
#define LLMSERVING_SAMPLING_PENALTIES_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "llmserving/llmserving.h"

namespace llmserving {

class Penalties {
public:
  // Throws Failure for a token outside the vocabulary.
  void set(const llm_slot &slot, size_t vocabulary);

  // Whether apply would change a logit of the token at this position of the output.
  bool active(int32_t position) const;
  void apply(float *logits, int32_t position) const;

  // Counts a token of the output.
  void commit(int32_t token);

private:
  struct Count {
    int32_t token;
    int32_t output; // times in the output
  };

  bool counting() const { return repetition_ != 1 || frequency_ != 0 || presence_ != 0; }
  Count &count(int32_t token);
  void grow();
  size_t home(int32_t token) const;

  float repetition_ = 1, frequency_ = 0, presence_ = 0;
  int32_t min_tokens_ = 0;
  std::vector<int32_t> suppressed_, bias_ids_;
  std::vector<float> bias_;
  std::vector<Count> counts_;  // one per token seen
  std::vector<int32_t> table_; // open addressing: index into counts_ or -1; a power of two, at most half full
};

} // namespace llmserving

#endif
