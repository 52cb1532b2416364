// What the CUDA library says of a machine. usage: probe_test usable|refused TEXT, with the stand-in's environment
#include <cstring>

#include "llmserving/llmserving.h"
#include "tests/check.h"

int main(int argc, char **argv) {
  if (argc != 3)
    return 2;
  bool usable = strcmp(argv[1], "usable") == 0;
  char text[4096];
  CHECK(llm_device_probe(text, sizeof text) == LLM_OK, "%s", llm_last_error());
  CHECK(strstr(text, argv[2]) != nullptr, "'%s' is not in %s", argv[2], text);
  const char *head = usable ? "{\"kind\":\"cuda\",\"usable\":true" : "{\"kind\":\"cuda\",\"usable\":false";
  CHECK(strncmp(text, head, strlen(head)) == 0, "%s", text);
  llm_context_options options = {};
  llm_context *context = nullptr;
  llm_status status = llm_context_create(&options, &context);
  CHECK(status == (usable ? LLM_OK : LLM_UNSUPPORTED), "status %d, %s", status, llm_last_error());
  CHECK(usable || strstr(llm_last_error(), argv[2]) != nullptr, "'%s' is not in %s", argv[2], llm_last_error());
  llm_context_destroy(context);
  options.device = 7;
  if (usable)
    CHECK(llm_context_create(&options, &context) == LLM_INVALID_ARGUMENT, "a device that is not there");
  return llmserving_test::finish();
}
