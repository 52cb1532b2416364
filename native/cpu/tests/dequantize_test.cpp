// dequantize() against what gguf-py made of the same blocks (record_dequantize.py), bit by bit.
#include <cstring>
#include <fstream>
#include <vector>

#include "linear/linear.h"
#include "tests/check.h"

namespace {

bool read(std::ifstream &in, void *target, size_t bytes) {
  return static_cast<bool>(in.read(static_cast<char *>(target), static_cast<std::streamsize>(bytes)));
}

} // namespace

int main(int argc, char **argv) {
  std::ifstream in(argc > 1 ? argv[1] : "", std::ios::binary);
  CHECK(in.good(), "usage: dequantize_test goldens/dequantize.bin");
  int types = 0;
  for (uint32_t header[3]; read(in, header, sizeof header); types++) {
    std::vector<uint8_t> raw(header[1]);
    std::vector<float> expected(header[2]), actual(header[2]);
    CHECK(read(in, raw.data(), raw.size()) && read(in, expected.data(), expected.size() * 4), "truncated file");
    CHECK(llmserving::dequantize(header[0], raw.data(), actual.size(), actual.data()), "type %u", header[0]);
    for (size_t i = 0; i < actual.size(); i++) {
      CHECK(memcmp(&actual[i], &expected[i], 4) == 0, "type %u, value %zu: %a, gguf-py has %a", header[0], i,
            static_cast<double>(actual[i]), static_cast<double>(expected[i]));
    }
  }
  CHECK(types == 14, "%d types", types);
  float value;
  CHECK(!llmserving::dequantize(LLM_TYPE_Q4_K, "", 32, &value), "half a block");
  CHECK(!llmserving::dequantize(9, "", 32, &value), "unknown type");
  return llmserving_test::finish();
}
