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

// The value of a field of a flat object on one line, as these programs write them.
inline std::string json_field(const std::string &line, const std::string &name) {
  size_t at = line.find("\"" + name + "\":");
  if (at == std::string::npos)
    return "";
  at += name.size() + 3;
  if (line[at] != '"')
    return line.substr(at, line.find_first_of(",}", at) - at);
  std::string value;
  for (at++; at < line.size() && line[at] != '"'; at++) {
    at += line[at] == '\\';
    value += line[at];
  }
  return value;
}

} // namespace llmserving

#endif
