// cuBLASLt's adapter against a stand-in: what it asks for, the numbers, and what it says where it cannot be used.
#include "cublaslt.h"

#include <dlfcn.h>

#include <cmath>
#include <vector>

#include "cublaslt_linear.h"
#include "fake_cublaslt.h"
#include "harness.h"
#include "linear_weights.h"
#include "llmserving/gpu/platform/types.h"
#include "pack.h"
#include "tests/check.h"

using namespace llmserving::gpu;
using llmserving_test::Random;

namespace {

FakeCublasLt *fake() {
  static void *library = dlopen(FAKE_CUBLASLT, RTLD_NOW);
  return reinterpret_cast<FakeCublasLt *(*)()>(dlsym(library, "fake_cublaslt"))();
}

uint16_t bits_of(DType type, float value) {
  return type == DType::F16 ? from_float<f16>(value).bits : from_float<bf16>(value).bits;
}
float value_of(DType type, uint16_t bits) { return type == DType::F16 ? to_float(f16{bits}) : to_float(bf16{bits}); }

// Rows of `columns` values with 8 more between them, which are NaN.
struct Matrix {
  int64_t stride;
  std::vector<uint16_t> storage;
  uint16_t *data; // 16-byte aligned

  Matrix(DType type, int32_t rows, int32_t columns, Random &random) : stride(columns + 8) {
    storage.assign(static_cast<size_t>(rows * stride) + 8, 0x7fff);
    data = storage.data() + (16 - reinterpret_cast<uintptr_t>(storage.data()) % 16) % 16 / 2;
    for (int32_t row = 0; row < rows; row++)
      for (int32_t i = 0; i < columns; i++)
        data[row * stride + i] = bits_of(type, random.uniform());
  }
};

void product(CublasLt &lt, DType type, bool f32_out, int32_t m, int32_t n, int32_t k) {
  Random random(static_cast<uint64_t>(m + n + k));
  Matrix x(type, m, k, random), w(type, n, k, random);
  alignas(16) static uint8_t workspace[1024];
  constexpr int64_t kStride = 64;
  std::vector<float> storage(static_cast<size_t>(m) * kStride + 4, -7);
  float *aligned = storage.data() + (16 - reinterpret_cast<uintptr_t>(storage.data()) % 16) % 16 / 4;
  PlainProduct p = {type, f32_out, m, n, k, x.stride, w.stride, kStride, x.data, w.data, aligned};
  std::string reason;
  int stream;
  CHECK(lt.multiply(p, workspace, sizeof workspace, &stream, &reason), "%s", reason.c_str());
  CHECK(fake()->stream == &stream && fake()->workspace_bytes == sizeof workspace / 2, "stream and workspace");
  for (int32_t token = 0; token < m; token++)
    for (int32_t i = 0; i < n; i++) {
      double sum = 0;
      for (int32_t j = 0; j < k; j++)
        sum += static_cast<double>(value_of(type, x.data[token * x.stride + j])) * value_of(type, w.data[i * w.stride + j]);
      int64_t at = token * kStride + i;
      float got = f32_out ? aligned[at] : value_of(type, reinterpret_cast<uint16_t *>(aligned)[at]);
      double error = f32_out ? 1e-5 : std::fabs(sum) * std::ldexp(1, type == DType::F16 ? -11 : -8) + 1e-5;
      CHECK(std::fabs(got - sum) <= error, "token %d output %d: %g, not %g", token, i, got, sum);
    }
}

void products() {
  std::string reason;
  std::unique_ptr<CublasLt> lt = CublasLt::open(FAKE_CUBLASLT, &reason);
  CHECK(lt != nullptr && lt->version() == 130101, "%s", reason.c_str());
  int searches = fake()->searches, made = fake()->products;
  for (int round = 0; round < 2; round++) // the second finds its algorithms known
    for (DType type : {DType::BF16, DType::F16})
      for (bool f32_out : {false, true}) {
        product(*lt, type, f32_out, 5, 24, 40);
        product(*lt, type, f32_out, 1, 8, 8);
        product(*lt, type, f32_out, 33, 48, 16);
      }
  CHECK(fake()->searches == searches + 12 && fake()->products == made + 24, "%d searches", fake()->searches);
  // So many shapes that the oldest are dropped, and none is left behind.
  for (int32_t m = 1; m < 600; m++)
    product(*lt, DType::BF16, false, m, 8, 8);
  lt.reset();
  CHECK(fake()->live == 0, "%d objects were left", fake()->live);
}

void refused_products() {
  std::string reason;
  std::unique_ptr<CublasLt> lt = CublasLt::open(FAKE_CUBLASLT, &reason);
  alignas(16) uint16_t memory[64] = {};
  PlainProduct p = {DType::BF16, false, 1, 8, 8, 8, 8, 8, memory, memory, memory};
  p.x = memory + 1;
  CHECK(!lt->multiply(p, nullptr, 0, nullptr, &reason) && !reason.empty(), "an unaligned row");
  p.x = memory;
  p.y_stride = 12;
  CHECK(!lt->multiply(p, nullptr, 0, nullptr, &reason), "rows of 24 bytes");
  p.y_stride = 8;
  p.activations = DType::F32;
  CHECK(!lt->multiply(p, nullptr, 0, nullptr, &reason), "f32 activations");
  p.activations = DType::BF16;
  fake()->no_algorithm = true;
  reason.clear();
  CHECK(!lt->multiply(p, nullptr, 0, nullptr, &reason) && reason.find("no algorithm") != std::string::npos, "%s", reason.c_str());
  fake()->no_algorithm = false;
}

void refused_libraries() {
  std::string reason;
  CHECK(CublasLt::open("/nowhere/libcublasLt.so", &reason) == nullptr && reason.find("install cuBLAS") != std::string::npos,
        "%s", reason.c_str());
  CHECK(CublasLt::open("libm.so.6", &reason) == nullptr && reason.find("cublasLtCreate") != std::string::npos, "%s", reason.c_str());
  fake()->version = 11000;
  CHECK(CublasLt::open(FAKE_CUBLASLT, &reason) == nullptr && reason.find("11000") != std::string::npos, "%s", reason.c_str());
  fake()->version = 130101;
  fake()->create_status = 1;
  CHECK(CublasLt::open(FAKE_CUBLASLT, &reason) == nullptr && reason.find("cublasLtCreate") != std::string::npos, "%s", reason.c_str());
  fake()->create_status = 0;
  CHECK(fake()->live == 0, "%d objects were left", fake()->live);
}

// Packed weights: unpacked by the kernel, 32 rows at a time, then multiplied.
void packed_weights() {
  using llmserving::gputest::Array;
  constexpr int32_t kTokens = 5, kRows = 72, kColumns = 256, kStride = 96, kOffset = 16;
  const FileType q4_k = {LLM_TYPE_Q4_K, 256, 144, {0, 2}};
  Random random(3);
  std::vector<uint8_t> source = random_blocks(q4_k, kRows, kColumns, 1, random);
  std::vector<uint8_t> packed(static_cast<size_t>(packed_bytes(LinearFamily::Int4Min, kRows, kColumns)));
  CHECK(pack(LLM_TYPE_Q4_K, DType::BF16, kRows, kColumns, source.data(), packed.data()), "packing");
  std::vector<float> weights(kRows * kColumns);
  unpack(LinearFamily::Int4Min, DType::BF16, kRows, kColumns, packed.data(), weights.data());
  std::vector<uint16_t> tokens(kTokens * kColumns);
  for (uint16_t &t : tokens)
    t = bits_of(DType::BF16, random.uniform());
  Array<uint8_t> w(packed), scratch(32 * kColumns * 2 + 100);
  Array<uint16_t> x(tokens);
  Array<float> y(std::vector<float>(kTokens * kStride, -7));
  LinearParams p = {x.data(), nullptr, y.data(), kColumns, kStride, kTokens, kColumns, 1, 1, 0, {{w.data(), nullptr, kOffset, kRows}}};
  int launches = 0;
  auto launch = [&](const Launch &l, const LinearUnpackParams &params) {
    llmserving::gputest::run(l, params);
    launches++;
  };
  std::string reason;
  std::unique_ptr<CublasLt> lt = CublasLt::open(FAKE_CUBLASLT, &reason);
  LibraryMemory memory = {scratch.data(), scratch.size(), nullptr, 0};
  CHECK(multiply_by_library(*lt, LinearFamily::Int4Min, DType::BF16, p, memory, nullptr, launch, &reason), "%s", reason.c_str());
  CHECK(launches == 3, "%d slices", launches);
  for (int32_t token = 0; token < kTokens; token++)
    for (int32_t i = 0; i < kStride; i++) {
      double sum = -7, error = 0;
      if (i >= kOffset && i < kOffset + kRows) {
        sum = 0;
        for (int32_t k = 0; k < kColumns; k++) {
          double product = static_cast<double>(value_of(DType::BF16, tokens[static_cast<size_t>(token * kColumns + k)])) *
                           weights[static_cast<size_t>((i - kOffset) * kColumns + k)];
          sum += product;
          error += std::fabs(product) * std::ldexp(1, -8);
        }
      }
      CHECK(std::fabs(y.data()[token * kStride + i] - sum) <= error, "token %d column %d", token, i);
    }
  memory.weight_bytes = 15 * kColumns * 2;
  CHECK(!multiply_by_library(*lt, LinearFamily::Int4Min, DType::BF16, p, memory, nullptr, launch, &reason), "no room");
  p.scale = 2;
  CHECK(!library_suits(p), "a scale");
}

} // namespace

int main() {
  products();
  packed_weights();
  refused_products();
  refused_libraries();
  return llmserving_test::finish();
}
