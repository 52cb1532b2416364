// Packs a matrix with several threads.
#ifndef LLMSERVING_GPU_HOST_PACK_PARALLEL_H
#define LLMSERVING_GPU_HOST_PACK_PARALLEL_H

#include <cstddef>
#include <cstdint>
#include <vector>

namespace llmserving {

// bytes: packed_matrix_bytes of it. Throws where the type is unknown.
std::vector<uint8_t> pack_matrix(uint32_t type, uint64_t rows, uint64_t columns, const void *source, size_t bytes,
                                 int threads);

} // namespace llmserving

#endif
