// Chains of drafts: every length of agreement, none drafted, failed samples.
#include "llmserving/gpu/speculative.h"

#include <cstddef>

#include "check.h"
#include "harness.h"

using namespace llmserving::gpu;
using namespace llmserving::gputest;

namespace {

struct Chain {
  std::vector<int32_t> drafts, samples;
};

// As the definition says: accept while equal, then the target's own token.
std::vector<int32_t> emitted(const Chain &chain) {
  std::vector<int32_t> tokens;
  for (size_t i = 0; i < chain.samples.size() && chain.samples[i] >= 0; i++) {
    tokens.push_back(chain.samples[i]);
    if (i >= chain.drafts.size() || chain.drafts[i] != chain.samples[i])
      break;
  }
  return tokens;
}

void check(const std::vector<Chain> &chains) {
  std::vector<int32_t> drafts, starts = {0}, samples;
  for (const Chain &chain : chains) {
    drafts.insert(drafts.end(), chain.drafts.begin(), chain.drafts.end());
    samples.insert(samples.end(), chain.samples.begin(), chain.samples.end());
    starts.push_back(static_cast<int32_t>(drafts.size()));
  }
  drafts.push_back(0);
  Array<int32_t> device_drafts(drafts), device_starts(starts), device_samples(samples), tokens(samples.size()),
      counts(chains.size());
  run(verify_launch(static_cast<uint32_t>(chains.size())),
      VerifyParams{device_drafts.data(), device_starts.data(), device_samples.data(), tokens.data(), counts.data(),
                   static_cast<int32_t>(chains.size()), 0});
  std::vector<int32_t> all = tokens.read(), lengths = counts.read();
  size_t at = 0;
  for (size_t s = 0; s < chains.size(); s++) {
    std::vector<int32_t> wanted = emitted(chains[s]);
    CHECK(lengths[s] == static_cast<int32_t>(wanted.size()), "chain %zu emits %d for %zu", s, lengths[s],
          wanted.size());
    wanted.resize(chains[s].samples.size(), -1);
    for (int32_t token : wanted)
      CHECK(all[at++] == token, "chain %zu", s);
  }
}

} // namespace

int main() {
  std::vector<Chain> chains;
  for (size_t drafts : {0u, 1u, 2u, 5u, 31u, 32u, 33u, 70u})
    for (size_t agree = 0; agree <= drafts; agree += drafts > 5 ? 7 : 1) {
      Chain chain;
      for (size_t i = 0; i < drafts; i++)
        chain.drafts.push_back(static_cast<int32_t>(10 + i));
      for (size_t i = 0; i <= drafts; i++)
        chain.samples.push_back(i < agree ? static_cast<int32_t>(10 + i)
                                          : static_cast<int32_t>(i == agree ? 3 : 10 + i));
      chains.push_back(chain);
      chain.samples[agree] = -1; // where sampling failed the chain ends
      chains.push_back(chain);
    }
  check(chains);
  check({{{}, {5}}});
  return llmserving_test::finish();
}
