// Blocked steps: rows of a worker's own through all operations up to the next attention.
#include "program/walk.h"

namespace llmserving {

// Rows of a block: whole tiles of activations, as even over workers as that allows.
size_t Walk::blocks_of_rows() const {
  size_t each = (rows_ + static_cast<size_t>(workers_) - 1) / static_cast<size_t>(workers_);
  size_t blocks = (each + kMostBlock - 1) / kMostBlock, rows = (each + blocks - 1) / blocks;
  return std::min(kMostBlock, (rows + granularity_ - 1) / granularity_ * granularity_);
}

// Runs the operations from first_op up to an attention or the end. Returns the first that it did not run.
size_t Walk::run_blocks(size_t first_op, int worker) {
  size_t last_op = first_op;
  while (last_op < p_.ops.size() && p_.ops[last_op].kind != LLM_OP_ATTENTION)
    last_op++;
  size_t blocks = (rows_ + block_rows_ - 1) / block_rows_;
  claim(blocks, ticket(first_op, 0), worker, [&](size_t first, size_t last) {
    for (size_t b = first; b < last; b++)
      run_block({first_op, last_op}, {b * block_rows_, std::min(rows_, (b + 1) * block_rows_)}, worker);
  });
  if (worker == 0)
    s_.progress.fetch_add(last_op - first_op, std::memory_order_relaxed);
  return last_op;
}

void Walk::run_block(Range ops, Range rows, int worker) {
  workspace(worker).block_first = rows.first;
  for (size_t i = ops.first; i < ops.last; i++) {
    const llm_op &op = p_.ops[i];
    timed(static_cast<int>(op.kind), worker, [&] {
      if (op.kind == LLM_OP_LINEAR)
        block_linear(op, rows, worker);
      else
        row_op(op, i, rows, worker);
    });
  }
}

} // namespace llmserving
