// Tokens to ids to rows: literals and sampled tokens, parts of a vocabulary, missing tokens; copies of chosen rows.
#include "llmserving/gpu/embedding.h"

#include <cstddef>
#include <cstring>

#include "llmserving/gpu/sampling_params.h"
#include "llmserving/llmserving.h"
#include "rows_fixture.h"

using namespace llmserving::gpu;
using namespace llmserving::gputest;
using llmserving_test::Random;

namespace {

static_assert(sizeof(StepToken) == sizeof(llm_token) && offsetof(StepToken, job) == offsetof(llm_token, job) &&
                  offsetof(StepToken, ticket) == offsetof(llm_token, ticket),
              "tokens are the ABI's");

void check_resolve() {
  std::vector<int32_t> ring;
  for (int32_t i = 0; i < 4 * 6; i++)
    ring.push_back(100 + i);
  ring[2 * 6 + 1] = -1;
  std::vector<StepToken> tokens = {{7, -1, 0}, {0, 5, 3}, {0, 0, 4}, {0, 1, 6}, {-1, -1, 0}, {0, 2, 0x100000001ull}};
  std::vector<int32_t> wanted = {7, 100 + 3 * 6 + 5, 100, -1, -1, 100 + 6 + 2};
  for (int i = 0; i < 200; i++) {
    tokens.push_back({i, -1, 0});
    wanted.push_back(i);
  }
  Array<StepToken> device_tokens(tokens);
  Array<int32_t> device_ring(ring), ids(tokens.size());
  ResolveTokensParams params = {
      device_tokens.data(), device_ring.data(), ids.data(), static_cast<int32_t>(tokens.size()), 4, 6, 0};
  run(resolve_tokens_launch(static_cast<uint32_t>(tokens.size())), params);
  CHECK(ids.read() == wanted, "resolved tokens");
}

template <class W, class R>
void check_embedding(int32_t width, int32_t first, int32_t end, float factor, Random &random) {
  size_t n = static_cast<size_t>(width);
  std::vector<W> table = random_values<W>(random, static_cast<size_t>(end - first) * n);
  std::vector<int32_t> ids = {first, end - 1, -1, first - 1, end, first + 3};
  Array<W> device_table(table);
  Array<int32_t> device_ids(ids);
  Array<R> output(ids.size() * n);
  EmbeddingParams params = {device_ids.data(), device_table.data(), output.data(), width, first, end, factor};
  Launch launch = embedding_launch(Element<W>::TYPE, Element<R>::TYPE, static_cast<uint32_t>(ids.size()), width);
  Traffic traffic = run(launch, params);
  std::vector<R> rows = output.read();
  for (size_t t = 0; t < ids.size(); t++)
    for (size_t i = 0; i < n; i++) {
      bool inside = ids[t] >= first && ids[t] < end;
      R wanted = from_float<R>(inside ? to_float(table[static_cast<size_t>(ids[t] - first) * n + i]) * factor : 0.0f);
      CHECK(to_float(rows[t * n + i]) == to_float(wanted), "%s token %zu element %zu", launch.kernel, t, i);
    }
  if (width % 32 == 0 && traffic.store_sectors != 0)
    CHECK(traffic.store_efficiency() >= 0.95 && traffic.unique_store_bytes == ids.size() * n * sizeof(R) &&
              traffic.unique_load_bytes == 3 * n * sizeof(W) + 4 * ids.size(),
          "%s: traffic", launch.kernel);
}

void check_gather(int32_t width_bytes, Random &random) {
  size_t n = static_cast<size_t>(width_bytes);
  std::vector<uint8_t> source(7 * n);
  for (uint8_t &byte : source)
    byte = static_cast<uint8_t>(random.next());
  std::vector<int32_t> indices = {6, 0, -1, 3, 3};
  Array<uint8_t> device_source(source), target(indices.size() * n);
  Array<int32_t> device_indices(indices);
  run(gather_rows_launch(static_cast<uint32_t>(indices.size()), width_bytes),
      GatherRowsParams{device_source.data(), device_indices.data(), target.data(), width_bytes, 0});
  std::vector<uint8_t> rows = target.read();
  for (size_t row = 0; row < indices.size(); row++)
    for (size_t i = 0; i < n; i++)
      CHECK(rows[row * n + i] == (indices[row] < 0 ? 0 : source[static_cast<size_t>(indices[row]) * n + i]),
            "width %d row %zu byte %zu", width_bytes, row, i);
}

} // namespace

int main() {
  Random random(4);
  check_resolve();
  for (int32_t width : {16, 17, 128, 1003, 4096}) {
    check_embedding<bf16, bf16>(width, 0, 5, 1, random);
    check_embedding<bf16, f16>(width, 0, 5, 1, random);
    check_embedding<bf16, float>(width, 10, 15, 1, random);
    check_embedding<f16, bf16>(width, 0, 5, 1, random);
    check_embedding<f16, f16>(width, 10, 15, 1, random);
    check_embedding<f16, float>(width, 0, 5, 45.25f, random);
  }
  for (int32_t width_bytes : {2, 16, 34, 2006, 8192})
    check_gather(width_bytes, random);
  return llmserving_test::finish();
}
