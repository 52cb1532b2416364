// Blocked steps: rows of a worker's own through all operations up to the next attention.
#include "program/walk.h"

namespace llmserving {

// As many blocks for each worker as let none exceed its capacity, however its ends are rounded.
size_t Walk::blocks_of_rows() const {
  size_t workers = static_cast<size_t>(workers_), each = (rows_ + workers - 1) / workers, most = kMostBlock - kBlockRounding;
  return workers * ((each + most - 1) / most);
}

// Blocks of even size; where workers have several, of whole tiles of activations but for the last. Where each has one, the
// longest is what all wait for.
Range Walk::block(size_t index) const {
  size_t g = blocks_ > static_cast<size_t>(workers_) ? granularity_ : 1;
  auto end = [&](size_t i) { return i == blocks_ ? rows_ : (rows_ * i / blocks_ + g / 2) / g * g; };
  return {end(index), end(index + 1)};
}

// Runs the operations from first_op up to an attention or the end. Returns the first that it did not run.
size_t Walk::run_blocks(size_t first_op, int worker) {
  size_t last_op = first_op;
  while (last_op < p_.ops.size() && p_.ops[last_op].kind != LLM_OP_ATTENTION)
    last_op++;
  claim(team_, blocks_, tickets(first_op, 0), worker, [&](Range blocks) {
    for (size_t b = blocks.first; b < blocks.last; b++)
      run_block({first_op, last_op}, block(b), worker);
  });
  if (worker == 0)
    s_.progress.fetch_add(last_op - first_op, std::memory_order_relaxed);
  return last_op;
}

void Walk::run_block(Range ops, Range rows, int worker) {
  workspace(worker).block_first = rows.first;
  for (size_t i = ops.first; i < ops.last; i++) {
    const llm_op &op = p_.ops[i];
    ProfileSpan span(profile(worker), op.kind);
    if (op.kind == LLM_OP_LINEAR)
      block_linear(op, rows, worker);
    else
      row_op(op, i, rows, worker);
  }
}

} // namespace llmserving
