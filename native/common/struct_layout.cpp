// Sizes and offsets of the ABI's structs, for the other side to compare with its own.
#include <cstddef>
#include <cstring>
#include <vector>

#include "support/failure.h"

using namespace llmserving;

namespace {

struct Layout {
  const char *name;
  std::vector<uint32_t> values;
};

#define AT(type, field) static_cast<uint32_t>(offsetof(type, field))

const std::vector<Layout> &layouts() {
  static const std::vector<Layout> all = {
      {"llm_context_options",
       {sizeof(llm_context_options), AT(llm_context_options, threads), AT(llm_context_options, isa),
        AT(llm_context_options, spin_microseconds), AT(llm_context_options, device),
        AT(llm_context_options, deterministic), AT(llm_context_options, reserved)}},
      {"llm_memory", {sizeof(llm_memory), AT(llm_memory, allocated_bytes), AT(llm_memory, allocations)}},
      {"llm_tensor",
       {sizeof(llm_tensor), AT(llm_tensor, storage), AT(llm_tensor, type), AT(llm_tensor, rows),
        AT(llm_tensor, columns), AT(llm_tensor, data), AT(llm_tensor, bytes)}},
      {"llm_op", {sizeof(llm_op), AT(llm_op, kind), AT(llm_op, in), AT(llm_op, out), AT(llm_op, weight), AT(llm_op, i),
                  AT(llm_op, f)}},
      {"llm_cache",
       {sizeof(llm_cache), AT(llm_cache, group), AT(llm_cache, layer), AT(llm_cache, heads), AT(llm_cache, k_dim),
        AT(llm_cache, v_dim)}},
      {"llm_kv_group", {sizeof(llm_kv_group), AT(llm_kv_group, window)}},
      {"llm_program_options",
       {sizeof(llm_program_options), AT(llm_program_options, activations), AT(llm_program_options, kv_type),
        AT(llm_program_options, block_size), AT(llm_program_options, vocabulary), AT(llm_program_options, hidden),
        AT(llm_program_options, head), AT(llm_program_options, logit_scale), AT(llm_program_options, logit_cap),
        AT(llm_program_options, op_count), AT(llm_program_options, value_count), AT(llm_program_options, tensor_count),
        AT(llm_program_options, cache_count), AT(llm_program_options, group_count), AT(llm_program_options, reserved),
        AT(llm_program_options, ops), AT(llm_program_options, widths), AT(llm_program_options, tensors),
        AT(llm_program_options, caches), AT(llm_program_options, groups)}},
      {"llm_session_options",
       {sizeof(llm_session_options), AT(llm_session_options, max_tokens), AT(llm_session_options, max_sequences),
        AT(llm_session_options, max_head_rows), AT(llm_session_options, slots), AT(llm_session_options, blocks),
        AT(llm_session_options, table_rows), AT(llm_session_options, table_columns), AT(llm_session_options, reserved),
        AT(llm_session_options, pool), AT(llm_session_options, tables)}},
      {"llm_slot",
       {sizeof(llm_slot), AT(llm_slot, slot), AT(llm_slot, logprobs), AT(llm_slot, temperature), AT(llm_slot, top_p),
        AT(llm_slot, min_p), AT(llm_slot, top_k), AT(llm_slot, repetition), AT(llm_slot, frequency),
        AT(llm_slot, presence), AT(llm_slot, min_tokens), AT(llm_slot, seed), AT(llm_slot, suppressed_count),
        AT(llm_slot, bias_count), AT(llm_slot, prompt_count), AT(llm_slot, output_count), AT(llm_slot, suppressed),
        AT(llm_slot, bias_ids), AT(llm_slot, bias), AT(llm_slot, prompt), AT(llm_slot, output)}},
      {"llm_token", {sizeof(llm_token), AT(llm_token, id), AT(llm_token, job), AT(llm_token, ticket)}},
      {"llm_sequence",
       {sizeof(llm_sequence), AT(llm_sequence, first_row), AT(llm_sequence, rows), AT(llm_sequence, position),
        AT(llm_sequence, table_row), AT(llm_sequence, adapter), AT(llm_sequence, reserved)}},
      {"llm_attention_item",
       {sizeof(llm_attention_item), AT(llm_attention_item, group), AT(llm_attention_item, mode),
        AT(llm_attention_item, first_chunk), AT(llm_attention_item, chunks), AT(llm_attention_item, first),
        AT(llm_attention_item, count)}},
      {"llm_block_op",
       {sizeof(llm_block_op), AT(llm_block_op, kind), AT(llm_block_op, after), AT(llm_block_op, group),
        AT(llm_block_op, source), AT(llm_block_op, target), AT(llm_block_op, tokens)}},
      {"llm_sample_job",
       {sizeof(llm_sample_job), AT(llm_sample_job, row), AT(llm_sample_job, slot), AT(llm_sample_job, choice),
        AT(llm_sample_job, position), AT(llm_sample_job, commit), AT(llm_sample_job, mask)}},
      {"llm_sample_result",
       {sizeof(llm_sample_result), AT(llm_sample_result, token), AT(llm_sample_result, status),
        AT(llm_sample_result, logprob), AT(llm_sample_result, rank)}},
      {"llm_target",
       {sizeof(llm_target), AT(llm_target, row), AT(llm_target, token), AT(llm_target, top),
        AT(llm_target, reserved)}},
      {"llm_top", {sizeof(llm_top), AT(llm_top, token), AT(llm_top, logprob)}},
      {"llm_row_output",
       {sizeof(llm_row_output), AT(llm_row_output, kind), AT(llm_row_output, row), AT(llm_row_output, data)}},
      {"llm_step",
       {sizeof(llm_step), AT(llm_step, token_count), AT(llm_step, sequence_count), AT(llm_step, item_count),
        AT(llm_step, item_sequence_count), AT(llm_step, block_op_count), AT(llm_step, head_row_count),
        AT(llm_step, job_count), AT(llm_step, target_count), AT(llm_step, output_count), AT(llm_step, top_stride),
        AT(llm_step, masked), AT(llm_step, reserved), AT(llm_step, tokens), AT(llm_step, sequences),
        AT(llm_step, items), AT(llm_step, item_sequences), AT(llm_step, block_ops), AT(llm_step, head_rows),
        AT(llm_step, jobs), AT(llm_step, targets), AT(llm_step, outputs), AT(llm_step, results),
        AT(llm_step, job_tops), AT(llm_step, target_results), AT(llm_step, target_tops)}},
  };
  return all;
}

} // namespace

extern "C" llm_status llm_struct_layout(const char *name, uint32_t *values, uint32_t capacity, uint32_t *count) {
  return guarded([&] {
    if (name == nullptr || count == nullptr || (values == nullptr && capacity > 0))
      invalid("name, values or count is null");
    for (const Layout &layout : layouts())
      if (std::strcmp(layout.name, name) == 0) {
        *count = static_cast<uint32_t>(layout.values.size());
        for (uint32_t i = 0; i < *count && i < capacity; i++)
          values[i] = layout.values[i];
        return;
      }
    invalid("there is no struct '%s'", name);
  });
}
