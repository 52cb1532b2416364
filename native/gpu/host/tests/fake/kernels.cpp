// An archive of two modules for the stand-in of the CUDA driver: matrix products in one, all other kernels in the other.
// FAKE_KERNELS=none: a library that was built without.
#include <cstddef>
#include <cstdlib>

#include "drivers/kernel_archive.h"
#include "drivers/vendor.h"

namespace {

struct Archive {
  char magic[8];
  uint32_t version, count;
  struct {
    char name[48];
    uint64_t offset, bytes;
  } entries[2];
  char images[2][64];
};

const Archive archive = {{'L', 'L', 'M', 'I', 'M', 'A', 'G', 'E'},
                         1,
                         2,
                         {{"linear", offsetof(Archive, images), 64}, {"others", offsetof(Archive, images) + 64, 64}},
                         {"linear", "others"}};

} // namespace

const void *llmserving::linked_kernels() { return std::getenv("FAKE_KERNELS") == nullptr ? &archive : nullptr; }
