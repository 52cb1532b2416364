// A program with its cache, sampler slots and steps in flight on one stream.
//
// submit plans a step, builds its upload in pinned memory and enqueues: upload, changes of tables, block copies, forward
// pass (a graph where all sequences decode), head and sampler tile by tile, one download of results, an event. await waits
// for the event and hands results out. A step with masks stops before the head until they are there; what was submitted
// after it waits too, because it may use its tokens.
#ifndef LLMSERVING_GPU_HOST_SESSION_H
#define LLMSERVING_GPU_HOST_SESSION_H

#include <atomic>

#include "host/forward.h"
#include "host/graphs.h"
#include "host/large_products.h"
#include "host/results.h"
#include "host/sampler_slots.h"
#include "host/step_input.h"

namespace llmserving {

// A submitted step. Its pinned memory serves every fourth step.
struct Flight {
  enum class State { Staged, Passed, Finished }; // what is enqueued: nothing, the forward pass, all
  explicit Flight(Driver &driver) : event(driver) {}

  uint64_t ticket = 0;
  llm_step step{};
  State state = State::Finished;
  bool masked = false;    // its jobs are uploaded with its masks
  bool has_masks = false; // they were given
  uint32_t mask_count = 0, mask_words = 0;
  const uint32_t *masks = nullptr;
  std::unique_ptr<StepInput> input;
  ResultLayout results;
  PinnedMemory upload, late_upload, download;
  OwnedEvent event;
};

} // namespace llmserving

struct llm_session : llmserving::SessionState {
  llm_session(llm_program *program, const llm_session_options &options);
  llm_session(const llm_session &) = delete;
  llm_session &operator=(const llm_session &) = delete;

  uint64_t submit(const llm_step &step);
  void give_masks(uint64_t ticket, const uint32_t *masks, uint32_t count, uint32_t words);
  // Throws LLM_TIMEOUT where the time is over; the step may be awaited again.
  void await(uint64_t ticket, int64_t nanoseconds);
  void set_slot(const llm_slot &slot) { slots.set(slot); }
  uint64_t progress() const { return enqueued.load(std::memory_order_relaxed) + driver.finished(); }

private:
  llmserving::Flight &flight(uint64_t ticket) { return *flights[ticket % llmserving::kMaxInFlight]; }
  void stage(llmserving::Flight &flight, const llm_step &step);

  // Memory that grows where a step needs more than ever before; waits for the device then.
  void create_input();
  void reserve(llmserving::Flight &flight);
  void grow(llmserving::DeviceMemory &memory, size_t bytes, const char *purpose);
  void grow_ring(uint32_t jobs);
  void drain();

  // Whether a job's mask is not there yet.
  bool lacks_masks(const llmserving::Flight &flight) const;
  // Enqueues what can be, of all steps in their order.
  void pump();
  void enqueue_pass(llmserving::Flight &flight);
  void enqueue_forward(llmserving::Flight &flight);
  void enqueue_copies(llmserving::Flight &flight, int after);
  void copy_layers(const llmserving::CopyBatch &batch, size_t first, size_t last);
  void upload_late(llmserving::Flight &flight);
  void enqueue_finish(llmserving::Flight &flight);
  void enqueue_sampler(llmserving::Flight &flight, const llmserving::SampleTile &tile);
  // scored, tops: offsets in the results; first: the first result.
  llmserving::gpu::ScoreParams score_params(const llmserving::Flight &flight, const llmserving::SampleTile &tile,
                                            size_t scored, size_t tops, size_t first) const;
  void enqueue_logprobs(llmserving::Flight &flight, const llmserving::SampleTile &tile);
  void enqueue_targets(llmserving::Flight &flight, const llmserving::SampleTile &tile);
  void download_rows(llmserving::Flight &flight, const llmserving::SampleTile &tile);
  void download_hidden(llmserving::Flight &flight);

  llm_program *program;
  llm_context *context;
  llmserving::Driver &driver;
  llmserving::Counted counted;
  const bool use_graphs;
  bool broken = false; // a step failed, or was left half enqueued
  std::atomic<uint64_t> enqueued{0};
  uint32_t scratch_groups;

  llmserving::BlockTables tables;
  llmserving::SamplerSlots slots;
  llmserving::DeviceMemory values, ids, partial_values, partial_stats, tickets, logits, scratch, ring;
  llmserving::DeviceMemory input, late_input, results;
  llmserving::PassMemory memory; // addresses of the above
  std::unique_ptr<llmserving::LargeProducts> products;
  std::unique_ptr<llmserving::Flight> flights[llmserving::kMaxInFlight];
  llmserving::Graphs graphs;
  llmserving::OwnedEvent drained;
  llmserving::OwnedStream stream; // last: its end waits for what uses the rest
};

#endif
