// Rows of packed matrices of every file type: exactly the weights that the matrix stands for, times the factor,
// rounded.
#include "llmserving/gpu/embedding_packed.h"

#include "linear_weights.h"
#include "pack.h"
#include "rows_fixture.h"

using namespace llmserving::gpu;
using namespace llmserving::gputest;
using llmserving_test::Random;

namespace {

template <class T, class R> void check_type(const FileType &type, uint64_t rows, uint64_t columns, int32_t first) {
  Random random(type.type + columns);
  std::vector<uint8_t> source = random_blocks(type, rows, columns, 1, random);
  PackedFormat format;
  CHECK(packed_format(type.type, Element<T>::TYPE, &format), "type %u", type.type);
  std::vector<uint8_t> packed(
      static_cast<size_t>(packed_bytes(format.family, static_cast<int64_t>(rows), static_cast<int64_t>(columns))));
  pack(type.type, Element<T>::TYPE, rows, columns, source.data(), packed.data());
  std::vector<float> weights(rows * columns);
  unpack(format.family, Element<T>::TYPE, rows, columns, packed.data(), weights.data());
  std::vector<int32_t> ids;
  for (uint64_t row = 0; row < rows; row++)
    ids.push_back(first + static_cast<int32_t>(rows - 1 - row));
  ids.insert(ids.end(), {-1, first - 1, first + static_cast<int32_t>(rows)});
  Array<uint8_t> table(packed);
  Array<int32_t> device_ids(ids);
  Array<R> output(ids.size() * columns);
  constexpr float FACTOR = 3;
  EmbeddingParams params = {device_ids.data(),
                            table.data(),
                            output.data(),
                            static_cast<int32_t>(columns),
                            first,
                            first + static_cast<int32_t>(rows),
                            FACTOR};
  Launch launch = embedding_packed_launch(format.family, Element<T>::TYPE, Element<R>::TYPE,
                                          static_cast<uint32_t>(ids.size()), static_cast<int32_t>(columns));
  Traffic traffic = run(launch, params);
  std::vector<R> result = output.read();
  for (size_t t = 0; t < ids.size(); t++)
    for (size_t i = 0; i < columns; i++) {
      bool inside = t < rows;
      double wanted =
          inside ? static_cast<double>(weights[(rows - 1 - t) * columns + i]) * static_cast<double>(FACTOR) : 0;
      CHECK(std::fabs(static_cast<double>(to_float(result[t * columns + i])) - wanted) <= tolerance<R>(wanted, 2e-7),
            "%s type %u token %zu column %zu: %g for %g", launch.kernel, type.type, t, i,
            static_cast<double>(to_float(result[t * columns + i])), wanted);
    }
  if (columns % 256 == 0 && traffic.store_sectors != 0)
    CHECK(traffic.store_efficiency() >= 0.95 && traffic.load_efficiency() >= 0.80, "%s: loads %g, stores %g",
          launch.kernel, traffic.load_efficiency(), traffic.store_efficiency());
}

} // namespace

int main() {
  for (const FileType &type : kFileTypes) {
    check_type<bf16, bf16>(type, 37, type.block == 256 ? 256 : 96, 0);
    check_type<bf16, float>(type, 16, 2304, 100);
    check_type<f16, f16>(type, 17, 256, 0);
    check_type<f16, float>(type, 3, 512, 5);
  }
  CHECK(embedding_packed_launch(LinearFamily::Int8, DType::BF16, DType::F16, 1, 64).kernel == nullptr, "mixed types");
  return llmserving_test::finish();
}
