// Copies of cache blocks, and their way out to a staging buffer and back.
#include <cstring>
#include <vector>

#include "check.h"
#include "harness.h"
#include "llmserving/gpu/kv_cache.h"

using namespace llmserving;
using namespace llmserving::gpu;
using namespace llmserving::gputest;
using namespace llmserving_test;

namespace {

std::vector<uint8_t> random_bytes(size_t count, uint64_t seed) {
  Random random(seed);
  std::vector<uint8_t> bytes(count);
  for (uint8_t &byte : bytes)
    byte = static_cast<uint8_t>(random.next());
  return bytes;
}

void layout() {
  KvLayout bf16s = {DType::BF16, 16, 8, 128, 64}, int8s = {DType::I8, 32, 2, 96, 96};
  CHECK(kv_head_bytes(bf16s) == 16 * (128 + 64) * 2 && kv_values_offset(bf16s) == 16 * 128 * 2, "bf16");
  CHECK(kv_layer_bytes(int8s) == 2 * (32 * 192 + 32 * 8) && kv_scales_offset(int8s) == 32 * 192, "int8");
  // Offsets of far blocks need more than 32 bits.
  KvView view = kv_view(bf16s, nullptr, int64_t{1} << 20);
  CHECK(view.block_shift == 4 && view.block_mask == 15 && view.k_block * 100000 == 104857600000, "block stride");
}

void copy(const KvLayout &layout, int layers, const std::vector<KvBlockCopy> &copies) {
  int64_t layer_bytes = kv_layer_bytes(layout), block_bytes = layers * layer_bytes + 48;
  std::vector<uint8_t> expected = random_bytes(static_cast<size_t>(6 * block_bytes), 3);
  Array<uint8_t> pool(expected);
  Array<KvBlockCopy> list(copies);
  Array<int32_t> count(std::vector<int32_t>{static_cast<int32_t>(copies.size())});
  KvCopyParams p = kv_copy_params(layout, layers, pool.data(), block_bytes);
  p.copies = list.data();
  p.count = count.data();
  Launch launch = copy_kv_blocks_launch(p, static_cast<uint32_t>(copies.size()) + 1);
  CHECK(launch.kernel != nullptr, "no kernel");
  run(launch, p);
  for (const KvBlockCopy &c : copies)
    for (int part = 0; part < layers * layout.heads; part++) {
      int64_t base = part / layout.heads * layer_bytes + part % layout.heads * kv_head_bytes(layout);
      uint8_t *from = expected.data() + c.source * block_bytes + base, *to = expected.data() + c.target * block_bytes + base;
      int64_t element = kv_element_bytes(layout.type), tokens = c.tokens;
      std::memcpy(to, from, static_cast<size_t>(tokens * layout.k_dim * element));
      std::memcpy(to + kv_values_offset(layout), from + kv_values_offset(layout), static_cast<size_t>(tokens * layout.v_dim * element));
      for (int64_t scales = kv_scales_offset(layout); layout.type == DType::I8 && scales < kv_scales_offset(layout) + 8 * layout.block_size;
           scales += 4 * layout.block_size)
        std::memcpy(to + scales, from + scales, static_cast<size_t>(4 * tokens));
    }
  CHECK(pool.read() == expected, "copy of type %u", static_cast<uint32_t>(layout.type));
}

void swap() {
  int64_t block_bytes = 1000016;
  std::vector<uint8_t> contents = random_bytes(static_cast<size_t>(5 * block_bytes), 4);
  Array<uint8_t> pool(contents), staging(std::vector<uint8_t>(static_cast<size_t>(3 * block_bytes), 0));
  Array<int32_t> out(std::vector<int32_t>{4, -1, 2}), in(std::vector<int32_t>{0, -1, 3}), count(std::vector<int32_t>{3});
  Launch launch = swap_kv_blocks_launch(block_bytes, 4);
  run(launch, KvSwapParams{pool.data(), staging.data(), out.data(), count.data(), block_bytes, 1, 0});
  run(launch, KvSwapParams{pool.data(), staging.data(), in.data(), count.data(), block_bytes, 0, 0});
  std::vector<uint8_t> expected = contents;
  std::memcpy(&expected[0], &contents[static_cast<size_t>(4 * block_bytes)], static_cast<size_t>(block_bytes));
  std::memcpy(&expected[static_cast<size_t>(3 * block_bytes)], &contents[static_cast<size_t>(2 * block_bytes)], static_cast<size_t>(block_bytes));
  CHECK(pool.read() == expected, "swap");
}

} // namespace

int main() {
  layout();
  copy({DType::BF16, 16, 2, 64, 64}, 3, {{0, 1, 16, 0}, {2, 3, 7, 0}, {2, 4, 0, 0}});
  copy({DType::F16, 64, 1, 256, 256}, 1, {{1, 2, 64, 0}, {3, 4, 63, 0}});
  copy({DType::E4M3, 32, 1, 96, 80}, 2, {{5, 0, 1, 0}});
  copy({DType::I8, 16, 2, 32, 16}, 2, {{1, 2, 5, 0}, {3, 0, 16, 0}});
  swap();
  return finish();
}
