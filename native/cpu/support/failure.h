// Errors inside the library: thrown, and turned into a status and a text at the ABI's border.
#ifndef LLMSERVING_SUPPORT_FAILURE_H
#define LLMSERVING_SUPPORT_FAILURE_H

#include <stdexcept>
#include <string>

#include "llmserving/llmserving.h"

namespace llmserving {

struct Failure : std::runtime_error {
  Failure(llm_status status, const std::string &text) : std::runtime_error(text), status(status) {}
  llm_status status;
};

// Throws LLM_INVALID_ARGUMENT with a printf-formatted text.
[[noreturn]] void invalid(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Keeps the text for llm_last_error and returns the status.
llm_status remember(llm_status status, const char *text);

// Runs body and maps whatever it throws.
template <class Body> llm_status guarded(Body body) {
  try {
    body();
    return LLM_OK;
  } catch (const Failure &failure) {
    return remember(failure.status, failure.what());
  } catch (const std::bad_alloc &) {
    return remember(LLM_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception &error) {
    return remember(LLM_FAILED, error.what());
  } catch (...) {
    return remember(LLM_FAILED, "unknown failure");
  }
}

} // namespace llmserving

#endif
