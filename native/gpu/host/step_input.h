// What a step uploads, as sections of one piece of memory: built in pinned memory, copied at once, read by kernels at the
// same offsets of the device's copy.
//
//   | tokens | plan of each shape |  head rows | changed cells | block copies | targets | jobs, order, groups, masks |
//     what graphs read: the offsets        what is launched directly               of masked steps: a second upload
//     follow from the pass's size alone
#ifndef LLMSERVING_GPU_HOST_STEP_INPUT_H
#define LLMSERVING_GPU_HOST_STEP_INPUT_H

#include <cstring>

#include "host/block_tables.h"
#include "host/program.h"
#include "host/sample_plan.h"
#include "llmserving/gpu/embedding.h"

namespace llmserving {

// Hands out consecutive places, each at a multiple of 16 bytes.
class Sections {
public:
  explicit Sections(size_t start = 0) : end_(start) {}
  size_t add(size_t bytes) {
    size_t at = end_;
    end_ += (bytes + 15) / 16 * 16;
    return at;
  }
  size_t end() const { return end_; }

private:
  size_t end_;
};

// The size of a pass: graphs are kept by it.
struct PassSize {
  int32_t rows = 0; // padding included
  std::vector<gpu::AttentionLayout> layouts;
  std::vector<size_t> plans; // offsets of the layouts' buffers
  size_t tokens = 0;         // offset
  size_t bytes = 0;

  // A pass of `rows` rows with plans of these capacities.
  void lay_out(int32_t rows, const std::vector<gpu::AttentionCounts> &capacities);
  bool operator<(const PassSize &other) const;
};

// Copies of a group's blocks that may be done at once: no block is the target of two, or one's target and another's source.
struct CopyBatch {
  int32_t group, after;
  size_t count_at, copies_at; // offsets
  std::vector<gpu::KvBlockCopy> copies;
  bool takes(const llm_block_op &op) const;
};

// The sampler's part: offsets from its own start.
struct SampleInput {
  size_t jobs, order, starts, masks, bytes;
  void lay_out(const llm_step &step, const SamplePlan &plan, size_t start, size_t mask_bytes);
  void write(const llm_step &step, const SamplePlan &plan, uint8_t *base) const;
};

// Builds the upload of one step; reused from step to step.
class StepInput {
public:
  StepInput(const llm_program &program, const llm_session_options &session, BlockTables &tables);

  // Divides the step's attention; throws LLM_UNSUPPORTED where there is no way to. Changes nothing else.
  void plan_attention(const llm_step &step);
  // Then lays its upload out. graphs: the pass is padded to a size that graphs are kept for.
  void plan(const llm_step &step, uint64_t ticket, bool with_jobs, bool graphs);
  void write(const llm_step &step, uint8_t *base) const;

  PassSize pass;
  SamplePlan samples;
  SampleInput sample_input;
  std::vector<CopyBatch> copies;
  uint32_t cell_count = 0;
  size_t ticket_at = 0, head_rows = 0, cells = 0, targets = 0, bytes = 0;
  bool padded = false; // for graphs

  static int32_t max_partials(const llm_program &program, const llm_session_options &session);
  uint32_t tile_rows; // head rows of a tile of logits

  const gpu::AttentionPlanOptions &plan_options(size_t shape) const { return plan_options_[shape]; }

private:
  void size_pass(const llm_step &step, bool graphs);
  void plan_copies(const llm_step &step, Sections &sections);

  const llm_program &p_;
  const llm_session_options &options_;
  BlockTables &tables_;
  uint64_t ticket_ = 0;
  bool with_jobs_ = true;
  std::vector<gpu::AttentionPlanner> planners_;
  std::vector<gpu::AttentionPlanOptions> plan_options_;
  std::vector<gpu::TableCell> changed_;
};

} // namespace llmserving

#endif
