// The format in which compiled kernels are linked into a library: several images (fat binaries, code objects), each a
// module of its own for the driver. build-cuda and build-hip write it. Little-endian:
//   char magic[8] = "LLMIMAGE"; uint32 version = 1; uint32 count;
//   count times { char name[48]; uint64 offset; uint64 bytes; }     offset: from the archive's start, a multiple of 64
#ifndef LLMSERVING_GPU_DRIVERS_KERNEL_ARCHIVE_H
#define LLMSERVING_GPU_DRIVERS_KERNEL_ARCHIVE_H

#include <cstdint>
#include <cstring>
#include <vector>

namespace llmserving {

struct KernelImage {
  const char *name; // of the source file, without its ending
  const void *data;
  uint64_t bytes;
};

// The images of an archive, or the one that `archive` itself is where it is none.
inline std::vector<KernelImage> kernel_images(const void *archive) {
  struct Header {
    char magic[8];
    uint32_t version, count;
  };
  struct Entry {
    char name[48];
    uint64_t offset, bytes;
  };
  const char *start = static_cast<const char *>(archive);
  const Header *header = static_cast<const Header *>(archive);
  if (memcmp(header->magic, "LLMIMAGE", sizeof header->magic) != 0)
    return {{"kernels", archive, 0}};
  const Entry *entries = reinterpret_cast<const Entry *>(header + 1);
  std::vector<KernelImage> images;
  for (uint32_t i = 0; i < header->count; i++)
    images.push_back({entries[i].name, start + entries[i].offset, entries[i].bytes});
  return images;
}

} // namespace llmserving

#endif
