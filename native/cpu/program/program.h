// A forward pass: validated, with its operations' activations laid out by liveness, and with what its layers share
// found once.
#ifndef LLMSERVING_PROGRAM_PROGRAM_H
#define LLMSERVING_PROGRAM_PROGRAM_H

#include <vector>

#include "attention/attention.h"
#include "common/program_spec.h"
#include "linear/linear.h"
#include "program/context.h"

namespace llmserving {

// A rotary embedding: its angles are computed once a step, whatever the number of layers.
struct RotationShape {
  int32_t frequencies; // tensor
  int rotated;         // dimensions
  float magnitude;
};

} // namespace llmserving

struct llm_program : llmserving::ProgramSpec {
  explicit llm_program(llm_context *c) : context(c), counted(c->memory, sizeof *this) {}

  llm_context *context;
  llmserving::Counted counted;

  std::vector<size_t> value_offset;  // floats per token before each value, in one row-major arena per value slot
  size_t floats_per_token;           // of all value slots together
  std::vector<bool> value_shared;    // written by many workers: outputs of matrix products and of attention
  std::vector<bool> within_block;    // used between two attentions only
  std::vector<size_t> block_offset;  // of these: floats per row before each, in an arena of one array after the other
  size_t block_floats;               // per row, of all of them together
  std::vector<llmserving::RotationShape> rotations;
  std::vector<llmserving::AttentionShape> attentions;
  std::vector<int32_t> shape_of_op; // index into rotations or attentions, -1 = none
  std::vector<size_t> cache_offset;  // of each cache within its group's block
  size_t block_bytes;

  const float *vector(int32_t index) const {
    return index < 0 ? nullptr : static_cast<const float *>(tensor(index).data);
  }
  llmserving::Matrix matrix(int32_t index) const {
    const llm_tensor &t = tensor(index);
    return {t.type, t.rows, t.columns, t.data};
  }
};

namespace llmserving {

// Throws Failure with the number that is wrong.
llm_program *create_program(llm_context *context, const llm_program_options &options);

} // namespace llmserving

#endif
