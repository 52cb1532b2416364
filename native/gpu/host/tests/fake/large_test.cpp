// A prompt of more tokens than large products begin at, in one step by the library's stand-in and in pieces by kernels.
#include <dlfcn.h>

#include "gpu/host/tests/fixture.h"
#include "gpu/tests/fake_cublaslt.h"

namespace llmserving_test {
namespace {

FakeCublasLt *account() {
  void *library = dlopen("libcublasLt.so.13", RTLD_NOW);
  if (library == nullptr)
    return nullptr;
  return reinterpret_cast<FakeCublasLt *(*)()>(dlsym(library, "fake_cublaslt"))();
}

double worst_difference(const std::vector<float> &a, const std::vector<float> &b) {
  double worst = 0;
  for (size_t i = 0; i < a.size(); i++)
    worst = std::max(worst, std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  return worst;
}

std::vector<float> last_logits(llm_context *context, const std::vector<int32_t> &tokens, size_t piece) {
  LlamaShape shape;
  shape.layers = 1;
  shape.layer_type = LLM_TYPE_Q4_0;
  LlamaProgram program(context, shape, 3);
  LlamaSession session(context, program, 1100, 1, 80);
  std::vector<float> last;
  for (size_t at = 0; at < tokens.size(); at += piece)
    last = session.logits({{0, static_cast<int>(at), slice(tokens, at, piece)}});
  return last;
}

void check_large_products() {
  FakeCublasLt *fake = account();
  CHECK(fake != nullptr, "the stand-in is not found");
  if (fake == nullptr)
    return;
  Context c;
  char text[1024];
  require(llm_context_describe(c.context, text, sizeof text), "describe");
  CHECK(strstr(text, "cuBLASLt 130101 from 1024 tokens") != nullptr, "%s", text);
  std::vector<int32_t> tokens = prompt(1100, 8);
  std::vector<float> pieces = last_logits(c.context, tokens, 550);
  CHECK(fake->products == 0, "%d products of small steps", fake->products);
  std::vector<float> whole = last_logits(c.context, tokens, 1100);
  CHECK(fake->products == 7, "%d products of a layer, not q, k, v, o, gate, up, down", fake->products);
  double difference = worst_difference(pieces, whole);
  printf("greatest difference of a logit: %g\n", difference);
  CHECK(difference < 0.05, "logits differ by %g", difference);
  fake->no_algorithm = true; // then kernels do it
  fake->products = 0;
  Context other;
  CHECK(worst_difference(last_logits(other.context, tokens, 1100), pieces) < 0.05 && fake->products == 0,
        "without an algorithm");
  fake->no_algorithm = false;
  Context deterministic(true);
  last_logits(deterministic.context, tokens, 1100);
  CHECK(fake->products == 0, "%d products in a deterministic context", fake->products);
}

} // namespace
} // namespace llmserving_test

int main() {
  using namespace llmserving_test;
  check_large_products();
  return finish();
}
