// A session over a LlamaProgram with its pool and tables, and steps written as lists of sequences.
#ifndef LLMSERVING_TESTS_LLAMA_SESSION_H
#define LLMSERVING_TESTS_LLAMA_SESSION_H

#include <algorithm>

#include "tests/llama_program.h"

namespace llmserving_test {

// Rows of one sequence that a step computes.
struct Part {
  int table_row, position;
  std::vector<int32_t> tokens;
};

struct StepInput {
  std::vector<llm_token> tokens;
  std::vector<llm_sequence> sequences;
  std::vector<llm_attention_item> items;
  std::vector<int32_t> item_sequences, head_rows;
  std::vector<llm_sample_job> jobs;
  std::vector<llm_row_output> outputs;
  std::vector<llm_sample_result> results;

  // Attention flat; head rows are the last of each part, or all.
  explicit StepInput(const std::vector<Part> &parts, bool all_rows = false) {
    for (size_t i = 0; i < parts.size(); i++) {
      const Part &part = parts[i];
      int32_t first = static_cast<int32_t>(tokens.size()), rows = static_cast<int32_t>(part.tokens.size());
      for (int32_t token : part.tokens)
        tokens.push_back({token, -1, 0});
      sequences.push_back({first, rows, part.position, part.table_row, -1, 0});
      int32_t chunks = (part.position + rows - 1) / LLM_ATTENTION_CHUNK + 1;
      items.push_back({0, LLM_ATTENTION_FLAT, 0, chunks, static_cast<int32_t>(i), 1});
      item_sequences.push_back(static_cast<int32_t>(i));
      for (int32_t r = all_rows ? 0 : rows - 1; r < rows; r++)
        head_rows.push_back(first + r);
    }
  }

  // logits: [head row][vocabulary]
  void ask_logits(std::vector<float> &logits, int vocabulary) {
    size_t width = static_cast<size_t>(vocabulary);
    logits.assign(head_rows.size() * width, NAN);
    for (size_t i = 0; i < head_rows.size(); i++)
      outputs.push_back({1, static_cast<int32_t>(i), logits.data() + i * width});
  }

  // One job per head row, with the slot of the same index.
  void ask_tokens(int position) {
    for (size_t i = 0; i < head_rows.size(); i++)
      jobs.push_back({static_cast<int32_t>(i), static_cast<int32_t>(i), 0, position, 1, -1});
    results.resize(jobs.size());
  }

  llm_step step() {
    llm_step s = {};
    s.token_count = static_cast<uint32_t>(tokens.size());
    s.sequence_count = static_cast<uint32_t>(sequences.size());
    s.item_count = static_cast<uint32_t>(items.size());
    s.item_sequence_count = static_cast<uint32_t>(item_sequences.size());
    s.head_row_count = static_cast<uint32_t>(head_rows.size());
    s.job_count = static_cast<uint32_t>(jobs.size());
    s.output_count = static_cast<uint32_t>(outputs.size());
    s.tokens = tokens.data();
    s.sequences = sequences.data();
    s.items = items.data();
    s.item_sequences = item_sequences.data();
    s.head_rows = head_rows.data();
    s.jobs = jobs.data();
    s.outputs = outputs.data();
    s.results = results.data();
    return s;
  }
};

class LlamaSession {
public:
  LlamaSession(llm_context *context, const LlamaProgram &p, uint32_t max_tokens, uint32_t rows, uint32_t columns)
      : vocabulary(p.s.vocabulary), columns_(columns) {
    uint64_t block_bytes;
    require(llm_program_block_bytes(p.program, &block_bytes), "block bytes");
    options.max_tokens = max_tokens;
    options.max_sequences = rows;
    options.max_head_rows = max_tokens;
    options.slots = rows;
    options.blocks = rows * columns;
    options.table_rows = rows;
    options.table_columns = columns;
    require(llm_buffer_create(context, block_bytes * options.blocks, &pool_), "pool");
    options.pool = llm_buffer_data(pool_);
    for (uint32_t i = 0; i < rows * columns; i++) // each row has blocks of its own, in a scattered order
      tables.push_back(static_cast<int32_t>((i * 7919u) % (rows * columns)));
    make_distinct();
    options.tables = tables.data();
    require(llm_session_create(p.program, &options, &session), "session");
    for (uint32_t i = 0; i < rows; i++) {
      llm_slot slot = {};
      slot.slot = static_cast<int32_t>(i);
      slot.logprobs = -1;
      slot.top_p = slot.repetition = 1;
      require(llm_slot_set(session, &slot), "slot");
    }
  }

  LlamaSession(const LlamaSession &) = delete;
  LlamaSession &operator=(const LlamaSession &) = delete;

  ~LlamaSession() {
    llm_session_destroy(session);
    llm_buffer_destroy(pool_);
  }

  void run(StepInput &input) {
    llm_step step = input.step();
    uint64_t ticket;
    require(llm_step_submit(session, &step, &ticket), "submit");
    require(llm_step_await(session, ticket, -1), "await");
  }

  // Logits of the parts' last rows, or of all rows.
  std::vector<float> logits(const std::vector<Part> &parts, bool all_rows = false) {
    StepInput input(parts, all_rows);
    std::vector<float> result;
    input.ask_logits(result, vocabulary);
    run(input);
    return result;
  }

  int32_t &block(int table_row, int column) {
    return tables[static_cast<size_t>(table_row) * columns_ + static_cast<size_t>(column)];
  }

  const int vocabulary;
  llm_session_options options = {};
  llm_session *session = nullptr;
  std::vector<int32_t> tables;

private:
  // 7919 may divide the number of blocks' factors; a permutation in any case.
  void make_distinct() {
    std::vector<bool> taken(tables.size(), false);
    size_t next = 0;
    for (int32_t &id : tables) {
      if (taken[static_cast<size_t>(id)]) {
        while (taken[next])
          next++;
        id = static_cast<int32_t>(next);
      }
      taken[static_cast<size_t>(id)] = true;
    }
  }

  size_t columns_;
  llm_buffer *pool_ = nullptr;
};

} // namespace llmserving_test

#endif
