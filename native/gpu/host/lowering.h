// From a program's description to what a GPU runs: fusion, types of values, and their layout by liveness. All of it is
// arithmetic on the host.
#ifndef LLMSERVING_GPU_HOST_LOWERING_H
#define LLMSERVING_GPU_HOST_LOWERING_H

#include "host/program.h"

namespace llmserving {

// Operations in order, with additions fused into norms of their sums that follow at once.
std::vector<Operation> fuse(const ProgramSpec &program);

// The type of every value.
std::vector<gpu::DType> value_types(const ProgramSpec &program);

// Gives each value a place in an arena. A place is free again after the last operation that reads its value: operations
// run one after the other. An operation's outputs share no memory with its inputs.
std::vector<Value> lay_out_values(const ProgramSpec &program, const std::vector<Operation> &operations,
                                  size_t *bytes_per_token);

// The shapes of attention, and each operation's index among them.
std::vector<AttentionShape> find_shapes(const ProgramSpec &program, std::vector<Operation> &operations);

} // namespace llmserving

#endif
