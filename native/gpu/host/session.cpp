#include "host/session.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "support/failure.h"

using namespace llmserving;

namespace {

constexpr int32_t kRingSteps = 2 * kMaxInFlight;

// LLMSERVING_GPU_GRAPHS=off launches every kernel by itself: to find a kernel that fails.
bool graphs_wanted() {
  const char *text = std::getenv("LLMSERVING_GPU_GRAPHS");
  return text == nullptr || std::strcmp(text, "off") != 0;
}

const llm_session_options &checked(llm_context *context, const llm_program &program, const llm_session_options &o) {
  check_session(o);
  context->check_inside(o.pool, static_cast<uint64_t>(o.blocks) * program.block_bytes, "the pool");
  return o;
}

} // namespace

llm_session::llm_session(llm_program *p, const llm_session_options &o)
    : SessionState(*p, checked(p->context, *p, o)), program(p), context(p->context), driver(*p->context->driver),
      counted(p->context->memory, sizeof *this), use_graphs(graphs_wanted()), tables(p->context, *this),
      slots(p->context, p->kernels, o.slots, p->options.vocabulary), graphs(driver), drained(driver), stream(driver) {
  DeviceHeap heap = context->heap();
  size_t tokens = o.max_tokens, partial_floats = 0, partial_rows = 0, kv_heads = 0;
  size_t partials = static_cast<size_t>(StepInput::max_partials(*p, o));
  for (const AttentionShape &shape : p->shapes) {
    size_t heads = static_cast<size_t>(shape.heads);
    partial_floats = std::max(partial_floats, partials * heads * static_cast<size_t>(shape.dim));
    partial_rows = std::max(partial_rows, partials * heads);
    kv_heads = std::max(kv_heads, static_cast<size_t>(shape.kv_heads));
  }
  for (auto &f : flights) {
    f = std::make_unique<Flight>(driver);
    f->input = std::make_unique<StepInput>(*p, options, tables);
  }
  size_t tile = flights[0]->input->tile_rows, stride = (p->options.vocabulary + 7) / 8 * 8;
  scratch_groups = std::min<uint32_t>(o.slots, 256);
  values = DeviceMemory(heap, p->bytes_per_token * tokens, "activations");
  context->zero(values.data(), values.bytes()); // padding rows are computed too
  ids = DeviceMemory(heap, tokens * sizeof(int32_t), "token ids");
  partial_values = DeviceMemory(heap, partial_floats * sizeof(float), "parts of attention");
  partial_stats = DeviceMemory(heap, partial_rows * 2 * sizeof(float), "parts of attention");
  tickets = DeviceMemory(heap, tokens * kv_heads * sizeof(uint32_t), "parts of attention");
  context->zero(tickets.data(), tickets.bytes()); // and so they are behind each pass
  logits = DeviceMemory(heap, tile * stride * sizeof(float), "logits");
  scratch = DeviceMemory(heap, scratch_groups * stride * sizeof(float), "the sampler");
  memory = {values.as<uint8_t>(), tokens, ids.as<int32_t>(), nullptr, kRingSteps, 0, static_cast<uint8_t *>(o.pool),
            tables.device(), tables.group_cells(), partial_values.as<float>(), partial_stats.as<float>(),
            tickets.as<uint32_t>(), logits.as<float>(), static_cast<int64_t>(stride)};
  if (context->cublaslt != nullptr && o.max_tokens >= static_cast<uint32_t>(gpu::LIBRARY_TOKENS))
    products = std::make_unique<LargeProducts>(heap, *context->cublaslt);
  create_input();
}

// Sizes of ordinary steps; others make it grow.
void llm_session::create_input() {
  const llm_session_options &o = options;
  size_t bytes = 65536 + o.max_tokens * sizeof(gpu::StepToken) + o.max_head_rows * sizeof(int32_t);
  size_t jobs = std::max(o.max_head_rows, o.slots);
  bytes += jobs * (sizeof(llm_sample_job) + 2 * sizeof(int32_t));
  size_t cells = (o.max_tokens / program->options.block_size + 2 * o.max_sequences) * program->groups.size();
  bytes += cells * sizeof(gpu::TableCell);
  int32_t tokens = static_cast<int32_t>(o.max_tokens), sequences = static_cast<int32_t>(o.max_sequences);
  for (size_t i = 0; i < program->shapes.size(); i++) {
    gpu::AttentionCounts bounds =
        gpu::attention_bounds(flights[0]->input->plan_options(i), {tokens, sequences, 2 * sequences, 2 * tokens});
    bytes += static_cast<size_t>(gpu::attention_layout(bounds).bytes);
  }
  DeviceHeap heap = context->heap();
  input = DeviceMemory(heap, bytes, "a step's inputs");
  late_input = DeviceMemory(heap, 65536, "masks");
  results = DeviceMemory(heap, jobs * sizeof(llm_sample_result) + 65536, "a step's results");
  for (auto &f : flights) {
    f->upload = PinnedMemory(heap, bytes, "a step's inputs");
    f->late_upload = PinnedMemory(heap, late_input.bytes(), "masks");
    f->download = PinnedMemory(heap, results.bytes(), "a step's results");
  }
  grow_ring(static_cast<uint32_t>(jobs));
}

void llm_session::drain() {
  driver.record(drained, stream);
  driver.synchronize(drained, -1);
}

// Keeps the contents: a step that waits for its masks has inputs there.
void llm_session::grow(DeviceMemory &target, size_t bytes, const char *purpose) {
  if (target.bytes() >= bytes)
    return;
  DeviceMemory larger(context->heap(), bytes + bytes / 2, purpose);
  driver.copy(larger.data(), target.data(), target.bytes(), stream);
  drain();
  target = std::move(larger);
  graphs.clear();
}

void llm_session::grow_ring(uint32_t jobs) {
  size_t old_row = static_cast<size_t>(memory.ring_jobs) * sizeof(int32_t);
  uint32_t wanted = std::max(jobs, 2 * static_cast<uint32_t>(memory.ring_jobs));
  DeviceMemory larger(context->heap(), static_cast<size_t>(kRingSteps) * wanted * sizeof(int32_t), "sampled tokens");
  context->zero(larger.data(), larger.bytes());
  if (old_row > 0) {
    for (size_t i = 0; i < kRingSteps; i++)
      driver.copy(larger.as<int32_t>() + i * wanted, ring.as<uint8_t>() + i * old_row, old_row, stream);
    drain();
  }
  ring = std::move(larger);
  memory.ring = ring.as<int32_t>();
  memory.ring_jobs = static_cast<int32_t>(wanted);
  graphs.clear();
}

void llm_session::reserve(Flight &f) {
  DeviceHeap heap = context->heap();
  size_t wanted = f.input->bytes;
  if (f.upload.bytes() < wanted)
    f.upload = PinnedMemory(heap, wanted + wanted / 2, "a step's inputs");
  grow(input, wanted, "a step's inputs");
  grow(results, f.results.sampled, "a step's results");
  if (f.download.bytes() < f.results.bytes)
    f.download = PinnedMemory(heap, f.results.bytes + f.results.bytes / 2, "a step's results");
  if (f.step.job_count > static_cast<uint32_t>(memory.ring_jobs))
    grow_ring(f.step.job_count);
}

uint64_t llm_session::submit(const llm_step &step) {
  if (broken)
    throw Failure(LLM_FAILED, "a step of this session failed before");
  if (submitted - awaited >= kMaxInFlight)
    invalid("%d steps are in flight already", kMaxInFlight);
  check_step(*this, step);
  if (step.top_stride > static_cast<uint32_t>(gpu::MAX_TOPS))
    throw Failure(LLM_UNSUPPORTED, "a GPU reports at most " + std::to_string(gpu::MAX_TOPS) + " alternatives, not " +
                                       std::to_string(step.top_stride));
  Flight &f = flight(submitted + 1);
  f.input->plan_attention(step);
  broken = true; // until all of it is done
  stage(f, step);
  pump();
  broken = false;
  return f.ticket;
}

void llm_session::stage(Flight &f, const llm_step &step) {
  f.step = step;
  f.masked = step.masked != 0;
  for (uint32_t i = 0; i < step.job_count; i++)
    f.masked |= step.jobs[i].mask >= 0;
  f.has_masks = false;
  f.masks = nullptr;
  f.mask_count = f.mask_words = 0;
  f.input->plan(step, submitted + 1, !f.masked, use_graphs);
  f.results.lay_out(step, program->width(program->options.hidden) * 2, program->options.vocabulary * sizeof(float));
  reserve(f);
  f.input->write(step, f.upload.data());
  f.state = Flight::State::Staged;
  f.ticket = ++submitted;
  jobs_of(f.ticket) = step.job_count;
}

void llm_session::give_masks(uint64_t ticket, const uint32_t *masks, uint32_t count, uint32_t words) {
  if (ticket <= awaited || ticket > submitted)
    invalid("step %llu is not in flight", static_cast<unsigned long long>(ticket));
  if (count > 0 && words < (program->options.vocabulary + 31) / 32)
    invalid("%u words are too few for %u token ids", words, program->options.vocabulary);
  if (broken)
    throw Failure(LLM_FAILED, "a step of this session failed before");
  Flight &f = flight(ticket);
  if (f.state == Flight::State::Finished)
    return; // it has no use for them
  f.masks = masks;
  f.mask_count = count;
  f.mask_words = words;
  f.has_masks = true;
  broken = true;
  pump();
  broken = false;
}

bool llm_session::lacks_masks(const Flight &f) const {
  for (uint32_t i = 0; i < f.step.job_count; i++)
    if (f.step.jobs[i].mask >= static_cast<int64_t>(f.mask_count))
      return true;
  return false;
}

void llm_session::await(uint64_t ticket, int64_t nanoseconds) {
  if (ticket != awaited + 1 || ticket > submitted)
    invalid("step %llu is not the next to await", static_cast<unsigned long long>(ticket));
  if (broken)
    throw Failure(LLM_FAILED, "a step of this session failed before");
  Flight &f = flight(ticket);
  if (f.state != Flight::State::Finished) {
    for (uint32_t i = 0; i < f.step.job_count; i++)
      if (f.step.jobs[i].mask >= static_cast<int64_t>(f.mask_count))
        invalid("sampler job %u has mask %d of %u", i, f.step.jobs[i].mask, f.mask_count);
    f.has_masks = true; // none are needed
  }
  broken = true;
  pump();
  constexpr int64_t a_year = int64_t{365} * 86400 * 1000000000; // more is for ever, and would overflow clocks
  if (!driver.synchronize(f.event, nanoseconds > a_year ? -1 : nanoseconds)) {
    broken = false;
    throw Failure(LLM_TIMEOUT, "step " + std::to_string(ticket) + " is still running");
  }
  broken = false;
  f.results.hand_out(f.step, f.input->samples.target_order, f.download.data(), program->width(program->options.hidden),
                     program->options.vocabulary);
  awaited = ticket;
}
