// From a query token's partial results to its attention: merged in ascending order of their chunks. Included inside an
// instruction set's unit, as attention_kernel.h is.
#include "attention/softmax_kernel.h"

namespace llmserving {
namespace LLMSERVING_KERNEL_NAMESPACE {

// Some heads of a query token side by side, in the lanes of one vector.
template <class Ops>
static void merge_heads(const AttentionTask &task, const QueryToken *tokens, int32_t token, size_t first, int count, float *sums) {
  int v_dim = task.cache.v_dim, stride = (v_dim + 15) / 16 * 16;
  size_t heads = static_cast<size_t>(task.parameters.heads), dims = static_cast<size_t>(v_dim);
  float maxima[16] = {}, totals[16], more[16] = {};
  bool started = false;
  for (int32_t i = token; i >= 0; i = tokens[i].next) {
    int results = tokens[i].merged != 0 ? 1 : tokens[i].last_chunk - tokens[i].first_chunk + 1;
    for (int c = 0; c < results; c++) {
      size_t slot = (tokens[i].partial + static_cast<size_t>(c)) * heads + first;
      const float *values = task.partial_values + slot * dims, *stats = task.partial_stats + slot * 2;
      Factors factors;
      for (int h = 0; h < count; h++)
        (started ? more : maxima)[h] = stats[2 * h];
      if (started)
        merge_factors<Ops>(maxima, more, &factors);
      for (int h = 0; h < count; h++) {
        const float *value = values + static_cast<size_t>(h) * dims;
        if (!started) {
          copy_floats(sums + h * stride, value, v_dim);
          totals[h] = stats[2 * h + 1];
        } else {
          merge_values<Ops>(sums + h * stride, value, stride, factors.before[h], factors.after[h]);
          totals[h] = merge_sum(totals[h], stats[2 * h + 1], factors, h);
          maxima[h] = factors.maximum[h];
        }
      }
      started = true;
    }
  }
  float *out = task.out + (static_cast<size_t>(tokens[token].row) * heads + first) * dims;
  for (int h = 0; h < count; h++)
    finish_row(sums + h * stride, totals[h], v_dim, out + static_cast<size_t>(h) * dims);
}

template <class Ops>
static void merge_token(const AttentionTask &task, const QueryToken *tokens, int32_t token, float *sums) {
  for (int head = 0; head < task.parameters.heads; head += 16)
    merge_heads<Ops>(task, tokens, token, static_cast<size_t>(head), smaller(16, task.parameters.heads - head), sums);
}

} // namespace LLMSERVING_KERNEL_NAMESPACE
} // namespace llmserving
