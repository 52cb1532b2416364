#include "check/cases.h"
#include "llmserving/gpu/kv_cache.h"

namespace llmserving {

using namespace gpu;

namespace {

constexpr int32_t kBlocks = 32, kLayers = 4;

KvLayout layout_of(const Sizes &s, DType type) { return {type, 16, s.kv_heads, s.head, s.head}; }

// Every other block to the one behind it, the first `tokens` tokens of all layers: reads and writes them.
Case copy_case(const Sizes &s, DType type, int32_t tokens) {
  KvLayout layout = layout_of(s, type);
  int64_t block = kLayers * kv_layer_bytes(layout);
  std::vector<KvBlockCopy> copies;
  for (int32_t i = 0; i < kBlocks; i++)
    copies.push_back({2 * i, 2 * i + 1, tokens, 0});
  CaseBuilder b;
  KvCopyParams p = kv_copy_params(layout, kLayers, b.memory(2 * kBlocks * static_cast<uint64_t>(block)), block);
  p.copies = b.copy(copies);
  p.count = b.copy(std::vector<int32_t>{kBlocks});
  double token = p.k_token_bytes + p.v_token_bytes + 8 * p.scales;
  double moved = 2.0 * kBlocks * kLayers * s.kv_heads * tokens * token + 16.0 * kBlocks + 4;
  return b.build(std::to_string(kBlocks) + " times " + std::to_string(tokens) + " tokens of " + std::to_string(kLayers) +
                     " layers" + (p.scales != 0 ? ", int8" : ""),
                 copy_kv_blocks_launch(p, kBlocks), p, moved);
}

// Both sides in the device's memory: what crosses the bus is not the kernel's.
Case swap_case(const Sizes &s, bool out) {
  KvLayout layout = layout_of(s, DType::BF16);
  uint64_t block = static_cast<uint64_t>(kLayers * kv_layer_bytes(layout));
  std::vector<int32_t> blocks;
  for (int32_t i = 0; i < kBlocks; i++)
    blocks.push_back(i * 5 % kBlocks);
  CaseBuilder b;
  KvSwapParams p = {};
  p.pool = b.memory<uint8_t>(kBlocks * block);
  p.staging = b.memory<uint8_t>(kBlocks * block);
  p.blocks = b.copy(blocks);
  p.count = b.copy(std::vector<int32_t>{kBlocks});
  p.block_bytes = static_cast<int64_t>(block);
  p.out = out ? 1 : 0;
  return b.build(std::to_string(kBlocks) + " blocks " + (out ? "out" : "in") + ", both sides on the device",
                 swap_kv_blocks_launch(p.block_bytes, kBlocks), p, 2.0 * kBlocks * static_cast<double>(block) + 4 * kBlocks + 4);
}

} // namespace

void add_cache_cases(const Sizes &s, std::vector<Case> &cases) {
  for (DType type : {DType::BF16, DType::I8})
    for (int32_t tokens : {16, 9})
      cases.push_back(copy_case(s, type, tokens));
  cases.push_back(swap_case(s, true));
  cases.push_back(swap_case(s, false));
}

} // namespace llmserving
