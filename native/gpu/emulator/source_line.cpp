// Addresses of code as lines of source, through addr2line where there is one.
#include <dlfcn.h>

#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "emulator/findings.h"

namespace llmserving {
namespace emulator {

namespace {

// The chain of inlined calls, innermost first, each "function at file:line".
std::vector<std::string> inlined_chain(const char *object, uintptr_t offset) {
  std::vector<std::string> chain;
  std::string command = "addr2line -e '" + std::string(object) + "' -i " + formatted("%#zx 2>/dev/null", offset);
  FILE *output = popen(command.c_str(), "r");
  if (output == nullptr)
    return chain;
  char line[1024];
  while (fgets(line, sizeof(line), output) != nullptr) {
    line[strcspn(line, "\n")] = 0;
    if (char *discriminator = strstr(line, " (discriminator"))
      *discriminator = 0;
    chain.push_back(line);
  }
  pclose(output);
  return chain;
}

bool in_platform(const std::string &place) { return place.find("/platform/") != std::string::npos; }

std::string short_place(const std::string &place) {
  size_t slash = place.rfind('/');
  return slash == std::string::npos ? place : place.substr(slash + 1);
}

std::string resolve(const void *pc) {
  Dl_info info;
  if (dladdr(pc, &info) == 0 || info.dli_fname == nullptr)
    return formatted("pc %p", pc);
  // A return address is the instruction after the call.
  uintptr_t offset = reinterpret_cast<uintptr_t>(pc) - 1 - reinterpret_cast<uintptr_t>(info.dli_fbase);
  std::string text, last;
  for (const std::string &place : inlined_chain(info.dli_fname, offset)) {
    if (in_platform(place) || place.find("??") != std::string::npos)
      continue;
    std::string line = short_place(place);
    if (line != last)
      text += (text.empty() ? "" : " < ") + line;
    last = line;
  }
  return text.empty() ? formatted("%s+%#zx", info.dli_fname, offset) : text;
}

} // namespace

std::string source_line(const void *pc) {
  static std::map<const void *, std::string> known;
  auto found = known.find(pc);
  return found != known.end() ? found->second : known[pc] = resolve(pc);
}

} // namespace emulator
} // namespace llmserving
