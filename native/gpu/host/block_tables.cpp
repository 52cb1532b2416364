#include "host/block_tables.h"

#include <algorithm>
#include <cstring>

namespace llmserving {

BlockTables::BlockTables(llm_context *context, const SessionState &session)
    : session_(session),
      group_cells_(static_cast<size_t>(session.options.table_rows) * session.options.table_columns),
      mirror_(group_cells_ * session.spec->groups.size(), -1),
      device_(context->heap(), mirror_.size() * sizeof(int32_t), "block tables") {
  if (!mirror_.empty())
    context->write(device_.data(), mirror_.data(), mirror_.size() * sizeof(int32_t));
}

void BlockTables::changed(const llm_step &step, std::vector<gpu::TableCell> &cells) {
  size_t columns = session_.options.table_columns;
  int64_t size = session_.spec->options.block_size;
  for (size_t group = 0; group < session_.spec->groups.size(); group++) {
    int64_t window = session_.spec->groups[group].window;
    for (size_t i = 0; i < step.sequence_count; i++) {
      const llm_sequence &q = step.sequences[i];
      int64_t begin = window > 0 ? std::max<int64_t>(0, q.position - window + 1) : 0;
      int64_t end = static_cast<int64_t>(q.position) + q.rows;
      size_t row = group * group_cells_ + static_cast<size_t>(q.table_row) * columns;
      compare(row + static_cast<size_t>(begin / size), row + static_cast<size_t>((end + size - 1) / size), cells);
    }
  }
}

// Most cells are the same as before: whole runs of them are compared at once.
void BlockTables::compare(size_t first, size_t last, std::vector<gpu::TableCell> &cells) {
  constexpr size_t run = 64;
  const int32_t *tables = session_.options.tables;
  for (size_t at = first; at < last; at += run) {
    size_t count = std::min(run, last - at);
    if (std::memcmp(tables + at, mirror_.data() + at, count * sizeof(int32_t)) == 0)
      continue;
    for (size_t i = at; i < at + count; i++)
      if (tables[i] != mirror_[i]) {
        mirror_[i] = tables[i];
        cells.push_back({static_cast<int32_t>(i), tables[i]});
      }
  }
}

} // namespace llmserving
