// What a caller says about a program, copied, and the checks of it that every device shares.
#ifndef LLMSERVING_COMMON_PROGRAM_SPEC_H
#define LLMSERVING_COMMON_PROGRAM_SPEC_H

#include <cstddef>
#include <vector>

#include "llmserving/llmserving.h"

namespace llmserving {

struct ProgramSpec {
  llm_program_options options; // its pointers are the caller's: use the vectors
  std::vector<llm_op> ops;
  std::vector<uint32_t> widths;
  std::vector<llm_tensor> tensors;
  std::vector<llm_cache> caches;
  std::vector<llm_kv_group> groups;

  // Throws Failure where an array is missing.
  void copy(const llm_program_options &options);

  size_t width(int32_t value) const { return widths[static_cast<size_t>(value)]; }
  const llm_tensor &tensor(int32_t index) const { return tensors[static_cast<size_t>(index)]; }
  const llm_cache &cache(int32_t index) const { return caches[static_cast<size_t>(index)]; }
};

// What a device can hold and run.
class ProgramLimits {
public:
  virtual ~ProgramLimits() = default;
  // Bytes of a packed matrix, 0 where the device does not have the type or the size.
  virtual size_t packed_bytes(uint32_t type, uint64_t rows, uint64_t columns) const = 0;
  // Throws Failure (LLM_UNSUPPORTED) for types of activations, keys and values that the device lacks. Their numbers are
  // those of the header.
  virtual void check(const llm_program_options &options) const = 0;
};

// "bf16" for LLM_KV_BF16.
const char *kv_type_name(uint32_t type);

// Throws Failure with the number that is wrong.
void check_program(const ProgramSpec &program, const ProgramLimits &limits);

} // namespace llmserving

#endif
