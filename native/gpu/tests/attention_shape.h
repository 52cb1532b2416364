// What an attention test varies, and the elements of its types.
#ifndef LLMSERVING_GPU_TESTS_ATTENTION_SHAPE_H
#define LLMSERVING_GPU_TESTS_ATTENTION_SHAPE_H

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "check.h"
#include "harness.h"
#include "host/attention_plan.h"

namespace llmserving_test {

using namespace llmserving;
using namespace llmserving::gpu;
using namespace llmserving::gputest;

enum class Storage { Paged, Ragged, Padded };

struct AttentionShape {
  DType activation = DType::BF16, kv = DType::BF16;
  int heads = 4, kv_heads = 1, k_dim = 64, v_dim = 64;
  uint32_t block_size = 16;
  int window = 0;
  float soft_cap = 0;
  bool alibi = false, sinks = false;
  bool deterministic = false;
  uint32_t lists = 15; // of the plan, as far as there are kernels
  int multiprocessors = 1;
  int max_partials = 4096;
  Storage storage = Storage::Paged;
  int32_t block_shared = BLOCK_SHARED_BYTES; // shared memory that a block may have
};

inline const char *name_of(DType type) {
  return type == DType::BF16 ? "bf16" : type == DType::F16 ? "f16" : type == DType::E4M3 ? "e4m3" : type == DType::E5M2 ? "e5m2" : "int8";
}

inline std::string name_of(const AttentionShape &s) {
  char text[200];
  snprintf(text, sizeof(text), "%s/%s heads %d/%d dims %d/%d block %u window %d cap %g%s%s%s%s lists %u", name_of(s.activation),
           name_of(s.kv), s.heads, s.kv_heads, s.k_dim, s.v_dim, s.block_size, s.window, static_cast<double>(s.soft_cap),
           s.alibi ? " alibi" : "", s.sinks ? " sinks" : "", s.deterministic ? " deterministic" : "",
           s.storage == Storage::Paged ? "" : s.storage == Storage::Ragged ? " ragged" : " padded", s.lists);
  return text;
}

inline uint16_t narrow(DType type, float x) { return type == DType::F16 ? from_float<f16>(x).bits : from_float<bf16>(x).bits; }
inline float widen(DType type, uint16_t bits) {
  return type == DType::F16 ? to_float(f16{bits}) : to_float(bf16{bits});
}

// Writes one token's vector as the cache's type has it; returns what it then stands for. scale: of e4m3 and e5m2.
inline void encode(DType type, const std::vector<float> &x, float scale, uint8_t *to, uint8_t *scales, std::vector<float> &seen) {
  float greatest = 0;
  for (float value : x)
    greatest = std::max(greatest, std::fabs(value));
  float own = greatest / 127;
  if (type == DType::I8)
    std::memcpy(scales, &own, 4);
  for (size_t d = 0; d < x.size(); d++) {
    if (type == DType::BF16 || type == DType::F16) {
      uint16_t bits = narrow(type, x[d]);
      std::memcpy(to + 2 * d, &bits, 2);
      seen[d] = widen(type, bits);
    } else if (type == DType::I8) {
      int code = static_cast<int>(std::lrint(x[d] / own));
      to[d] = static_cast<uint8_t>(static_cast<int8_t>(code));
      seen[d] = static_cast<float>(code) * own;
    } else if (type == DType::E4M3) {
      to[d] = from_float<e4m3>(x[d] / scale).bits;
      seen[d] = to_float(e4m3{to[d]}) * scale;
    } else {
      to[d] = from_float<e5m2>(x[d] / scale).bits;
      seen[d] = to_float(e5m2{to[d]}) * scale;
    }
  }
}

} // namespace llmserving_test

#endif
