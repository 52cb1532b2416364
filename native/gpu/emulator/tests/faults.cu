// Each kernel comes twice: fault_… has the bug that its comment tells of, clean_… has not.
#include "llmserving/gpu/platform.h"

#include "faults.h"

namespace llmserving {
namespace gputest {

using namespace gpu;

#define LLM_TWINS(NAME, THREADS)                                                                                       \
  LLM_KERNEL(fault_##NAME, FaultParams, THREADS, 1) { NAME<true>(p); }                                                 \
  LLM_KERNEL(clean_##NAME, FaultParams, THREADS, 1) { NAME<false>(p); }

DEVICE uint32_t global_thread() { return block_x() * block_threads() + thread_x(); }

// No barrier between writing a tile and reading it transposed.
template <bool FAULT> DEVICE void shared_race(const FaultParams &p) {
  DYN_SMEM(float, tile); // [32, 33]
  tile[warp_id() * 33 + lane_id()] = p.input[global_thread()];
  if (!FAULT)
    block_sync();
  p.output[global_thread()] = tile[lane_id() * 33 + warp_id()];
}
LLM_TWINS(shared_race, 1024)

// A buffer is filled again while others may still read it.
template <bool FAULT> DEVICE void reuse_race(const FaultParams &p) {
  DYN_SMEM(float, buffer); // [64]
  float sum = 0;
  for (int32_t round = 0; round < 3; round++) {
    buffer[thread_x()] = p.input[static_cast<uint32_t>(round) * 64 + thread_x()];
    block_sync();
    sum += buffer[63 - thread_x()];
    if (!FAULT)
      block_sync();
  }
  p.output[thread_x()] = sum;
}
LLM_TWINS(reuse_race, 64)

// Every block reads what another one wrote in the same launch.
template <bool FAULT> DEVICE void block_race(const FaultParams &p) {
  uint32_t threads = grid_x() * block_threads(), mine = global_thread();
  p.output[mine] = p.input[mine];
  p.partial[mine] = FAULT ? p.output[(mine + block_threads()) % threads] : p.output[mine];
}
LLM_TWINS(block_race, 64)

// The last block to take a ticket adds up all blocks' parts: with a fence on both sides of the ticket that is ordered.
template <bool FAULT> DEVICE void ticket(const FaultParams &p) {
  DYN_SMEM(uint32_t, last);
  if (thread_x() == 0) {
    p.partial[block_x()] = p.input[block_x()];
    if (!FAULT)
      fence_device();
    *last = atomic_add(p.ticket, 1u);
    if (!FAULT)
      fence_device();
  }
  block_sync();
  if (*last != grid_x() - 1)
    return;
  float sum = 0;
  for (uint32_t block = 0; block < grid_x(); block++)
    sum += p.partial[block];
  p.output[thread_x()] = sum;
}
LLM_TWINS(ticket, 32)

// Lanes of one warp exchange values through shared memory without warp_sync.
template <bool FAULT> DEVICE void warp_race(const FaultParams &p) {
  DYN_SMEM(float, values); // [32]
  values[lane_id()] = p.input[lane_id()];
  if (!FAULT)
    warp_sync();
  p.output[lane_id()] = values[31 - lane_id()];
}
LLM_TWINS(warp_race, 32)

// The tail of the last block reads past the end.
template <bool FAULT> DEVICE void read_past_end(const FaultParams &p) {
  uint32_t mine = global_thread(), count = static_cast<uint32_t>(p.count);
  float value = warp_sum(FAULT || mine < count ? p.input[mine] : 0.0f);
  if (mine < count)
    p.output[mine] = value;
}
LLM_TWINS(read_past_end, 32)

template <bool FAULT> DEVICE void write_past_end(const FaultParams &p) {
  uint32_t mine = global_thread();
  if (FAULT || mine < static_cast<uint32_t>(p.count))
    p.output[mine] = 1;
}
LLM_TWINS(write_past_end, 32)

// One word more than the launch has shared memory.
template <bool FAULT> DEVICE void shared_overrun(const FaultParams &p) {
  DYN_SMEM(float, values); // [32]
  values[thread_x() + (FAULT ? 1 : 0)] = 1;
  block_sync();
  p.output[global_thread()] = values[31];
}
LLM_TWINS(shared_overrun, 32)

// Lane 5 does not store what two others read.
template <bool FAULT> DEVICE void uninitialized(const FaultParams &p) {
  DYN_SMEM(float, values); // [32]
  if (!FAULT || lane_id() != 5)
    values[lane_id()] = p.input[lane_id()];
  block_sync();
  p.output[global_thread()] = values[(lane_id() + 1) % 32] + values[(lane_id() + 31) % 32];
}
LLM_TWINS(uninitialized, 32)

// Reads an output that nobody wrote yet.
template <bool FAULT> DEVICE void unwritten_global(const FaultParams &p) {
  uint32_t mine = global_thread();
  float before = FAULT ? p.output[mine] : 0.0f;
  p.output[mine] = before + 1;
}
LLM_TWINS(unwritten_global, 32)

// Two barriers in two branches.
template <bool FAULT> DEVICE void divergent_barrier(const FaultParams &p) {
  if (FAULT && warp_id() == 0)
    block_sync();
  else
    block_sync();
  p.output[thread_x()] = 1;
}
LLM_TWINS(divergent_barrier, 64)

// Half of a warp shuffles, the other half votes.
template <bool FAULT> DEVICE void divergent_collective(const FaultParams &p) {
  float value = 0;
  if (FAULT && lane_id() >= 16)
    value = warp_any(lane_id() == 20) ? 1.0f : 0.0f;
  else
    value = shfl_xor(1.0f, 1);
  p.output[thread_x()] = value;
}
LLM_TWINS(divergent_collective, 32)

// Lanes without work return before a collective.
template <bool FAULT> DEVICE void exited_lane(const FaultParams &p) {
  if (FAULT && lane_id() > 20)
    return;
  p.output[thread_x()] = shfl_xor(1.0f, 1);
}
LLM_TWINS(exited_lane, 32)

// A warp without work returns before a barrier.
template <bool FAULT> DEVICE void exited_warp(const FaultParams &p) {
  if (FAULT && warp_id() == 1)
    return;
  block_sync();
  p.output[thread_x()] = 1;
}
LLM_TWINS(exited_warp, 64)

// What an asynchronous copy brings is read without waiting for it.
template <bool FAULT> DEVICE void copy_not_awaited(const FaultParams &p) {
  DYN_SMEM(float, values); // [128]
  cp_async16(values + thread_x() * 4, p.input + thread_x() * 4);
  cp_async_commit();
  cp_async_wait<FAULT ? 1 : 0>();
  block_sync();
  p.output[thread_x()] = values[thread_x()];
}
LLM_TWINS(copy_not_awaited, 32)

// Every thread waits for its own copies, then reads another one's without a barrier.
template <bool FAULT> DEVICE void copy_without_barrier(const FaultParams &p) {
  DYN_SMEM(float, values); // [128]
  cp_async16(values + thread_x() * 4, p.input + thread_x() * 4);
  cp_async_commit();
  cp_async_wait<0>();
  if (!FAULT)
    warp_sync();
  p.output[thread_x()] = values[thread_x()];
}
LLM_TWINS(copy_without_barrier, 32)

// 16 bytes at a multiple of 4.
template <bool FAULT> DEVICE void misaligned(const FaultParams &p) {
  u128 v = ld16(p.input + (FAULT ? 1 : 0));
  p.output[thread_x()] = float_of_bits(v.x);
}
LLM_TWINS(misaligned, 32)

// A barrier of the whole grid, which waits for blocks that need not be running. Waiting for its own block is fine.
template <bool FAULT> DEVICE void spinning(const FaultParams &p) {
  uint32_t expected = FAULT ? grid_x() : 1;
  if (thread_x() == 0)
    atomic_add(p.ticket, 1u);
  if (thread_x() == 31)
    while (ld_acquire(p.ticket) < expected) {
    }
}
LLM_TWINS(spinning, 32)

// Counts: a transpose without and with padding.
template <uint32_t PITCH> DEVICE void transpose(const FaultParams &p) {
  DYN_SMEM(float, tile); // [32, PITCH]
  tile[warp_id() * PITCH + lane_id()] = p.input[global_thread()];
  block_sync();
  p.output[global_thread()] = tile[lane_id() * PITCH + warp_id()];
}
LLM_KERNEL(count_transpose_32, FaultParams, 1024, 1) { transpose<32>(p); }
LLM_KERNEL(count_transpose_33, FaultParams, 1024, 1) { transpose<33>(p); }
LLM_KERNEL(count_stride_8, FaultParams, 32, 1) { p.output[lane_id()] = p.input[lane_id() * 8]; }
LLM_KERNEL(count_vectors, FaultParams, 32, 1) { st16(p.output + lane_id() * 4, ld16(p.input + lane_id() * 4)); }

// Results that depend on the order of threads, with nothing else wrong.
LLM_KERNEL(order_dependent, FaultParams, 64, 1) {
  p.output[thread_x()] = static_cast<float>(atomic_add(p.ticket, 1u));
}

} // namespace gputest
} // namespace llmserving
