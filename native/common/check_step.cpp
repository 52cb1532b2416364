// Checks of a step's numbers.
#include "common/check_step.h"

#include <algorithm>
#include <vector>

#include "support/failure.h"

namespace llmserving {
namespace {

void check_table(const SessionState &s, size_t index, const llm_sequence &q) {
  int64_t columns = s.options.table_columns, size = s.spec->options.block_size;
  if (q.table_row < 0 || static_cast<uint32_t>(q.table_row) >= s.options.table_rows)
    invalid("sequence %zu has table row %d of %u", index, q.table_row, s.options.table_rows);
  int64_t end = static_cast<int64_t>(q.position) + q.rows;
  if (q.position < 0 || end > columns * size)
    invalid("sequence %zu ends at position %lld, its table has room for %lld", index, static_cast<long long>(end),
            static_cast<long long>(columns * size));
  for (size_t g = 0; g < s.spec->groups.size(); g++) {
    int window = s.spec->groups[g].window;
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

void check_tokens(const SessionState &s, const llm_step &step) {
  for (size_t i = 0; i < step.token_count; i++) {
    const llm_token &t = step.tokens[i];
    if (t.job < 0) {
      check_range("token", i, t.id, s.spec->options.vocabulary);
      continue;
    }
    if (t.ticket == 0 || t.ticket > s.submitted || t.ticket + kMaxInFlight < s.submitted)
      invalid("token %zu refers to step %llu, the newest is %llu", i, static_cast<unsigned long long>(t.ticket),
              static_cast<unsigned long long>(s.submitted));
    check_range("token's job", i, t.job, s.jobs_of(t.ticket));
  }
}

void check_sequences(const SessionState &s, const llm_step &step) {
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

void check_item(const SessionState &s, const llm_step &step, size_t i) {
  const llm_attention_item &item = step.items[i];
  check_range("attention item", i, item.group, static_cast<int64_t>(s.spec->groups.size()));
  if (item.first < 0 || item.count < 1 ||
      static_cast<int64_t>(item.first) + item.count > static_cast<int64_t>(step.item_sequence_count))
    invalid("attention item %zu has sequences from %d, %d of them, of %u", i, item.first, item.count,
            step.item_sequence_count);
  int64_t keys = static_cast<int64_t>(s.options.table_columns) * s.spec->options.block_size;
  if (item.first_chunk < 0 || item.chunks < 1 ||
      static_cast<int64_t>(item.first_chunk) + item.chunks > (keys - 1) / LLM_ATTENTION_CHUNK + 1)
    invalid("attention item %zu has chunks from %d, %d of them; a table has room for %lld tokens", i, item.first_chunk,
            item.chunks, static_cast<long long>(keys));
  if (item.mode != LLM_ATTENTION_FLAT && item.mode != LLM_ATTENTION_PARTIAL)
    invalid("attention item %zu has mode %d", i, item.mode);
  if (item.mode == LLM_ATTENTION_FLAT && item.count != 1)
    invalid("attention item %zu is flat and has %d sequences", i, item.count);
}

// Chunks that any row of a sequence sees.
struct Chunks {
  int64_t first, last;
};

Chunks visible(const SessionState &s, size_t group, const llm_sequence &q) {
  int64_t window = s.spec->groups[group].window, begin = window > 0 ? q.position - window + 1 : 0;
  return {std::max<int64_t>(0, begin) / LLM_ATTENTION_CHUNK, (static_cast<int64_t>(q.position) + q.rows - 1) / LLM_ATTENTION_CHUNK};
}

// Sequences of an item have the same blocks where they see its chunks.
void check_same_blocks(const SessionState &s, const llm_step &step, size_t i) {
  const llm_attention_item &item = step.items[i];
  size_t group = static_cast<size_t>(item.group), columns = s.options.table_columns;
  const int32_t *tables = s.options.tables + group * s.options.table_rows * columns;
  auto row = [&](int32_t member) {
    const llm_sequence &q = step.sequences[step.item_sequences[item.first + member]];
    return tables + static_cast<size_t>(q.table_row) * columns;
  };
  int64_t size = s.spec->options.block_size;
  for (int32_t member = 1; member < item.count; member++) {
    const llm_sequence &q = step.sequences[step.item_sequences[item.first + member]];
    Chunks seen = visible(s, group, q);
    int64_t first = std::max<int64_t>(item.first_chunk, seen.first);
    int64_t last = std::min<int64_t>(item.first_chunk + item.chunks - 1, seen.last);
    int64_t end = std::min((last + 1) * LLM_ATTENTION_CHUNK, static_cast<int64_t>(q.position) + q.rows);
    for (int64_t b = first * LLM_ATTENTION_CHUNK / size; first <= last && b * size < end; b++)
      if (row(0)[b] != row(member)[b])
        invalid("attention item %zu: sequences %d and %d differ in block %lld", i, step.item_sequences[item.first],
                step.item_sequences[item.first + member], static_cast<long long>(b));
  }
}

// Every chunk that a sequence sees is in one item: by number and by sum of the chunks' indices.
void check_coverage(const SessionState &s, const llm_step &step, size_t group) {
  std::vector<int64_t> count(step.sequence_count), sum(step.sequence_count);
  auto add = [&](size_t sequence, int64_t first, int64_t last, int64_t sign) {
    if (first > last)
      return;
    count[sequence] += sign * (last - first + 1);
    sum[sequence] += sign * (first + last) * (last - first + 1) / 2;
  };
  for (size_t q = 0; q < step.sequence_count; q++) {
    Chunks seen = visible(s, group, step.sequences[q]);
    add(q, seen.first, seen.last, -1);
  }
  for (size_t i = 0; i < step.item_count; i++) {
    const llm_attention_item &item = step.items[i];
    for (int32_t m = item.first; static_cast<size_t>(item.group) == group && m < item.first + item.count; m++) {
      size_t q = static_cast<size_t>(step.item_sequences[m]);
      Chunks seen = visible(s, group, step.sequences[q]);
      add(q, std::max<int64_t>(seen.first, item.first_chunk),
          std::min<int64_t>(seen.last, item.first_chunk + item.chunks - 1), 1);
    }
  }
  for (size_t q = 0; q < step.sequence_count; q++)
    if (count[q] != 0 || sum[q] != 0)
      invalid("group %zu: attention items do not have each chunk of sequence %zu once", group, q);
}

void check_items(const SessionState &s, const llm_step &step) {
  for (size_t i = 0; i < step.item_sequence_count; i++)
    check_range("item sequence", i, step.item_sequences[i], step.sequence_count);
  for (size_t i = 0; i < step.item_count; i++) {
    check_item(s, step, i);
    check_same_blocks(s, step, i);
  }
  for (size_t group = 0; group < s.spec->groups.size(); group++)
    if (s.attends)
      check_coverage(s, step, group);
}

void check_head(const SessionState &s, const llm_step &step) {
  int64_t rows = step.head_row_count;
  for (size_t i = 0; i < step.head_row_count; i++) {
    check_range("head row", i, step.head_rows[i], step.token_count);
    if (i > 0 && step.head_rows[i] < step.head_rows[i - 1])
      invalid("head row %zu is %d, after %d", i, step.head_rows[i], step.head_rows[i - 1]);
  }
  for (size_t i = 0; i < step.job_count; i++) {
    check_range("sampler job", i, step.jobs[i].row, rows);
    check_range("sampler job's slot", i, step.jobs[i].slot, s.options.slots);
    if (step.jobs[i].mask < -1)
      invalid("sampler job %zu has mask %d", i, step.jobs[i].mask);
  }
  for (size_t i = 0; i < step.target_count; i++) {
    check_range("target", i, step.targets[i].row, rows);
    check_range("target's token", i, step.targets[i].token, s.spec->options.vocabulary);
  }
  for (size_t i = 0; i < step.output_count; i++) {
    if (step.outputs[i].kind < 0 || step.outputs[i].kind > 1 || step.outputs[i].data == nullptr)
      invalid("output %zu has kind %d and goes to %p", i, step.outputs[i].kind,
              static_cast<void *>(step.outputs[i].data));
    check_range("output", i, step.outputs[i].row, step.outputs[i].kind == 1 ? rows : step.token_count);
  }
}

void check_block_ops(const SessionState &s, const llm_step &step) {
  for (size_t i = 0; i < step.block_op_count; i++) {
    const llm_block_op &op = step.block_ops[i];
    check_range("block operation's group", i, op.group, static_cast<int64_t>(s.spec->groups.size()));
    check_range("block operation's source", i, op.source, s.options.blocks);
    check_range("block operation's target", i, op.target, s.options.blocks);
    if (op.kind != 0 || op.after < 0 || op.after > 1 || op.tokens < 0 || static_cast<uint32_t>(op.tokens) > s.spec->options.block_size)
      invalid("block operation %zu has kind %d, after %d and %d tokens", i, op.kind, op.after,
              op.tokens);
  }
}

void check_array(const char *what, uint64_t count, const void *data) {
  if (count > 0 && data == nullptr)
    invalid("the step has %llu %s, and no address of them", static_cast<unsigned long long>(count), what);
}

void check_arrays(const llm_step &step) {
  check_array("tokens", step.token_count, step.tokens);
  check_array("sequences", step.sequence_count, step.sequences);
  check_array("attention items", step.item_count, step.items);
  check_array("item sequences", step.item_sequence_count, step.item_sequences);
  check_array("block operations", step.block_op_count, step.block_ops);
  check_array("head rows", step.head_row_count, step.head_rows);
  check_array("sampler jobs", step.job_count, step.jobs);
  check_array("results", step.job_count, step.results);
  check_array("targets", step.target_count, step.targets);
  check_array("target results", step.target_count, step.target_results);
  check_array("outputs", step.output_count, step.outputs);
  check_array("tops of jobs", static_cast<uint64_t>(step.job_count) * step.top_stride, step.job_tops);
  check_array("tops of targets", static_cast<uint64_t>(step.target_count) * step.top_stride, step.target_tops);
}

} // namespace

void check_session(const llm_session_options &o) {
  if (o.max_tokens == 0 || o.max_sequences == 0 || o.max_head_rows == 0 || o.slots == 0 || o.pool == nullptr ||
      o.tables == nullptr || reinterpret_cast<uintptr_t>(o.pool) % 64 != 0)
    invalid("a session needs tokens, sequences, head rows, slots, tables and a pool aligned to 64 bytes");
  constexpr uint32_t most = 1 << 24;
  if (o.max_tokens > most || o.max_sequences > most || o.max_head_rows > most || o.slots > most)
    invalid("a session of %u tokens, %u sequences, %u head rows, %u slots; each may be %u at most", o.max_tokens,
            o.max_sequences, o.max_head_rows, o.slots, most);
  if (static_cast<uint64_t>(o.table_columns) * 128 > INT32_MAX || o.blocks > INT32_MAX)
    invalid("tables of %u blocks, a pool of %u: positions and blocks are 32-bit numbers", o.table_columns, o.blocks);
}

void check_step(const SessionState &s, const llm_step &step) {
  check_arrays(step);
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
