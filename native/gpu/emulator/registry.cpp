#include "emulator/registry.h"

#include <cstdio>
#include <cstdlib>

#include "emulator/emulator.h"
#include "llmserving/gpu/platform.h"

namespace llmserving {
namespace emulator {

std::map<std::string, Kernel> &registry() {
  static std::map<std::string, Kernel> kernels;
  return kernels;
}

Registration::Registration(const char *name, void (*entry)(const void *), size_t param_bytes, uint32_t threads,
                           uint32_t blocks) {
  if (!registry().insert({name, {name, entry, param_bytes, threads, blocks}}).second) {
    fprintf(stderr, "two kernels are called %s\n", name);
    abort();
  }
}

std::vector<std::string> kernels() {
  std::vector<std::string> names;
  for (const auto &entry : registry())
    names.push_back(entry.first);
  return names;
}

} // namespace emulator
} // namespace llmserving
