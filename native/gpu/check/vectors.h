// Test vectors of kernels: launches as the tests made them in the emulator, with the memory before and after. Recorded by
// the tests' harness (record-vectors), replayed on devices by check-on-gpu.
//
// A file is the 8 bytes "LLMVEC01" and records, all little-endian; each part is padded to 8 bytes:
//   RecordHeader; parameters; Relocation[relocations]; for each buffer BufferHeader, contents before, contents after if
//   they differ
#ifndef LLMSERVING_GPU_CHECK_VECTORS_H
#define LLMSERVING_GPU_CHECK_VECTORS_H

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

namespace llmserving {
namespace vectors {

// What a buffer holds, for the tolerance. Exact: integers, structures. Bytes: numbers of a type, or types, that only the
// kernel knows. Bits16: the same, of 16 bits; not in files.
enum class Element : uint32_t { Exact, F32, Bf16, F16, E4M3, E5M2, Code8, Bytes, Bits16 };

// At byte `at` of the parameters (place 0) or of buffer place - 1 stands the address of byte `offset` of a buffer.
struct Relocation {
  uint32_t place, buffer;
  uint64_t at, offset;
};

struct Buffer {
  Element element = Element::Exact;
  std::vector<uint8_t> before, after; // after: empty where the launch changes nothing
};

struct Vector {
  std::string kernel;
  uint32_t grid[3] = {}, threads = 0, smem = 0;
  std::vector<uint8_t> params;
  std::vector<Relocation> relocations;
  std::vector<Buffer> buffers;

  size_t bytes() const;
};

// Appends one record; a file that is not there, or empty, is begun.
void append(const std::string &path, const Vector &vector);

class Reader {
public:
  explicit Reader(const std::string &path); // throws std::runtime_error where it is no such file
  ~Reader();
  Reader(const Reader &) = delete;
  Reader &operator=(const Reader &) = delete;
  bool next(Vector &vector); // false at the end
private:
  FILE *file_;
};

// How far results are from what was expected, by elements.
struct Difference {
  uint64_t elements = 0, wrong = 0; // wrong: outside the tolerance
  double worst = 0;                 // greatest error / tolerance
};

// Tolerance of an element: part · (|expected| + root mean square of the elements that the launch changed), where part is 2^-8 for
// f32 (sums of 16-bit products in another order, approximate exponentials), 2^-6 bf16, 2^-8 f16, 2^-2 e4m3, 2^-1 e5m2;
// codes may differ by 1, one of 50 bytes by anything, anything else not at all. NaN equals NaN.
Difference compare(const Buffer &buffer, const std::vector<uint8_t> &actual);

} // namespace vectors
} // namespace llmserving

#endif
