// Checks of a step's numbers.
#include "program/session.h"

#include <algorithm>

#include "support/failure.h"

namespace llmserving {
namespace {

void check_table(const llm_session &s, size_t index, const llm_sequence &q) {
  int64_t columns = s.options.table_columns, size = s.program->options.block_size;
  if (q.table_row < 0 || static_cast<uint32_t>(q.table_row) >= s.options.table_rows)
    invalid("sequence %zu has table row %d of %u", index, q.table_row, s.options.table_rows);
  int64_t end = static_cast<int64_t>(q.position) + q.rows;
  if (q.position < 0 || end > columns * size)
    invalid("sequence %zu ends at position %lld, its table has room for %lld", index, static_cast<long long>(end),
            static_cast<long long>(columns * size));
  for (size_t g = 0; g < s.program->groups.size(); g++) {
    int window = s.program->groups[g].window;
    int64_t begin = window > 0 ? std::max<int64_t>(0, static_cast<int64_t>(q.position) - window + 1) : 0;
    const int32_t *row = s.options.tables + (g * s.options.table_rows + static_cast<size_t>(q.table_row)) *
                                                static_cast<size_t>(columns);
    for (int64_t b = begin / size; b * size < end; b++)
      if (row[b] < 0 || static_cast<uint32_t>(row[b]) >= s.options.blocks)
        invalid("sequence %zu: group %zu has block %d at column %lld, the pool has %u", index, g, row[b],
                static_cast<long long>(b), s.options.blocks);
  }
}

void check_range(const char *what, size_t index, int64_t value, int64_t limit) {
  if (value < 0 || value >= limit)
    invalid("%s %zu refers to %lld of %lld", what, index, static_cast<long long>(value),
            static_cast<long long>(limit));
}

void check_tokens(const llm_session &s, const llm_step &step) {
  for (size_t i = 0; i < step.token_count; i++) {
    const llm_token &t = step.tokens[i];
    if (t.job < 0)
      check_range("token", i, t.id, s.program->options.vocabulary);
    else if (t.ticket == 0 || t.ticket > s.submitted || t.ticket + kMaxInFlight < s.submitted)
      invalid("token %zu refers to step %llu, the newest is %llu", i, static_cast<unsigned long long>(t.ticket),
              static_cast<unsigned long long>(s.submitted));
  }
}

void check_sequences(const llm_session &s, const llm_step &step) {
  int64_t next = 0;
  for (size_t i = 0; i < step.sequence_count; i++) {
    const llm_sequence &q = step.sequences[i];
    if (q.first_row != next || q.rows < 1)
      invalid("sequence %zu has rows from %d, %d of them; rows from %lld are next", i, q.first_row, q.rows,
              static_cast<long long>(next));
    next += q.rows;
    if (q.adapter != -1)
      throw Failure(LLM_UNSUPPORTED, "adapters are not supported");
    check_table(s, i, q);
  }
  if (next != step.token_count)
    invalid("the sequences have %lld rows, the step has %u tokens", static_cast<long long>(next), step.token_count);
}

void check_items(const llm_session &s, const llm_step &step) {
  for (size_t i = 0; i < step.item_count; i++) {
    const llm_attention_item &item = step.items[i];
    check_range("attention item", i, item.group, static_cast<int64_t>(s.program->groups.size()));
    if (item.first < 0 || item.count < 1 ||
        static_cast<int64_t>(item.first) + item.count > static_cast<int64_t>(step.item_sequence_count) ||
        item.first_chunk < 0 || item.chunks < 1)
      invalid("attention item %zu has sequences from %d, %d of them, of %u; chunks from %d, %d of them", i, item.first,
              item.count, step.item_sequence_count, item.first_chunk, item.chunks);
    if (item.mode == LLM_ATTENTION_FLAT && item.count != 1)
      invalid("attention item %zu is flat and has %d sequences", i, item.count);
  }
  for (size_t i = 0; i < step.item_sequence_count; i++)
    check_range("item sequence", i, step.item_sequences[i], step.sequence_count);
}

void check_head(const llm_session &s, const llm_step &step) {
  int64_t rows = step.head_row_count;
  for (size_t i = 0; i < step.head_row_count; i++) {
    check_range("head row", i, step.head_rows[i], step.token_count);
    if (i > 0 && step.head_rows[i] < step.head_rows[i - 1])
      invalid("head row %zu is %d, after %d", i, step.head_rows[i], step.head_rows[i - 1]);
  }
  for (size_t i = 0; i < step.job_count; i++) {
    check_range("sampler job", i, step.jobs[i].row, rows);
    check_range("sampler job's slot", i, step.jobs[i].slot, s.options.slots);
  }
  for (size_t i = 0; i < step.target_count; i++) {
    check_range("target", i, step.targets[i].row, rows);
    check_range("target's token", i, step.targets[i].token, s.program->options.vocabulary);
  }
  for (size_t i = 0; i < step.output_count; i++)
    check_range("output", i, step.outputs[i].row, step.outputs[i].kind == 1 ? rows : step.token_count);
}

void check_block_ops(const llm_session &s, const llm_step &step) {
  for (size_t i = 0; i < step.block_op_count; i++) {
    const llm_block_op &op = step.block_ops[i];
    check_range("block operation's group", i, op.group, static_cast<int64_t>(s.program->groups.size()));
    check_range("block operation's source", i, op.source, s.options.blocks);
    check_range("block operation's target", i, op.target, s.options.blocks);
    if (op.kind != 0 || op.tokens < 0 || static_cast<uint32_t>(op.tokens) > s.program->options.block_size)
      invalid("block operation %zu has kind %d and %d tokens", i, op.kind, op.tokens);
  }
}

} // namespace

void check_step(const llm_session &s, const llm_step &step) {
  if (step.token_count == 0 || step.token_count > s.options.max_tokens ||
      step.sequence_count > s.options.max_sequences || step.head_row_count > s.options.max_head_rows)
    invalid("a step of %u tokens, %u sequences, %u head rows; the session takes 1 to %u, %u, %u", step.token_count,
            step.sequence_count, step.head_row_count, s.options.max_tokens, s.options.max_sequences,
            s.options.max_head_rows);
  check_tokens(s, step);
  check_sequences(s, step);
  check_items(s, step);
  check_block_ops(s, step);
  check_head(s, step);
}

} // namespace llmserving
