// The sampler's noise and exponential against the CPU's, bit by bit. The functions are compiled for the host here,
// whose arithmetic is rounded operation by operation as the device's explicit operations are.
#include "llmserving/gpu/philox.h"

#include <cstring>
#include <vector>

#include "check.h"
#include "sampling/kernels.h"

namespace llmserving {
namespace gpu {
float mul_rn(float a, float b) { return a * b; }
float add_rn(float a, float b) { return a + b; }
float div_rn(float a, float b) { return a / b; }
} // namespace gpu
} // namespace llmserving

using namespace llmserving;
using llmserving_test::Random;

namespace {

constexpr uint32_t LANES = 16;

void check_words(const SamplingKernel &kernel, Random &random) {
  for (int round = 0; round < 20000; round++) {
    uint32_t low = random.next(), high = random.next(), choice = random.next(), position = random.next();
    uint32_t first = random.next() / (2 * LANES) * LANES, words[LANES], again[LANES];
    kernel.noise_words({static_cast<uint64_t>(high) << 32 | low, choice, position}, first, words, again);
    for (uint32_t i = 0; i < LANES; i++)
      CHECK(gpu::noise_word({low, high, choice, position}, static_cast<int32_t>(first + i)) == words[i],
            "word %u of round %d", i, round);
  }
}

void check_noise(const SamplingKernel &kernel, Random &random) {
  for (uint32_t round = 0; round < 200000; round++) {
    uint32_t words[LANES];
    float noise[LANES];
    for (uint32_t i = 0; i < LANES; i++)
      words[i] = round < 64 ? round * LANES + i : round < 128 ? 0u - (round * LANES + i) : random.next();
    kernel.gumbel(words, noise);
    for (uint32_t i = 0; i < LANES; i++) {
      float own = gpu::gumbel_of(gpu::uniform_of(words[i]));
      CHECK(memcmp(&own, noise + i, 4) == 0, "word %08x: %g for %g", words[i], static_cast<double>(own),
            static_cast<double>(noise[i]));
    }
  }
}

// Every 97th negative float, and everything near zero's end of the range that counts.
void check_exponential(const SamplingKernel &kernel) {
  std::vector<float> x, wanted(1 << 16);
  auto check = [&] {
    kernel.exp(x.data(), x.size(), 0, 1, wanted.data());
    for (size_t i = 0; i < x.size(); i++) {
      float own = gpu::exp_negative(x[i]);
      CHECK(memcmp(&own, &wanted[i], 4) == 0, "exp(%g)", static_cast<double>(x[i]));
    }
    x.clear();
  };
  for (uint32_t bits = 0x80000000u; bits < 0xff800000u; bits += 97) {
    x.push_back(gpu::float_of_bits(bits));
    if (x.size() == wanted.size())
      check();
  }
  check();
}

// Known answers of the generator's authors for zero and all-ones counters and keys (Random123, kat_vectors).
void check_known_answers() {
  auto check = [](const gpu::PhiloxWords &own, uint32_t w0, uint32_t w1, uint32_t w2, uint32_t w3) {
    CHECK(own.word[0] == w0 && own.word[1] == w1 && own.word[2] == w2 && own.word[3] == w3, "%08x %08x %08x %08x",
          own.word[0], own.word[1], own.word[2], own.word[3]);
  };
  constexpr uint32_t ONES = 0xffffffffu;
  check(gpu::philox(0, 0, 0, 0, 0, 0), 0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u);
  check(gpu::philox(ONES, ONES, ONES, ONES, ONES, ONES), 0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu);
}

// Choices by argmax of logit + noise follow the softmax: chi-square over 10^5 draws, with the key's parts varied in
// turn.
void check_distribution() {
  constexpr int DRAWS = 100000, TOKENS = 12;
  for (int part = 0; part < 3; part++) {
    int seen[TOKENS] = {};
    double weight[TOKENS], total = 0, chi = 0;
    for (int i = 0; i < TOKENS; i++)
      total += weight[i] = std::exp(0.2 * i);
    for (uint32_t draw = 0; draw < DRAWS; draw++) {
      int best = 0;
      float greatest = -INFINITY;
      gpu::NoiseKey draws = {part == 0 ? draw : 5, 9, part == 1 ? draw : 2, part == 2 ? draw : 3};
      for (uint32_t i = 0; i < TOKENS; i++) {
        float key = 0.2f * static_cast<float>(i) + gpu::gumbel_of(gpu::uniform_of(gpu::noise_word(draws, static_cast<int32_t>(i))));
        best = key > greatest ? static_cast<int>(i) : best;
        greatest = key > greatest ? key : greatest;
      }
      seen[best]++;
    }
    for (int i = 0; i < TOKENS; i++) {
      double expected = DRAWS * weight[i] / total;
      chi += (seen[i] - expected) * (seen[i] - expected) / expected;
    }
    CHECK(chi < 31.3, "chi-square %g with 11 degrees of freedom (0.1 %%)", chi);
  }
}

} // namespace

int main() {
  const SamplingKernel &kernel = sampling_kernel(LLM_ISA_SCALAR);
  Random random(6);
  check_known_answers();
  check_words(kernel, random);
  check_noise(kernel, random);
  check_exponential(kernel);
  check_distribution();
  return llmserving_test::finish();
}
