// What a step puts on the stream.
#include <cstring>

#include "host/session.h"
#include "llmserving/gpu/sampling_params.h"
#include "support/failure.h"

using namespace llmserving;

void llm_session::pump() {
  for (uint64_t ticket = awaited + 1; ticket <= submitted; ticket++) {
    Flight &f = flight(ticket);
    if (f.state == Flight::State::Staged)
      enqueue_pass(f);
    if (f.state == Flight::State::Passed) {
      if (f.masked && (!f.has_masks || lacks_masks(f)))
        return; // later steps may use its tokens
      enqueue_finish(f);
    }
  }
}

void llm_session::enqueue_pass(Flight &f) {
  driver.upload(input.data(), f.upload.data(), f.input->bytes, stream);
  StreamLauncher launch(program->kernels, stream);
  if (f.input->cell_count > 0) {
    gpu::SetCellsParams params = {tables.device(),
                                  reinterpret_cast<const gpu::TableCell *>(input.as<uint8_t>() + f.input->cells),
                                  static_cast<int32_t>(f.input->cell_count), 0};
    launch(gpu::set_cells_launch(f.input->cell_count), params, "block tables");
  }
  enqueue_copies(f, 0);
  enqueue_forward(f);
  f.state = Flight::State::Passed;
  enqueued++;
}

void llm_session::enqueue_forward(Flight &f) {
  const PassSize &pass = f.input->pass;
  const uint8_t *base = input.as<uint8_t>();
  std::vector<const uint8_t *> plans;
  for (size_t offset : pass.plans)
    plans.push_back(base + offset);
  PassInput in = {base + pass.tokens, pass.rows, pass.layouts.data(), plans.data()};
  StreamLauncher launch(program->kernels, stream, products.get());
  Forward forward(*program, memory, launch);
  Graph graph = nullptr;
  if (f.input->padded)
    graph = graphs.find(pass, stream, [&] { forward.run(in); });
  if (graph != nullptr)
    driver.launch(graph, stream);
  else
    forward.run(in);
}

// Layers of equal shape are copied by one launch.
void llm_session::enqueue_copies(Flight &f, int after) {
  for (const CopyBatch &batch : f.input->copies) {
    if (batch.after != after)
      continue;
    size_t first = 0, count = program->caches.size();
    while (first < count) {
      const llm_cache &c = program->caches[first];
      size_t last = first + 1;
      while (last < count && program->caches[last].group == c.group && program->caches[last].heads == c.heads &&
             program->caches[last].k_dim == c.k_dim && program->caches[last].v_dim == c.v_dim)
        last++;
      if (c.group == batch.group)
        copy_layers(batch, first, last);
      first = last;
    }
  }
}

void llm_session::copy_layers(const CopyBatch &batch, size_t first, size_t last) {
  gpu::KvCopyParams params = gpu::kv_copy_params(program->layout(static_cast<int32_t>(first)),
                                                 static_cast<int32_t>(last - first), memory.pool + program->cache_offset[first],
                                                 static_cast<int64_t>(program->block_bytes));
  const uint8_t *base = input.as<uint8_t>();
  params.copies = reinterpret_cast<const gpu::KvBlockCopy *>(base + batch.copies_at);
  params.count = reinterpret_cast<const int32_t *>(base + batch.count_at);
  StreamLauncher launch(program->kernels, stream);
  launch(gpu::copy_kv_blocks_launch(params, static_cast<uint32_t>(batch.copies.size())), params, "a copy of blocks");
}

// Jobs and masks of a step that had to wait for these.
void llm_session::upload_late(Flight &f) {
  size_t mask_bytes = static_cast<size_t>(f.mask_count) * f.mask_words * sizeof(uint32_t);
  f.input->sample_input.lay_out(f.step, f.input->samples, 0, mask_bytes);
  size_t bytes = f.input->sample_input.bytes;
  if (f.late_upload.bytes() < bytes)
    f.late_upload = PinnedMemory(context->heap(), bytes + bytes / 2, "masks");
  grow(late_input, bytes, "masks");
  f.input->sample_input.write(f.step, f.input->samples, f.late_upload.data());
  if (mask_bytes > 0)
    std::memcpy(f.late_upload.data() + f.input->sample_input.masks, f.masks, mask_bytes);
  driver.upload(late_input.data(), f.late_upload.data(), bytes, stream);
}

void llm_session::enqueue_finish(Flight &f) {
  if (f.masked)
    upload_late(f);
  StreamLauncher launch(program->kernels, stream);
  Forward forward(*program, memory, launch);
  const int32_t *head_rows = reinterpret_cast<const int32_t *>(input.as<uint8_t>() + f.input->head_rows);
  download_hidden(f);
  for (const SampleTile &tile : f.input->samples.tiles) {
    forward.head(head_rows + tile.first_row, static_cast<int32_t>(tile.rows));
    enqueue_sampler(f, tile);
    enqueue_logprobs(f, tile);
    enqueue_targets(f, tile);
    download_rows(f, tile);
  }
  enqueue_copies(f, 1);
  if (f.results.sampled > 0)
    driver.download(f.download.data(), results.data(), f.results.sampled, stream);
  driver.record(f.event, stream);
  f.state = Flight::State::Finished;
  enqueued++;
}

namespace {

// A tile's logits as if all head rows' were there: jobs and targets have the rows of the step.
const float *logits_of(const PassMemory &memory, const SampleTile &tile) {
  uintptr_t before = static_cast<uintptr_t>(tile.first_row) * static_cast<uintptr_t>(memory.logits_stride) * sizeof(float);
  return reinterpret_cast<const float *>(reinterpret_cast<uintptr_t>(memory.logits) - before);
}

} // namespace

void llm_session::enqueue_sampler(Flight &f, const SampleTile &tile) {
  const uint8_t *base = f.masked ? late_input.as<uint8_t>() : input.as<uint8_t>();
  const SampleInput &in = f.input->sample_input;
  uint8_t *out = results.as<uint8_t>();
  gpu::SampleParams params = {};
  params.logits = logits_of(memory, tile);
  params.jobs = reinterpret_cast<const gpu::SampleJob *>(base + in.jobs);
  params.order = reinterpret_cast<const int32_t *>(base + in.order);
  params.slots = slots.device();
  params.counts = slots.counts();
  params.masks = reinterpret_cast<const uint32_t *>(base + in.masks);
  params.scratch = scratch.as<float>();
  params.results = reinterpret_cast<gpu::SampleResult *>(out + f.results.jobs);
  params.tops = reinterpret_cast<gpu::SampleTop *>(out + f.results.job_tops);
  params.ring = ring.as<int32_t>();
  params.ticket = reinterpret_cast<const uint64_t *>(input.as<uint8_t>() + f.input->ticket_at);
  params.logits_stride = memory.logits_stride;
  params.counts_stride = slots.counts_stride();
  params.vocabulary = static_cast<int32_t>(program->options.vocabulary);
  params.mask_words = static_cast<int32_t>(f.mask_words);
  params.top_stride = static_cast<int32_t>(f.step.top_stride);
  params.ring_steps = memory.ring_steps;
  params.ring_jobs = memory.ring_jobs;
  StreamLauncher launch(program->kernels, stream);
  for (uint32_t first = 0; first < tile.groups; first += scratch_groups) {
    uint32_t count = std::min(scratch_groups, tile.groups - first);
    params.groups = reinterpret_cast<const int32_t *>(base + in.starts) + tile.first_group + first;
    launch(gpu::sample_launch(count, params.vocabulary), params, "the sampler");
  }
}

gpu::ScoreParams llm_session::score_params(const Flight &f, const SampleTile &tile, size_t scored, size_t tops,
                                           size_t first) const {
  uint8_t *out = results.as<uint8_t>();
  gpu::ScoreParams params = {};
  params.logits = logits_of(memory, tile);
  params.slots = slots.device();
  params.results = reinterpret_cast<gpu::SampleResult *>(out + scored) + first;
  params.tops = reinterpret_cast<gpu::SampleTop *>(out + tops) + first * f.step.top_stride;
  params.logits_stride = memory.logits_stride;
  params.vocabulary = static_cast<int32_t>(program->options.vocabulary);
  params.top_stride = static_cast<int32_t>(f.step.top_stride);
  return params;
}

void llm_session::enqueue_logprobs(Flight &f, const SampleTile &tile) {
  const uint8_t *base = f.masked ? late_input.as<uint8_t>() : input.as<uint8_t>();
  StreamLauncher launch(program->kernels, stream);
  for (uint32_t i = tile.first_run; i < tile.first_run + tile.runs; i++) {
    const JobRun &run = f.input->samples.runs[i];
    bool wanted = false;
    for (uint32_t job = run.first; job < run.first + run.count; job++)
      wanted |= slots.wants_logprobs(f.step.jobs[job].slot);
    if (!wanted)
      continue;
    gpu::ScoreParams params = score_params(f, tile, f.results.jobs, f.results.job_tops, run.first);
    params.jobs = reinterpret_cast<const gpu::SampleJob *>(base + f.input->sample_input.jobs) + run.first;
    launch(gpu::score_launch(run.count, params.vocabulary), params, "logprobs");
  }
}

void llm_session::enqueue_targets(Flight &f, const SampleTile &tile) {
  if (tile.targets == 0)
    return;
  gpu::ScoreParams params = score_params(f, tile, f.results.targets, f.results.target_tops, tile.first_target);
  params.targets =
      reinterpret_cast<const gpu::SampleTarget *>(input.as<uint8_t>() + f.input->targets) + tile.first_target;
  StreamLauncher launch(program->kernels, stream);
  launch(gpu::score_launch(tile.targets, params.vocabulary), params, "a target's score");
}

void llm_session::download_rows(Flight &f, const SampleTile &tile) {
  for (uint32_t i = 0; i < f.step.output_count; i++) {
    const llm_row_output &output = f.step.outputs[i];
    uint32_t row = static_cast<uint32_t>(output.row) - tile.first_row;
    if (output.kind == 1 && static_cast<uint32_t>(output.row) >= tile.first_row && row < tile.rows)
      driver.download(f.download.data() + f.results.rows[i],
                      memory.logits + static_cast<int64_t>(row) * memory.logits_stride,
                      program->options.vocabulary * sizeof(float), stream);
  }
}

void llm_session::download_hidden(Flight &f) {
  int32_t hidden = program->options.hidden;
  size_t bytes = program->width(hidden) * 2;
  const uint8_t *rows = memory.values + program->value(hidden).offset * memory.max_tokens;
  for (uint32_t i = 0; i < f.step.output_count; i++)
    if (f.step.outputs[i].kind == 0)
      driver.download(f.download.data() + f.results.rows[i], rows + static_cast<size_t>(f.step.outputs[i].row) * bytes,
                      bytes, stream);
}
