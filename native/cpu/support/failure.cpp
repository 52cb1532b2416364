#include "support/failure.h"

#include <cstdarg>
#include <cstdio>

namespace llmserving {

static thread_local std::string last_error;

void invalid(const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  throw Failure(LLM_INVALID_ARGUMENT, text);
}

llm_status remember(llm_status status, const char *text) {
  try {
    last_error = text;
  } catch (...) {
    last_error.clear();
  }
  return status;
}

} // namespace llmserving

extern "C" const char *llm_last_error(void) { return llmserving::last_error.c_str(); }
