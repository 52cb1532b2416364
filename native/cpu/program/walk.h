// The walk over a program's operations in one step. Every worker of the team walks the same list.
//
// Operations that work row by row follow one another without a barrier. In a narrow step each worker computes all rows
// for itself, in memory of its own; in a wide one each worker always has the same rows; in a blocked one a worker takes
// some rows through all operations between one attention and the next, matrix products included, so that what lies
// between stays in its cache. Barriers stand where other workers' results are read:
//   narrow   matrix product |, rope and cache write |, attention |                                     six a layer
//   wide     pack | matrix product |, rope and cache write |, attention |                              ten a layer
//   blocked  all up to rope and cache write |, attention |                                             two a layer
// and partial attention results add one before their merge.
#ifndef LLMSERVING_PROGRAM_WALK_H
#define LLMSERVING_PROGRAM_WALK_H

#include "program/session.h"
#include "program/shares.h"

namespace llmserving {

class Walk {
public:
  Walk(llm_session &s, Flight &flight);
  void work(int worker);

private:
  bool narrow() const { return rows_ <= kNarrowRows; }
  bool blocked() const { return blocks_ != 0; }
  // Rows that a worker computes row by row, unless the step is blocked.
  Range rows_of(int worker) const { return narrow() ? Range{0, rows_} : share(rows_, granularity_, worker, workers_); }
  // A row of a value as a worker sees it; further rows follow. Of values within a block only its rows are there.
  float *value(int32_t index, int worker, size_t row = 0) const;
  Workspace &workspace(int worker) const { return s_.workspaces[static_cast<size_t>(worker)]; }
  void *packed(ActivationKind kind, int worker) const;
  Tickets tickets(size_t op, int phase) const {
    return {&s_.tickets[2 * op + static_cast<size_t>(phase)], s_.ticket_stride()};
  }
  Tickets head_tickets() const { return tickets(p_.ops.size(), 0); }
  void barrier(int worker);
  // What a worker's spans of time are counted in.
  Profile *profile(int worker) const { return worker == 0 ? profile_ : nullptr; }

  size_t blocks_of_rows() const;
  Range block(size_t index) const;
  size_t run_blocks(size_t first_op, int worker);
  void run_block(Range ops, Range rows, int worker);

  void row_op(const llm_op &op, size_t index, Range rows, int worker);
  void embed_row(const llm_op &op, size_t row, float *y) const;
  void norm_row(const llm_op &op, const float *x, float *y) const;
  void rope_op(const llm_op &op, size_t index, Range rows, int worker);
  void attention_op(const llm_op &op, size_t index, int worker);
  void whole_op(const llm_op &op, size_t index, int worker);
  void linear_op(const llm_op &op, size_t index, int worker);
  void block_linear(const llm_op &op, Range rows, int worker) const;
  size_t units_of(const llm_op &op, size_t node) const;
  void pack_inputs(const llm_op &op, const float *x, size_t rows, Range mine, int worker) const;
  void multiply(const llm_op &op, float *y, size_t rows, size_t node, Range units, int worker) const;

  void head(int worker);
  bool packs_alone(size_t head_rows) const;
  const void *pack_head_rows(size_t begin, size_t count, int worker);
  void cap_logits(float *logits, size_t count, int worker);
  void finish_rows(size_t begin, size_t count, const float *logits, int worker);
  void copy_hidden(int worker) const;

  llm_session &s_;
  llm_program &p_;
  const llm_isa isa_;
  Team &team_;
  const int workers_;
  Profile *const profile_; // null unless the session is profiled
  Flight &flight_;
  const llm_step &step_;
  const size_t rows_;
  size_t granularity_ = 1; // rows of a tile of activations
  size_t blocks_ = 0; // of rows; 0: the step is not blocked
};

} // namespace llmserving

#endif
