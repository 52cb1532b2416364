// What a library says of a machine. usage: probe_test cuda|hip usable|refused TEXT, with the stand-in's environment
#include <cstring>

#include "llmserving/llmserving.h"
#include "tests/check.h"

int main(int argc, char **argv) {
  if (argc != 4)
    return 2;
  bool usable = strcmp(argv[2], "usable") == 0;
  char text[4096];
  CHECK(llm_device_probe(text, sizeof text) == LLM_OK, "%s", llm_last_error());
  CHECK(strstr(text, argv[3]) != nullptr, "'%s' is not in %s", argv[3], text);
  char head[64];
  snprintf(head, sizeof head, "{\"kind\":\"%s\",\"usable\":%s", argv[1], usable ? "true" : "false");
  CHECK(strncmp(text, head, strlen(head)) == 0, "%s", text);
  if (usable && strcmp(argv[1], "hip") == 0) // that stand-in runs nothing
    return llmserving_test::finish();
  llm_context_options options = {};
  llm_context *context = nullptr;
  llm_status status = llm_context_create(&options, &context);
  CHECK(status == (usable ? LLM_OK : LLM_UNSUPPORTED), "status %d, %s", status, llm_last_error());
  CHECK(usable || strstr(llm_last_error(), argv[3]) != nullptr, "'%s' is not in %s", argv[3], llm_last_error());
  llm_context_destroy(context);
  options.device = 7;
  if (usable)
    CHECK(llm_context_create(&options, &context) == LLM_INVALID_ARGUMENT, "a device that is not there");
  return llmserving_test::finish();
}
