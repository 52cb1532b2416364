extern "C" __attribute__((visibility("default"))) unsigned llm_abi_version(void) { return 1; }
