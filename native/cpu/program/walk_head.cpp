// From the last hidden states to logits, tokens and whatever else a step's rows are asked for.
#include <cstring>

#include "program/walk.h"

namespace llmserving {

void Walk::head(int worker) {
  ProfileSpan span(profile(worker), LLM_PROFILE_HEAD);
  copy_hidden(worker);
  size_t vocabulary = p_.options.vocabulary;
  Matrix matrix = p_.matrix(p_.options.head);
  ActivationKind kind = activation_kind(isa_, matrix.type, p_.options.activations);
  float *logits = s_.head_logits.as<float>();
  for (size_t begin = 0; begin < step_.head_row_count; begin += kHeadTile) {
    size_t count = std::min<size_t>(kHeadTile, step_.head_row_count - begin);
    const void *rows = pack_head_rows(begin, count, worker);
    claim(team_, linear_units(matrix), head_tickets(), worker, [&](Range units) {
      linear(isa_, matrix, kind, rows, count, logits, vocabulary, nullptr, units.first, units.last);
    });
    barrier(worker);
    if (p_.options.logit_scale != 1.0f || p_.options.logit_cap != 0.0f)
      cap_logits(logits, count, worker);
    finish_rows(begin, count, logits, worker);
    if (begin + count < step_.head_row_count) {
      for (size_t node = 0; worker == 0 && node < team_.nodes().size(); node++)
        head_tickets().of(node).store(0, std::memory_order_relaxed);
      barrier(worker);
    }
  }
}

// Hidden rows that outputs ask for, copied by whoever computed them.
void Walk::copy_hidden(int worker) const {
  size_t width = p_.width(p_.options.hidden);
  const float *hidden = value(p_.options.hidden, worker);
  Range mine = narrow() && worker > 0 ? Range{0, 0} : rows_of(worker);
  for (size_t i = 0; i < step_.output_count; i++) {
    const llm_row_output &output = step_.outputs[i];
    size_t row = static_cast<size_t>(output.row);
    if (output.kind == 0 && row >= mine.first && row < mine.last)
      std::memcpy(output.data, hidden + row * width, width * sizeof(float));
  }
}

// Whether every worker packs all of a tile's head rows for itself. Else they share them, which takes barriers.
bool Walk::packs_alone(size_t head_rows) const { return narrow() && head_rows <= kNarrowRows; }

const void *Walk::pack_head_rows(size_t begin, size_t count, int worker) {
  size_t width = p_.width(p_.options.hidden);
  ActivationKind kind = activation_kind(isa_, p_.tensor(p_.options.head).type, p_.options.activations);
  bool alone = packs_alone(count);
  Workspace &own = s_.workspaces[static_cast<size_t>(worker)];
  float *rows = alone ? own.head_hidden.as<float>() : s_.head_hidden.as<float>();
  void *target = alone ? own.packed[static_cast<int>(kind)].data() : s_.head_packed.data();
  const float *hidden = value(p_.options.hidden, worker);
  if (!alone)
    barrier(worker);
  Range mine = alone ? Range{0, count} : share(count, activation_granularity(isa_, kind, count), worker, workers_);
  for (size_t r = mine.first; r < mine.last; r++)
    std::memcpy(rows + r * width, hidden + static_cast<size_t>(step_.head_rows[begin + r]) * width,
                width * sizeof(float));
  if (!mine.empty())
    pack_activations(isa_, kind, rows, width, count, width, target, mine.first, mine.last);
  if (!alone)
    barrier(worker);
  return target;
}

void Walk::cap_logits(float *logits, size_t count, int worker) {
  Range mine = share(count * p_.options.vocabulary, 64, worker, workers_);
  if (!mine.empty())
    s_.rows->scale_and_cap(p_.options.logit_scale, p_.options.logit_cap, mine.last - mine.first, logits + mine.first);
  barrier(worker);
}

void Walk::finish_rows(size_t begin, size_t count, const float *logits, int worker) {
  ProfileSpan span(profile(worker), LLM_PROFILE_SAMPLE);
  size_t vocabulary = p_.options.vocabulary, stride = step_.top_stride;
  auto row_of = [&](int32_t row) -> const float * {
    size_t r = static_cast<size_t>(row);
    return r < begin || r >= begin + count ? nullptr : logits + (r - begin) * vocabulary;
  };
  for (size_t i = 0; i < step_.job_count; i++) {
    const llm_sample_job &job = step_.jobs[i];
    const float *row = row_of(job.row);
    if (row != nullptr && job.slot % workers_ == worker) {
      const uint32_t *mask = job.mask < 0 ? nullptr : flight_.masks + static_cast<size_t>(job.mask) * flight_.mask_words;
      s_.sampler->sample(job, row, mask, step_.results + i, step_.job_tops + i * stride, stride, worker);
    }
  }
  for (size_t i = 0; i < step_.target_count; i++) {
    const float *row = row_of(step_.targets[i].row);
    if (row != nullptr && static_cast<int>(i) % workers_ == worker)
      s_.sampler->score(step_.targets[i], row, step_.target_results + i, step_.target_tops + i * stride, stride,
                        worker);
  }
  for (size_t i = 0; i < step_.output_count; i++) {
    const float *row = step_.outputs[i].kind == 1 ? row_of(step_.outputs[i].row) : nullptr;
    if (row != nullptr && static_cast<int>(i) % workers_ == worker)
      std::memcpy(step_.outputs[i].data, row, vocabulary * sizeof(float));
  }
}

} // namespace llmserving
