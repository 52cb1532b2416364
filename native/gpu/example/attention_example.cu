// The kernels as a library, without the engine: an attention layer up to its output projection, for the last token of a
// sequence whose keys and values lie in a paged cache. RMS norm, projection by 8-bit floating-point weights, rotation
// with the write to the cache, attention; then the same in double precision on the CPU.
//
//   nvcc -std=c++17 -O3 -arch=native -I native/gpu/include native/gpu/example/attention_*.cu -o attention_example
// the same by CMake:
//   cmake -S native/gpu/example -B build/example && cmake --build build/example
// on the emulator:
//   cmake -S native -B build -DLLMSERVING_GPU=ON && cmake --build build --target attention_example
#include <cmath>
#include <cstdint>
#include <random>

#include "device.h"
#include "llmserving/gpu/decode_attention.h"
#include "llmserving/gpu/gemm_fp8.h"
#include "llmserving/gpu/norm.h"
#include "llmserving/gpu/rope_cache.h"
#include "reference.h"

using namespace llmserving::gpu;
using example::DeviceArray;
using example::Layer;

LLM_KERNEL_ENTRY(norm_bf16_128, NormParams);
LLM_KERNEL_ENTRY(gemm_fp8_m64_bf16_e4m3, GemmFp8Params);
LLM_KERNEL_ENTRY(rope_cache_bf16_bf16_d64, RopeCacheParams);
LLM_KERNEL_ENTRY(decode_attention_bf16_bf16_d64, AttentionParams);

namespace {

constexpr int32_t kBlockSize = 16;

Layer random_layer() {
  Layer layer;
  std::mt19937 random(1);
  std::uniform_real_distribution<float> uniform(-1, 1);
  for (bf16 &x : layer.x)
    x = from_float<bf16>(uniform(random));
  for (float &weight : layer.norm)
    weight = 1 + uniform(random) / 4;
  for (e4m3 &weight : layer.w)
    weight = from_float<e4m3>(uniform(random));
  for (float &scale : layer.w_scale)
    scale = 0.1f;
  for (size_t i = 0; i < layer.frequencies.size(); i++)
    layer.frequencies[i] = std::pow(10000.0f, -2.0f * static_cast<float>(i) / Layer::HEAD);
  return layer;
}

// normalized = norm(x); qkv = normalized · w^T
void project(const Layer &layer, DeviceArray<bf16> &qkv) {
  DeviceArray<bf16> x(layer.x), normalized(layer.x.size());
  DeviceArray<float> norm_weight(layer.norm), w_scale(layer.w_scale);
  DeviceArray<e4m3> w(layer.w);

  NormParams norm = {};
  norm.stream = x.data();
  norm.weight = norm_weight.data();
  norm.output = normalized.data();
  norm.width = Layer::WIDTH;
  norm.epsilon = Layer::EPSILON;
  LAUNCH(norm_bf16_128, norm_launch(DType::BF16, DType::BF16, DType::BF16, Layer::TOKENS, Layer::WIDTH), norm);

  GemmFp8Params product = {};
  product.x = normalized.data();
  product.w = w.data();
  product.w_scale = w_scale.data();
  product.y = qkv.data();
  product.x_stride = Layer::WIDTH;
  product.y_stride = Layer::QKV;
  product.m = Layer::TOKENS;
  product.n = Layer::QKV;
  product.k = Layer::WIDTH;
  LAUNCH(gemm_fp8_m64_bf16_e4m3, gemm_fp8_launch(DType::BF16, DType::E4M3, Layer::TOKENS, Layer::QKV), product);
}

// A sequence's cache and positions on the device; the cache's blocks come in any order.
struct Sequence {
  const KvLayout layout = {DType::BF16, kBlockSize, Layer::KV_HEADS, Layer::HEAD, Layer::HEAD};
  const std::vector<int32_t> blocks = {2, 0, 1};
  DeviceArray<uint8_t> pool{blocks.size() * static_cast<size_t>(kv_layer_bytes(layout))};
  DeviceArray<int32_t> table{blocks};
  DeviceArray<QueryRow> rows{positions()};
  DeviceArray<int32_t> counts{std::vector<int32_t>{Layer::TOKENS, 1}}; // rows to store, tiles of attention

  KvView view() const { return kv_view(layout, pool.data(), kv_layer_bytes(layout)); }
  static std::vector<QueryRow> positions() {
    std::vector<QueryRow> rows;
    for (int32_t token = 0; token < Layer::TOKENS; token++)
      rows.push_back({token, token, 0, 0});
    return rows;
  }
};

// Rotates q and k; k and v go to the cache.
void rotate_and_store(const Layer &layer, const DeviceArray<bf16> &qkv, const DeviceArray<bf16> &q,
                      const Sequence &sequence) {
  DeviceArray<float> frequencies(layer.frequencies);
  RopeCacheParams rope = {};
  rope.qkv = qkv.data();
  rope.q_out = q.data();
  rope.kv = sequence.view();
  rope.tables = sequence.table.data();
  rope.rows = sequence.rows.data();
  rope.count = sequence.counts.data();
  rope.frequencies = frequencies.data();
  rope.qkv_stride = Layer::QKV;
  rope.heads = Layer::HEADS;
  rope.kv_heads = Layer::KV_HEADS;
  rope.k_dim = rope.v_dim = rope.rotated = Layer::HEAD;
  rope.style = 1;
  rope.magnitude = rope.k_inverse = rope.v_inverse = 1;
  LAUNCH(rope_cache_bf16_bf16_d64, rope_cache_launch(DType::BF16, DType::BF16, rope, Layer::TOKENS), rope);
}

// The attention of the last token over all tokens.
std::vector<bf16> attend(const DeviceArray<bf16> &q, const Sequence &sequence) {
  constexpr size_t WIDTH = Layer::HEADS * Layer::HEAD, LAST = Layer::TOKENS - 1;
  DeviceArray<bf16> out(Layer::TOKENS * WIDTH);
  AttentionTile tile = {};
  tile.first_row = LAST;
  tile.rows = tile.chunks = 1; // of 128 keys
  tile.partial = -1;           // nothing to merge
  tile.high = Layer::TOKENS;
  DeviceArray<AttentionTile> tiles(std::vector<AttentionTile>{tile});

  AttentionParams attention = {};
  attention.q = q.data();
  attention.out = out.data();
  attention.kv = sequence.view();
  attention.tables = sequence.table.data();
  attention.tiles = tiles.data();
  attention.tile_count = sequence.counts.data() + 1;
  attention.rows = sequence.rows.data();
  attention.q_stride = WIDTH;
  attention.heads = Layer::HEADS;
  attention.kv_heads = Layer::KV_HEADS;
  attention.k_dim = attention.v_dim = Layer::HEAD;
  attention.scale = 1 / std::sqrt(static_cast<float>(Layer::HEAD));
  attention.v_scale = 1;
  LAUNCH(decode_attention_bf16_bf16_d64, decode_attention_launch(DType::BF16, DType::BF16, attention, 1), attention);
  std::vector<bf16> all = out.values();
  return {all.begin() + LAST * WIDTH, all.end()};
}

} // namespace

int main() {
  Layer layer = random_layer();
  DeviceArray<bf16> qkv(static_cast<size_t>(Layer::TOKENS) * Layer::QKV);
  project(layer, qkv);
  DeviceArray<bf16> q(static_cast<size_t>(Layer::TOKENS) * Layer::HEADS * Layer::HEAD);
  Sequence sequence;
  rotate_and_store(layer, qkv, q, sequence);
  std::vector<bf16> result = attend(q, sequence);
  std::vector<double> expected = example::last_token_attention(layer);
  double greatest = 0, allowed = 0.02; // bf16 keeps 8 bits, at four places
  for (size_t i = 0; i < expected.size(); i++)
    greatest = std::fmax(greatest, std::fabs(to_float(result[i]) - expected[i]));
  printf("%d tokens, %d heads of %d over %d of keys: greatest error %.4f, allowed %.4f\n", Layer::TOKENS, Layer::HEADS,
         Layer::HEAD, Layer::KV_HEADS, greatest, allowed);
  return greatest <= allowed ? 0 : 1;
}
