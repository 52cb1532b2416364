// What tests tell the stand-in for libcublasLt, and ask it.
#ifndef LLMSERVING_GPU_TESTS_FAKE_CUBLASLT_H
#define LLMSERVING_GPU_TESTS_FAKE_CUBLASLT_H

#include <cstddef>
#include <cstdint>

struct FakeCublasLt {
  size_t version = 130101;
  int create_status = 0;
  bool no_algorithm = false;
  int live = 0; // handles, descriptors, layouts, preferences
  int searches = 0, products = 0;
  void *stream = nullptr; // of the last product
  size_t workspace_bytes = 0;
};

// The library's own result of a search for algorithms: 96 bytes.
struct FakeHeuristic {
  uint64_t algorithm[8];
  size_t workspace_bytes;
  int status;
  float waves;
  int reserved[4];
};

extern "C" FakeCublasLt *fake_cublaslt();

#endif
