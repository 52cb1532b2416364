// Runs kernels in the emulator for tests. A launch is run under several schedules of its threads (forward, reverse,
// random warps, one warp far ahead) from the same memory; the results must be the same to the bit, and the emulator must
// have nothing to report: no race, no access out of bounds, no read of what was never written, no divergent collective.
// Where any of that fails, the test program prints the reports and fails.
#ifndef LLMSERVING_GPU_TESTS_HARNESS_H
#define LLMSERVING_GPU_TESTS_HARNESS_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "check/vectors.h"
#include "emulator/emulator.h"
#include "llmserving/gpu/launch.h"
#include "llmserving/gpu/platform/types.h"

namespace llmserving {
namespace gputest {

// What recorded vectors say of an array's type.
template <class T> struct ElementOf { static constexpr vectors::Element value = vectors::Element::Exact; };
template <> struct ElementOf<float> { static constexpr vectors::Element value = vectors::Element::F32; };
template <> struct ElementOf<gpu::bf16> { static constexpr vectors::Element value = vectors::Element::Bf16; };
template <> struct ElementOf<gpu::f16> { static constexpr vectors::Element value = vectors::Element::F16; };
template <> struct ElementOf<gpu::e4m3> { static constexpr vectors::Element value = vectors::Element::E4M3; };
template <> struct ElementOf<gpu::e5m2> { static constexpr vectors::Element value = vectors::Element::E5M2; };
template <> struct ElementOf<int8_t> { static constexpr vectors::Element value = vectors::Element::Code8; };
template <> struct ElementOf<uint8_t> { static constexpr vectors::Element value = vectors::Element::Bytes; };
template <> struct ElementOf<uint16_t> { static constexpr vectors::Element value = vectors::Element::Bits16; };

// Emulated device memory with guard space around it. Without contents it counts as never written.
class Memory {
public:
  explicit Memory(size_t bytes, vectors::Element element = vectors::Element::Bytes);
  Memory(const void *contents, size_t bytes, vectors::Element element = vectors::Element::Bytes);
  ~Memory();
  Memory(const Memory &) = delete;
  Memory &operator=(const Memory &) = delete;
  void *data() const { return data_; }
  size_t bytes() const { return bytes_; }
  vectors::Element element() const { return element_; }
  void read(void *target) const; // fails the test where a byte was never written

private:
  void *data_;
  size_t bytes_;
  vectors::Element element_;
};

template <class T> class Array {
public:
  explicit Array(size_t count) : memory_(count * sizeof(T), ElementOf<T>::value), count_(count) {}
  explicit Array(const std::vector<T> &values)
      : memory_(values.data(), values.size() * sizeof(T), ElementOf<T>::value), count_(values.size()) {}
  T *data() const { return static_cast<T *>(memory_.data()); }
  size_t size() const { return count_; }
  std::vector<T> read() const {
    std::vector<T> values(count_);
    memory_.read(values.data());
    return values;
  }

private:
  Memory memory_;
  size_t count_;
};

// What one launch did, by the emulator's counts; for the gates on coalescing, bank conflicts and traffic.
struct Traffic : emulator::Traffic {
  // Bytes asked for, of those moved; more than 1 where lanes ask for the same bytes.
  double load_efficiency() const { return ratio(load_bytes, 32 * load_sectors); }
  double store_efficiency() const { return ratio(store_bytes, 32 * store_sectors); }
  double bank_conflicts() const { return ratio(shared_wavefronts, shared_ideal); }
  double ldmatrix_conflicts() const { return ratio(ldmatrix_wavefronts, ldmatrix_ideal); }

private:
  static double ratio(uint64_t a, uint64_t b) { return b == 0 ? 1 : static_cast<double>(a) / static_cast<double>(b); }
};

// Runs a kernel by its name, under all schedules. params: the kernel's parameter struct. Where LLMSERVING_TRAFFIC_FILE is
// set, a line of JSON with the launch and its traffic is appended to that file.
Traffic run(const gpu::Launch &launch, const void *params, size_t param_bytes);
template <class Params> Traffic run(const gpu::Launch &launch, const Params &params) {
  return run(launch, &params, sizeof(Params));
}

} // namespace gputest
} // namespace llmserving

#endif
