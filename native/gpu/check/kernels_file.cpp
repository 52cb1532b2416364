// The kernels of a program that links none: the archive that $LLMSERVING_KERNELS names.
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "drivers/vendor.h"

namespace llmserving {

namespace {

std::vector<char> read_kernels() {
  std::vector<char> contents;
  const char *path = getenv("LLMSERVING_KERNELS");
  FILE *file = path == nullptr ? nullptr : fopen(path, "rb");
  if (file == nullptr)
    return contents;
  fseek(file, 0, SEEK_END);
  contents.resize(static_cast<size_t>(ftell(file)));
  rewind(file);
  if (fread(contents.data(), 1, contents.size(), file) != contents.size())
    contents.clear();
  fclose(file);
  return contents;
}

} // namespace

const void *linked_kernels() {
  static const std::vector<char> kernels = read_kernels();
  return kernels.empty() ? nullptr : kernels.data();
}

} // namespace llmserving
