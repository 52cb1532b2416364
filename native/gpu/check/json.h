// As much JSON as reports need.
#ifndef LLMSERVING_GPU_CHECK_JSON_H
#define LLMSERVING_GPU_CHECK_JSON_H

#include <string>

namespace llmserving {

inline std::string json_text(const std::string &text) {
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      quoted += '\\';
    quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return quoted + "\"";
}

} // namespace llmserving

#endif
