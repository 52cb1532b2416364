// LoRA for rows and for segments against double precision; rows must not depend on the batch.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "harness.h"
#include "llmserving/gpu/lora_bgmv.h"
#include "llmserving/gpu/lora_sgmv.h"
#include "low_precision.h"

using namespace llmserving;
using namespace llmserving::gpu;
using namespace llmserving::gputest;
using llmserving_test::Random;

namespace {

// Adapters of several ranks in one pool, with gaps between their matrices that hold NaN.
template <class T> struct Adapters {
  std::vector<LoraAdapter> table;
  std::vector<T> pool;

  Adapters(Random &random, const std::vector<int32_t> &ranks, int32_t in, int32_t out) {
    const T nan = from_float<T>(NAN);
    for (int32_t rank : ranks) {
      LoraAdapter adapter = {0, 0, rank, 0.5f + random.uniform() / 4, {}};
      adapter.a = place(random_values<T>(random, static_cast<size_t>(rank) * in), nan);
      adapter.b = place(random_values<T>(random, static_cast<size_t>(rank) * out), nan);
      table.push_back(adapter);
    }
    pool.insert(pool.end(), 8, nan);
  }

  int64_t place(const std::vector<T> &matrix, T gap) {
    pool.insert(pool.end(), 8, gap);
    int64_t offset = static_cast<int64_t>(pool.size());
    pool.insert(pool.end(), matrix.begin(), matrix.end());
    return offset;
  }
};

// y + scale · B (A x) of one row; shrunk values are rounded to T where `rounds`.
template <class T>
void check_row(const Adapters<T> &adapters, int32_t index, const T *x, const T *before, const T *after, int32_t in,
               int32_t out, bool rounds) {
  if (index < 0) {
    for (int32_t j = 0; j < out; j++)
      CHECK(after[j].bits == before[j].bits, "output %d changed without an adapter", j);
    return;
  }
  const LoraAdapter &adapter = adapters.table[index];
  std::vector<Sum> shrunk(adapter.rank);
  for (int32_t r = 0; r < adapter.rank; r++)
    for (int32_t k = 0; k < in; k++)
      shrunk[r].add(static_cast<double>(to_float(x[k])) *
                    to_float(adapters.pool[adapter.a + static_cast<int64_t>(r) * in + k]));
  for (int32_t j = 0; j < out; j++) {
    double value = to_float(before[j]), error = 0;
    for (int32_t r = 0; r < adapter.rank; r++) {
      double weight =
          adapter.scale *
          static_cast<double>(to_float(adapters.pool[adapter.b + static_cast<int64_t>(j) * adapter.rank + r]));
      value += weight * shrunk[r].value;
      error += std::fabs(weight) * ((in + adapter.rank) * 0x1p-22 * shrunk[r].magnitude +
                                    (rounds ? epsilon_of<T>() / 2 * std::fabs(shrunk[r].value) : 0));
    }
    error += epsilon_of<T>() * std::fabs(value) + 1e-6;
    CHECK(std::fabs(to_float(after[j]) - value) <= error, "rank %d in %d out %d: y[%d] = %g, not %g", adapter.rank, in,
          out, j, to_float(after[j]), value);
  }
}

template <class T> struct Bgmv {
  int32_t in, out, max_rank;
  int64_t x_stride, y_stride;
  std::vector<int32_t> indices;
  std::vector<T> x, y;
  Traffic shrink = {}, expand = {};

  std::vector<T> compute(const Adapters<T> &adapters) {
    int32_t rows = static_cast<int32_t>(indices.size());
    Array<T> pool(adapters.pool), x_array(x), y_array(y);
    Array<LoraAdapter> table(adapters.table);
    Array<int32_t> index_array(indices);
    Array<float> shrunk(static_cast<size_t>(rows) * max_rank);
    LoraBgmvParams p = {x_array.data(),
                        y_array.data(),
                        pool.data(),
                        table.data(),
                        index_array.data(),
                        shrunk.data(),
                        x_stride,
                        y_stride,
                        rows,
                        in,
                        out,
                        max_rank};
    shrink = run(lora_bgmv_shrink_launch(dtype_of<T>(), rows, max_rank), p);
    expand = run(lora_bgmv_expand_launch(dtype_of<T>(), rows, out), p);
    return y_array.read();
  }
};

template <class T> void check_bgmv(int32_t in, int32_t out) {
  Random random(3);
  Adapters<T> adapters(random, {8, 64, 24, 16, 0, 32, 128}, in, out);
  Bgmv<T> all = {in, out, 128, in + 8, out % 8 == 0 ? out + 16 : out, {3, -1, 0, 2, 4, 1, 1, 5, 6}, {}, {}};
  size_t rows = all.indices.size();
  all.x = random_values<T>(random, rows * all.x_stride);
  all.y = random_values<T>(random, rows * all.y_stride);
  std::vector<T> result = all.compute(adapters);
  for (size_t row = 0; row < rows; row++) {
    const T *x = all.x.data() + row * all.x_stride, *y = all.y.data() + row * all.y_stride,
            *after = result.data() + row * all.y_stride;
    check_row(adapters, all.indices[row], x, y, after, in, out, false);
    for (int64_t j = out; j < all.y_stride; j++)
      CHECK(after[j].bits == y[j].bits, "column %lld beyond the outputs changed", static_cast<long long>(j));
  }
  for (size_t row : {size_t{0}, size_t{5}}) { // alone
    Bgmv<T> one = {in, out, 64, all.x_stride, all.y_stride, {all.indices[row]}, {}, {}};
    one.x.assign(all.x.begin() + row * all.x_stride, all.x.begin() + (row + 1) * all.x_stride);
    one.y.assign(all.y.begin() + row * all.y_stride, all.y.begin() + (row + 1) * all.y_stride);
    std::vector<T> alone = one.compute(adapters);
    for (int32_t j = 0; j < out; j++)
      CHECK(alone[j].bits == result[row * all.y_stride + j].bits, "row %zu alone differs at %d", row, j);
  }
}

template <class T> void check_bgmv_traffic() {
  Random random(4);
  Adapters<T> adapters(random, {16, 128}, 4096, 2048);
  for (int32_t index : {0, 1}) {
    Bgmv<T> one = {4096, 2048, 128, 4096, 2048, {index}, {}, {}};
    one.x = random_values<T>(random, 4096);
    one.y = random_values<T>(random, 2048);
    one.compute(adapters);
    for (const Traffic &t : {one.shrink, one.expand}) {
      CHECK(t.load_efficiency() >= 0.95, "%g", t.load_efficiency());
      CHECK(t.store_efficiency() >= 0.95, "%g", t.store_efficiency());
      CHECK(t.bank_conflicts() <= 1.05, "%g", t.bank_conflicts());
    }
    double rank = adapters.table[index].rank;
    CHECK(static_cast<double>(one.shrink.unique_load_bytes) <= 1.02 * 2 * 4096 * (rank + 1), "A and x once");
    CHECK(static_cast<double>(one.expand.unique_load_bytes) <= 1.02 * 2 * 2048 * (rank + 1) + 4 * rank + 64,
          "B and y once");
  }
}

template <class T>
void check_sgmv(const std::vector<int32_t> &indptr, const std::vector<int32_t> &indices, int32_t in, int32_t out,
                int32_t splits) {
  Random random(5);
  Adapters<T> adapters(random, {8, 64, 24, 16, 0, 72}, in, out);
  int32_t max_rank = 72, rows = indptr.back(), segments = static_cast<int32_t>(indices.size()), longest = 0;
  for (int32_t s = 0; s < segments; s++)
    longest = std::max(longest, indptr[s + 1] - indptr[s]);
  int64_t x_stride = in + 8, y_stride = out;
  std::vector<T> x = random_values<T>(random, rows * x_stride), y = random_values<T>(random, rows * y_stride);
  Array<T> pool(adapters.pool), x_array(x), y_array(y), shrunk(static_cast<size_t>(rows) * max_rank);
  Array<LoraAdapter> table(adapters.table);
  Array<int32_t> indptr_array(indptr), index_array(indices);
  Array<float> parts(static_cast<size_t>(splits) * rows * max_rank);
  LoraSgmvParams p = {x_array.data(),
                      y_array.data(),
                      pool.data(),
                      table.data(),
                      indptr_array.data(),
                      index_array.data(),
                      parts.data(),
                      shrunk.data(),
                      x_stride,
                      y_stride,
                      segments,
                      rows,
                      in,
                      out,
                      max_rank,
                      splits};
  run(lora_sgmv_shrink_launch(dtype_of<T>(), segments, longest, max_rank, splits), p);
  run(lora_sgmv_merge_launch(dtype_of<T>(), segments, longest, max_rank), p);
  Traffic expand = run(lora_sgmv_expand_launch(dtype_of<T>(), segments, longest, out), p);
  CHECK(expand.ldmatrix_wavefronts == expand.ldmatrix_ideal, "conflicts of ldmatrix");
  CHECK(expand.bank_conflicts() <= 1.05, "%g", expand.bank_conflicts());
  std::vector<T> result = y_array.read();
  for (int32_t s = 0; s < segments; s++)
    for (int32_t row = indptr[s]; row < indptr[s + 1]; row++)
      check_row(adapters, indices[s], x.data() + row * x_stride, y.data() + row * y_stride,
                result.data() + row * y_stride, in, out, true);
}

} // namespace

int main() {
  check_bgmv<bf16>(96, 100);
  check_bgmv<f16>(1288, 264); // more than one round of loads, two blocks of outputs
  check_bgmv_traffic<bf16>();
  check_bgmv_traffic<f16>();
  check_sgmv<bf16>({0, 1, 3, 3, 18, 34, 51, 116}, {0, 1, 2, 2, -1, 3, 4}, 96, 100, 1);
  check_sgmv<f16>({0, 65, 82, 84}, {1, 5, 3}, 328, 136, 3);
  check_sgmv<bf16>({0, 64, 128}, {1, 1}, 1024, 256, 8); // what the gates read
  check_sgmv<f16>({0, 64, 128}, {1, 1}, 1024, 256, 8);
  CHECK(lora_sgmv_splits(64, 4096, 132) == 8 && lora_sgmv_splits(65536, 4096, 132) == 1, "splits");
  return llmserving_test::finish();
}
