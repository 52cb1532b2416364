// The walk over a program's operations. Every worker of the team walks the same list. Operations that work row by row
// follow one another without a barrier, because a worker always has the same rows; a barrier stands around operations
// that read other workers' rows: matrix products and attention.
#include <algorithm>
#include <cstring>

#include "program/session.h"
#include "support/failure.h"

namespace llmserving {
namespace {

// Rows of a worker: whole tiles of what packed activations are divided into.
struct Range {
  size_t first, last;
};

Range share(size_t count, size_t granularity, int worker, int workers) {
  size_t tiles = (count + granularity - 1) / granularity;
  size_t w = static_cast<size_t>(worker), n = static_cast<size_t>(workers);
  return {std::min(count, tiles * w / n * granularity), std::min(count, tiles * (w + 1) / n * granularity)};
}

class Walk {
public:
  Walk(llm_session &s, Flight &flight)
      : s_(s), p_(*s.program), isa_(p_.context->isa), team_(*p_.context->team), workers_(team_.threads()),
        flight_(flight), step_(flight.step), rows_(step_.token_count) {
    granularity_ = 1;
    for (int kind = 0; kind < 3; kind++)
      granularity_ = std::max(granularity_, activation_granularity(isa_, static_cast<ActivationKind>(kind), rows_));
  }

  void run() {
    prepare();
    team_.run([](void *walk, int worker) { static_cast<Walk *>(walk)->work(worker); }, this);
  }

private:
  void prepare() {
    for (size_t i = 0; i < rows_; i++) {
      const llm_token &t = step_.tokens[i];
      s_.token_ids[i] = t.id;
      if (t.job >= 0) {
        const Flight &source = s_.flight(t.ticket);
        if (source.ticket != t.ticket || static_cast<size_t>(t.job) >= source.chosen.size())
          invalid("token %zu refers to job %d of step %llu, which has %zu", i, t.job,
                  static_cast<unsigned long long>(t.ticket), source.chosen.size());
        // A failed job chose no token; its sequence ends, and what this row computes is thrown away.
        s_.token_ids[i] = std::max(0, source.chosen[static_cast<size_t>(t.job)]);
      }
    }
    for (size_t q = 0; q < step_.sequence_count; q++)
      for (int32_t r = 0; r < step_.sequences[q].rows; r++)
        s_.row_sequence[static_cast<size_t>(step_.sequences[q].first_row + r)] = static_cast<int32_t>(q);
    for (auto &ticket : s_.tickets)
      ticket.store(0, std::memory_order_relaxed);
    copy_blocks(0);
  }

  void copy_blocks(int after) {
    for (size_t i = 0; i < step_.block_op_count; i++) {
      const llm_block_op &op = step_.block_ops[i];
      if (op.after != after)
        continue;
      for (size_t c = 0; c < p_.caches.size(); c++)
        if (p_.caches[c].group == op.group)
          copy_block(s_.cache_view(static_cast<int32_t>(c)), op.source, op.target, op.tokens);
    }
  }

  void work(int worker) {
    Range mine = share(rows_, granularity_, worker, workers_);
    for (size_t i = 0; i < p_.ops.size(); i++) {
      const llm_op &op = p_.ops[i];
      if (op.kind == LLM_OP_LINEAR)
        linear_op(op, i, worker, mine);
      else if (op.kind == LLM_OP_ATTENTION)
        attention_op(op, worker);
      else
        row_op(op, mine);
      if (worker == 0)
        s_.progress.fetch_add(1, std::memory_order_relaxed);
    }
    team_.barrier(worker);
    head(worker);
    if (worker == 0)
      copy_blocks(1);
  }

  void row_op(const llm_op &op, Range mine) {
    size_t width = p_.widths[static_cast<size_t>(op.out)];
    float *out = s_.value(op.out);
    if (op.kind == LLM_OP_ROPE_CACHE) {
      rope_op(op, out, mine);
      return;
    }
    for (size_t r = mine.first; r < mine.last; r++) {
      float *y = out + r * width;
      switch (op.kind) {
      case LLM_OP_EMBED:
        unpack_row(isa_, p_.matrix(op.weight[0]), static_cast<size_t>(s_.token_ids[r]), y);
        if (op.f[0] != 1.0f)
          s_.rows->scale(op.f[0], width, y);
        break;
      case LLM_OP_NORM: {
        const float *x = s_.value(op.in[0]) + r * width, *scale = p_.vector(op.weight[0]);
        if (op.i[0] == 0)
          s_.rows->rms_norm(x, scale, op.f[0], op.f[1], width, y);
        else
          s_.rows->layer_norm(x, scale, p_.vector(op.weight[1]), op.f[0], op.f[1], width, y);
        break;
      }
      case LLM_OP_ACTIVATE_MULTIPLY: {
        const float *x = s_.value(op.in[0]) + r * 2 * width;
        s_.rows->activate_multiply(x, x + width, op.i[0], width, y);
        break;
      }
      default:
        s_.rows->add(s_.value(op.in[0]) + r * width, s_.value(op.in[1]) + r * width, width, y);
      }
    }
  }

  void rope_op(const llm_op &op, float *out, Range mine) {
    RopeParameters rope = {op.i[0], op.i[2],      op.i[3],       p_.vector(op.weight[0]),
                           op.f[2], p_.vector(op.weight[1]), p_.vector(op.weight[2]), op.f[0], op.f[1]};
    if (mine.first < mine.last)
      rope_and_write_cache(isa_, s_.cache_view(op.i[1]), rope, s_.value(op.in[0]),
                           p_.widths[static_cast<size_t>(op.in[0])], out, step_.sequences, s_.row_sequence.data(),
                           mine.first, mine.last);
  }

  void attention_op(const llm_op &op, int worker) {
    int32_t group = p_.caches[static_cast<size_t>(op.i[1])].group;
    AttentionStep &attention = *s_.attention[static_cast<size_t>(group)];
    team_.barrier(worker);
    if (worker == 0)
      attention.prepare(s_.cache_view(op.i[1]), {op.i[0], op.f[0], op.f[1]}, s_.value(op.in[0]), s_.value(op.out),
                        step_, group, workers_);
    team_.barrier(worker);
    attention.compute(worker);
    team_.barrier(worker);
    attention.merge(worker);
    team_.barrier(worker);
  }

  void linear_op(const llm_op &op, size_t index, int worker, Range mine) {
    size_t columns = p_.widths[static_cast<size_t>(op.in[0])], width = p_.widths[static_cast<size_t>(op.out)];
    bool done[3] = {};
    for (int j = 0; j < op.i[0]; j++) {
      ActivationKind kind = activation_kind(isa_, p_.tensor(op.weight[j]).type, p_.options.activations);
      if (!done[static_cast<int>(kind)] && mine.first < mine.last)
        pack_activations(isa_, kind, s_.value(op.in[0]), columns, rows_, columns,
                         s_.packed[static_cast<int>(kind)].data(), mine.first, mine.last);
      done[static_cast<int>(kind)] = true;
    }
    team_.barrier(worker);
    Matrix weights[4];
    size_t units = 0;
    for (int j = 0; j < op.i[0]; j++) {
      weights[j] = p_.matrix(op.weight[j]);
      units += linear_units(weights[j]);
    }
    auto compute = [&](size_t first, size_t last) {
      size_t begin = 0, column = 0;
      for (int j = 0; j < op.i[0]; j++) {
        size_t end = begin + linear_units(weights[j]);
        if (first < end && last > begin) {
          ActivationKind kind = activation_kind(isa_, weights[j].type, p_.options.activations);
          linear(isa_, weights[j], kind, s_.packed[static_cast<int>(kind)].data(), rows_, s_.value(op.out) + column,
                 width, p_.vector(op.weight[4 + j]), std::max(first, begin) - begin, std::min(last, end) - begin);
        }
        begin = end;
        column += weights[j].rows;
      }
    };
    claim(units, s_.tickets[index], worker, compute);
    team_.barrier(worker);
  }

  // Three quarters of the units belong to workers from the start, so that a worker sees the same weights in every step;
  // the rest goes to whoever is free, because the operating system may take a worker's core away.
  template <class Compute> void claim(size_t units, std::atomic<size_t> &ticket, int worker, Compute compute) {
    size_t fixed = workers_ == 1 ? units : units * 3 / 4 / static_cast<size_t>(workers_) * static_cast<size_t>(workers_);
    Range own = share(fixed, 1, worker, workers_);
    if (own.first < own.last)
      compute(own.first, own.last);
    size_t piece = std::max<size_t>(1, units / (16 * static_cast<size_t>(workers_)));
    for (;;) {
      size_t first = fixed + ticket.fetch_add(1, std::memory_order_relaxed) * piece;
      if (first >= units)
        break;
      compute(first, std::min(units, first + piece));
    }
  }

  void head(int worker) {
    size_t width = p_.widths[static_cast<size_t>(p_.options.hidden)], vocabulary = p_.options.vocabulary;
    const float *hidden = s_.value(p_.options.hidden);
    if (worker == 0)
      for (size_t i = 0; i < step_.output_count; i++)
        if (step_.outputs[i].kind == 0)
          std::memcpy(step_.outputs[i].data, hidden + static_cast<size_t>(step_.outputs[i].row) * width,
                      width * sizeof(float));
    Matrix matrix = p_.matrix(p_.options.head);
    ActivationKind kind = activation_kind(isa_, matrix.type, p_.options.activations);
    std::atomic<size_t> &ticket = s_.tickets[p_.ops.size()];
    float *logits = s_.head_logits.as<float>();
    for (size_t begin = 0; begin < step_.head_row_count; begin += kHeadTile) {
      size_t count = std::min<size_t>(kHeadTile, step_.head_row_count - begin);
      if (worker == 0) {
        float *rows = s_.head_hidden.as<float>();
        for (size_t r = 0; r < count; r++)
          std::memcpy(rows + r * width, hidden + static_cast<size_t>(step_.head_rows[begin + r]) * width,
                      width * sizeof(float));
        pack_activations(isa_, kind, rows, width, count, width, s_.head_packed.data(), 0, count);
        ticket.store(0, std::memory_order_relaxed);
      }
      team_.barrier(worker);
      claim(linear_units(matrix), ticket, worker, [&](size_t first, size_t last) {
        linear(isa_, matrix, kind, s_.head_packed.data(), count, logits, vocabulary, nullptr, first, last);
      });
      team_.barrier(worker);
      if (p_.options.logit_scale != 1.0f || p_.options.logit_cap != 0.0f)
        cap_logits(logits, count, vocabulary, worker);
      finish_rows(begin, count, logits, worker);
      team_.barrier(worker);
    }
  }

  void cap_logits(float *logits, size_t count, size_t vocabulary, int worker) {
    Range mine = share(count * vocabulary, 64, worker, workers_);
    if (mine.first < mine.last)
      s_.rows->scale_and_cap(p_.options.logit_scale, p_.options.logit_cap, mine.last - mine.first,
                             logits + mine.first);
    team_.barrier(worker);
  }

  void finish_rows(size_t begin, size_t count, const float *logits, int worker) {
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

  llm_session &s_;
  llm_program &p_;
  const llm_isa isa_;
  Team &team_;
  const int workers_;
  Flight &flight_;
  const llm_step &step_;
  const size_t rows_;
  size_t granularity_;
};

} // namespace

void run_step(llm_session &session, Flight &flight) {
  Walk(session, flight).run();
  flight.chosen.resize(flight.step.job_count);
  for (size_t i = 0; i < flight.step.job_count; i++)
    flight.chosen[i] = flight.step.results[i].token;
}

} // namespace llmserving
