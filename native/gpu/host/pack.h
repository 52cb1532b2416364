// Packs matrices of file types for the device (llmserving/gpu/weight_layout.h).
#ifndef LLMSERVING_GPU_HOST_PACK_H
#define LLMSERVING_GPU_HOST_PACK_H

#include <cstddef>
#include <cstdint>

#include "llmserving/gpu/launch.h"
#include "llmserving/gpu/weight_layout.h"

namespace llmserving {
namespace gpu {

// How a matrix of an llm_type is held on a device whose activations are bf16 or f16.
struct PackedFormat {
  LinearFamily family;
  uint64_t layout; // equal numbers mean interchangeable bytes
};

// False where the type is none of llm_type's, or activations are neither BF16 nor F16.
bool packed_format(uint32_t type, DType activations, PackedFormat *format);

// Packs a row-major matrix of raw file blocks. columns: a multiple of the type's block. target: packed_bytes(family,
// rows, columns) bytes. False as packed_format, or where columns do not fit the type.
bool pack(uint32_t type, DType activations, uint64_t rows, uint64_t columns, const void *source, void *target);

// A part of the same, for many threads: panels first .. first + count - 1 of panels_of(rows), with the factor that
// pack_factor gave for the whole matrix. The first part also writes the header.
float pack_factor(uint32_t type, DType activations, uint64_t rows, uint64_t columns, const void *source);
bool pack_panels(uint32_t type, DType activations, uint64_t rows, uint64_t columns, const void *source, float factor,
                 uint64_t first, uint64_t count, void *target);

// The weights that a packed matrix stands for, [rows][columns], exactly.
void unpack(LinearFamily family, DType activations, uint64_t rows, uint64_t columns, const void *packed, float *target);

} // namespace gpu
} // namespace llmserving

#endif
