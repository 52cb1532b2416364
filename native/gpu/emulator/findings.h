// Findings of a launch and their words.
#ifndef LLMSERVING_GPU_EMULATOR_FINDINGS_H
#define LLMSERVING_GPU_EMULATOR_FINDINGS_H

#include <string>

#include "emulator/machine.h"

namespace llmserving {
namespace emulator {

// A finding about the running lane. pc: of the access, or null. The first ones of every kind and pc are kept in words,
// the others counted.
void report(Kind kind, const void *pc, const std::string &text);
// About the block or the launch.
void report_launch(const std::string &text);

void report_divergent_collective(const Warp &warp, Site site);
void report_divergent_barrier(Site site);
void report_deadlock();

// "buffer 3 (4096 bytes, parameter at +16) + 128", "shared memory + 64", "12 bytes past the end of buffer 3 (…)"
std::string describe_address(const void *address);
std::string describe_site(Site site);
std::string formatted(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Source file and line of an address of code, through inlined platform functions to the kernel's own line.
std::string source_line(const void *pc);

} // namespace emulator
} // namespace llmserving

#endif
