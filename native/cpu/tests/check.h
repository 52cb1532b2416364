// The least that a test program needs: checks that count failures and print where, and a seeded generator.
#ifndef LLMSERVING_TESTS_CHECK_H
#define LLMSERVING_TESTS_CHECK_H

#include <cmath>
#include <cstdint>
#include <cstdio>

namespace llmserving_test {

inline int failures = 0;

// CHECK(condition, "format", …) goes on after a failure; a test program returns finish().
#define CHECK(condition, ...)                                                                                          \
  do {                                                                                                                 \
    if (!(condition) && ++llmserving_test::failures <= 20) {                                                           \
      printf("%s:%d: %s: ", __FILE__, __LINE__, #condition);                                                           \
      printf(__VA_ARGS__);                                                                                             \
      printf("\n");                                                                                                    \
    }                                                                                                                  \
  } while (0)

inline int finish() {
  printf(failures == 0 ? "all checks passed\n" : "%d checks failed\n", failures);
  return failures == 0 ? 0 : 1;
}

// xorshift64*: the same numbers on every machine.
class Random {
public:
  explicit Random(uint64_t seed) : state_(seed * 2654435769u + 1) { next(); }

  uint32_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<uint32_t>(state_ * 2685821657736338717u >> 32);
  }

  // In [-1, 1).
  float uniform() { return static_cast<float>(static_cast<int32_t>(next())) * 4.656612873077393e-10f; }

  // Roughly normal, with now and then an outlier, as activations have.
  float activation() {
    float x = uniform() + uniform() + uniform();
    return next() % 64 == 0 ? 20 * x : x;
  }

private:
  uint64_t state_;
};

} // namespace llmserving_test

#endif
