// Time per kind of operation, as worker 0 sees it; only in builds with LLMSERVING_BENCH.
#ifndef LLMSERVING_PROGRAM_PROFILE_H
#define LLMSERVING_PROGRAM_PROFILE_H

#include "llmserving/llmserving.h"

// By llm_op_kind, then head, sampling and what is spent waiting at barriers (which the others include).
enum { LLM_BENCH_HEAD = 8, LLM_BENCH_SAMPLE = 9, LLM_BENCH_WAIT = 10, LLM_BENCH_KINDS = 11 };

#ifdef __cplusplus
extern "C"
#endif
// Nanoseconds since the last call.
LLM_API __attribute__((weak)) void llm_bench_profile(llm_session *session, double nanos[LLM_BENCH_KINDS]);

#endif
