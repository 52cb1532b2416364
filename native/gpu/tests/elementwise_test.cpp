// Sums and capped logits against double precision.
#include "llmserving/gpu/elementwise.h"

#include "rows_fixture.h"

using namespace llmserving::gpu;
using namespace llmserving::gputest;
using llmserving_test::Random;

namespace {

template <class T, class R> void check_add(size_t count, bool in_place, Random &random) {
  std::vector<R> a = random_values<R>(random, count);
  std::vector<T> b = random_values<T>(random, count);
  Array<R> device_a(a), separate(in_place ? 1 : count);
  Array<T> device_b(b);
  AddParams params = {device_a.data(), device_b.data(), in_place ? device_a.data() : separate.data(),
                      static_cast<int64_t>(count)};
  Launch launch = add_launch(Element<T>::TYPE, Element<R>::TYPE, params.count);
  Traffic traffic = run(launch, params);
  std::vector<R> sum = in_place ? device_a.read() : separate.read();
  for (size_t i = 0; i < count; i++) {
    R wanted = from_float<R>(to_float(a[i]) + to_float(b[i]));
    CHECK(to_float(sum[i]) == to_float(wanted), "%s: element %zu of %zu", launch.kernel, i, count);
  }
  if (count % 32 == 0)
    check_traffic(traffic, count * (sizeof(R) + sizeof(T)), count * sizeof(R), count >= 1024, launch.kernel);
}

void check_scale_cap(size_t count, float scale, float cap, Random &random) {
  std::vector<float> x = random_floats(random, count, 0, 200);
  Array<float> values(x);
  run(scale_cap_launch(static_cast<int64_t>(count)),
      ScaleCapParams{values.data(), static_cast<int64_t>(count), scale, cap});
  std::vector<float> result = values.read();
  for (size_t i = 0; i < count; i++) {
    double scaled = static_cast<double>(x[i]) * static_cast<double>(scale), limit = static_cast<double>(cap);
    double wanted = cap == 0 ? scaled : limit * std::tanh(scaled / limit);
    CHECK(std::fabs(static_cast<double>(result[i]) - wanted) <= 3e-7 * (std::fabs(wanted) + limit), "cap %g: %g for %g",
          static_cast<double>(cap), static_cast<double>(result[i]), wanted);
  }
}

} // namespace

int main() {
  Random random(3);
  for (size_t count : {1u, 7u, 8u, 17u, 1003u, 2048u, 5120u})
    for (bool in_place : {false, true}) {
      check_add<bf16, bf16>(count, in_place, random);
      check_add<f16, f16>(count, in_place, random);
      check_add<bf16, float>(count, in_place, random);
      check_add<f16, float>(count, in_place, random);
    }
  for (float cap : {0.0f, 30.0f}) {
    check_scale_cap(1003, 0.5f, cap, random);
    check_scale_cap(4096, 1.0f, cap, random);
  }
  return llmserving_test::finish();
}
