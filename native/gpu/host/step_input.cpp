#include "host/step_input.h"

#include <algorithm>

#include "support/failure.h"

namespace llmserving {
namespace {

constexpr uint32_t kMostTileRows = 256;
constexpr int32_t kMostGraphRows = 512; // larger steps are long enough to hide their launches

// The next of 1, 2, 4, 8, 16, 24, 32, …: steps of 8 waste little, and an eighth of the sizes need a graph.
int32_t padded_rows(int32_t rows, int32_t most) {
  int32_t padded = rows <= 8 ? 1 : (rows + 7) / 8 * 8;
  while (padded < rows)
    padded *= 2;
  return std::min(padded, most);
}

int32_t padded_count(int32_t count) {
  int32_t padded = count == 0 ? 0 : 1;
  while (padded < count)
    padded *= 2;
  return padded;
}

gpu::AttentionCounts padded_counts(const gpu::AttentionCounts &counts, int32_t rows) {
  gpu::AttentionCounts padded = counts;
  padded.tokens = rows;
  padded.rows = rows + padded_count(counts.rows - counts.tokens);
  for (int32_t &tiles : padded.tiles)
    tiles = padded_count(tiles);
  padded.merges = counts.merges == 0 ? 0 : rows;
  padded.indices = padded_count(counts.indices);
  return padded;
}

bool decodes_only(const llm_step &step) { return step.token_count == step.sequence_count; }

} // namespace

void PassSize::lay_out(int32_t row_count, const std::vector<gpu::AttentionCounts> &capacities) {
  rows = row_count;
  Sections sections;
  tokens = sections.add(static_cast<size_t>(rows) * sizeof(gpu::StepToken));
  layouts.clear();
  plans.clear();
  for (const gpu::AttentionCounts &counts : capacities) {
    layouts.push_back(gpu::attention_layout(counts));
    plans.push_back(sections.add(static_cast<size_t>(layouts.back().bytes)));
  }
  bytes = sections.end();
}

bool PassSize::operator<(const PassSize &other) const {
  if (rows != other.rows)
    return rows < other.rows;
  for (size_t i = 0; i < layouts.size(); i++) {
    const gpu::AttentionCounts &a = layouts[i].capacity, &b = other.layouts[i].capacity;
    if (a.rows != b.rows)
      return a.rows < b.rows;
    for (int list = 0; list < gpu::ATTENTION_LISTS; list++)
      if (a.tiles[list] != b.tiles[list])
        return a.tiles[list] < b.tiles[list];
    if (a.merges != b.merges)
      return a.merges < b.merges;
    if (a.indices != b.indices)
      return a.indices < b.indices;
  }
  return false;
}

void SampleInput::lay_out(const llm_step &step, const SamplePlan &plan, size_t start, size_t mask_bytes) {
  Sections sections(start);
  jobs = sections.add(step.job_count * sizeof(llm_sample_job));
  order = sections.add(plan.order.size() * sizeof(int32_t));
  starts = sections.add(plan.starts.size() * sizeof(int32_t));
  masks = sections.add(mask_bytes);
  bytes = sections.end();
}

void SampleInput::write(const llm_step &step, const SamplePlan &plan, uint8_t *base) const {
  if (step.job_count > 0) {
    std::memcpy(base + jobs, step.jobs, step.job_count * sizeof(llm_sample_job));
    std::memcpy(base + order, plan.order.data(), plan.order.size() * sizeof(int32_t));
  }
  std::memcpy(base + starts, plan.starts.data(), plan.starts.size() * sizeof(int32_t));
}

int32_t StepInput::max_partials(const llm_program &program, const llm_session_options &session) {
  uint32_t processors = program.context->driver->properties().processors;
  return static_cast<int32_t>(8 * processors + 4 * std::min<uint32_t>(session.max_sequences, 1024));
}

StepInput::StepInput(const llm_program &program, const llm_session_options &session, BlockTables &tables)
    : tile_rows(std::min(session.max_head_rows, kMostTileRows)), p_(program), options_(session), tables_(tables),
      planners_(program.shapes.size()) {
  for (const AttentionShape &shape : program.shapes)
    plan_options_.push_back({shape.heads, shape.kv_heads, program.groups[static_cast<size_t>(shape.group)].window,
                             static_cast<int32_t>(session.table_columns),
                             gpu::attention_lists(kActivations, program.kv_type, shape.dim, gpu::BLOCK_SHARED_BYTES),
                             program.context->deterministic ? 1 : 0,
                             static_cast<int32_t>(program.context->driver->properties().processors),
                             max_partials(program, session)});
}

void StepInput::plan(const llm_step &step, uint64_t ticket, bool with_jobs, bool graphs) {
  ticket_ = ticket;
  with_jobs_ = with_jobs;
  size_pass(step, graphs);
  samples.make(step, tile_rows);
  changed_.clear();
  tables_.changed(step, changed_);
  cell_count = static_cast<uint32_t>(changed_.size());
  Sections sections(pass.bytes);
  ticket_at = sections.add(sizeof ticket);
  head_rows = sections.add(step.head_row_count * sizeof(int32_t));
  cells = sections.add(changed_.size() * sizeof(gpu::TableCell));
  plan_copies(step, sections);
  targets = sections.add(step.target_count * sizeof(llm_target));
  bytes = sections.end();
  if (with_jobs) {
    sample_input.lay_out(step, samples, bytes, 0);
    bytes = sample_input.bytes;
  }
}

void StepInput::plan_attention(const llm_step &step) {
  for (size_t i = 0; i < planners_.size(); i++) {
    const char *error = planners_[i].plan(plan_options_[i], step, p_.shapes[i].group);
    if (error != nullptr)
      throw Failure(LLM_UNSUPPORTED, error);
  }
}

void StepInput::size_pass(const llm_step &step, bool graphs) {
  int32_t rows = static_cast<int32_t>(step.token_count);
  padded = graphs && decodes_only(step) && rows <= kMostGraphRows;
  if (padded)
    rows = padded_rows(rows, static_cast<int32_t>(options_.max_tokens));
  std::vector<gpu::AttentionCounts> capacities;
  for (const gpu::AttentionPlanner &planner : planners_)
    capacities.push_back(padded ? padded_counts(planner.counts(), rows) : planner.counts());
  pass.lay_out(rows, capacities);
}

bool CopyBatch::takes(const llm_block_op &op) const {
  if (op.group != group || op.after != after)
    return false;
  for (const gpu::KvBlockCopy &copy : copies)
    if (copy.target == op.target || copy.target == op.source || copy.source == op.target)
      return false;
  return true;
}

// In the order of the step's operations, where it matters.
void StepInput::plan_copies(const llm_step &step, Sections &sections) {
  copies.clear();
  for (uint32_t i = 0; i < step.block_op_count; i++) {
    const llm_block_op &op = step.block_ops[i];
    if (op.source == op.target)
      continue;
    if (copies.empty() || !copies.back().takes(op))
      copies.push_back({op.group, op.after, 0, 0, {}});
    copies.back().copies.push_back({op.source, op.target, op.tokens, 0});
  }
  for (CopyBatch &batch : copies) {
    batch.count_at = sections.add(sizeof(int32_t));
    batch.copies_at = sections.add(batch.copies.size() * sizeof(gpu::KvBlockCopy));
  }
}

void StepInput::write(const llm_step &step, uint8_t *base) const {
  gpu::StepToken *tokens = reinterpret_cast<gpu::StepToken *>(base + pass.tokens);
  static_assert(sizeof(gpu::StepToken) == sizeof(llm_token), "tokens are copied as they are");
  std::memcpy(tokens, step.tokens, step.token_count * sizeof(llm_token));
  for (int32_t i = static_cast<int32_t>(step.token_count); i < pass.rows; i++)
    tokens[i] = {-1, -1, 0};
  for (size_t i = 0; i < planners_.size(); i++)
    planners_[i].write(pass.layouts[i], base + pass.plans[i]);
  std::memcpy(base + ticket_at, &ticket_, sizeof ticket_);
  if (step.head_row_count > 0)
    std::memcpy(base + head_rows, step.head_rows, step.head_row_count * sizeof(int32_t));
  if (!changed_.empty())
    std::memcpy(base + cells, changed_.data(), changed_.size() * sizeof(gpu::TableCell));
  for (const CopyBatch &batch : copies) {
    int32_t count = static_cast<int32_t>(batch.copies.size());
    std::memcpy(base + batch.count_at, &count, sizeof count);
    std::memcpy(base + batch.copies_at, batch.copies.data(), batch.copies.size() * sizeof(gpu::KvBlockCopy));
  }
  llm_target *sorted = reinterpret_cast<llm_target *>(base + targets);
  for (size_t i = 0; i < samples.target_order.size(); i++)
    sorted[i] = step.targets[samples.target_order[i]];
  if (with_jobs_)
    sample_input.write(step, samples, base);
}

} // namespace llmserving
