// Loads, stores, atomics and asynchronous copies that kernels call by name.
#include <algorithm>
#include <cstring>

#include "emulator/analysis.h"
#include "emulator/findings.h"
#include "emulator/machine.h"
#include "emulator/sync.h"

namespace llmserving {
namespace emulator {

namespace {

constexpr uint64_t SPINS = 1 << 20;

template <class T> T load(const void *p, const void *pc) {
  accessed(p, sizeof(T), Access::Read, pc);
  T value;
  memcpy(&value, p, sizeof(T));
  return value;
}

template <class T> void store(void *p, T value, const void *pc) {
  accessed(p, sizeof(T), Access::Write, pc);
  memcpy(p, &value, sizeof(T));
}

// One thread runs at a time: a plain exchange is atomic.
template <class T, class Change> T exchange(T *p, const void *pc, Change change) {
  accessed(p, sizeof(T), Access::Atomic, pc);
  if (watching)
    sync_atomic(p);
  made_progress();
  T old;
  memcpy(&old, p, sizeof(T));
  T value = change(old);
  memcpy(p, &value, sizeof(T));
  return old;
}

} // namespace

#define LLM_PC __builtin_return_address(0)

uint32_t load4(const void *p) { return load<uint32_t>(p, LLM_PC); }
gpu::u64 load8(const void *p) { return load<gpu::u64>(p, LLM_PC); }
gpu::u128 load16(const void *p) { return load<gpu::u128>(p, LLM_PC); }
void store4(void *p, uint32_t v) { store(p, v, LLM_PC); }
void store8(void *p, gpu::u64 v) { store(p, v, LLM_PC); }
void store16(void *p, gpu::u128 v) { store(p, v, LLM_PC); }

float atomic_add(float *p, float v) {
  return exchange(p, LLM_PC, [v](float old) { return old + v; });
}
uint32_t atomic_add(uint32_t *p, uint32_t v) {
  return exchange(p, LLM_PC, [v](uint32_t old) { return old + v; });
}
uint32_t atomic_max(uint32_t *p, uint32_t v) {
  return exchange(p, LLM_PC, [v](uint32_t old) { return std::max(old, v); });
}
int32_t atomic_max(int32_t *p, int32_t v) {
  return exchange(p, LLM_PC, [v](int32_t old) { return std::max(old, v); });
}
uint32_t atomic_cas(uint32_t *p, uint32_t expected, uint32_t desired) {
  return exchange(p, LLM_PC, [=](uint32_t old) { return old == expected ? desired : old; });
}

// Others run first: what a thread spins for may be theirs to do. Another block's comes only where blocks run together.
uint32_t load_acquire(const uint32_t *p) {
  leave_plain_code();
  machine.spins++;
  if (++machine.idle_spins > SPINS) {
    const char *whose = machine.together ? "nobody" : "no thread of its block";
    report(Kind::Deadlock, LLM_PC, formatted("spins for what %s does, at ", whose) + describe_address(p));
    abandon_block();
  }
  if (machine.together)
    pause_block();
  else
    yield_lane();
  accessed(p, 4, Access::AtomicRead, LLM_PC);
  if (watching)
    sync_acquire(p);
  uint32_t value;
  memcpy(&value, p, 4);
  return value;
}

void store_release(uint32_t *p, uint32_t v) {
  accessed(p, 4, Access::AtomicWrite, LLM_PC);
  if (watching)
    sync_release(p);
  made_progress();
  memcpy(p, &v, 4);
  offer_turn();
}

void fence() {
  if (watching)
    sync_fence();
}

// The two sides of a copy are two requests: they need two addresses in the code.
void cp_async16(void *shared, const void *global, bool valid) {
  const char *pc = static_cast<const char *>(LLM_PC);
  if (valid)
    accessed(global, 16, Access::Read, pc);
  accessed(shared, 16, Access::Copy, pc - 1);
  Lane &lane = *machine.current;
  memset(shared, 0xff, 16); // nobody may count on it before it is waited for
  lane.copies.push_back({static_cast<char *>(shared), valid ? static_cast<const char *>(global) : nullptr, pc,
                         lane.groups});
}

void cp_async_commit() { machine.current->groups++; }

void cp_async_wait(int newest) {
  Lane &lane = *machine.current;
  uint32_t left = static_cast<uint32_t>(newest);
  auto landed = [&](const AsyncCopy &copy) { return copy.group + left < lane.groups; };
  auto first_left = std::find_if_not(lane.copies.begin(), lane.copies.end(), landed);
  for (auto copy = lane.copies.begin(); copy != first_left; ++copy) {
    accessed(copy->shared, 16, Access::Landing, copy->pc);
    if (copy->global == nullptr)
      memset(copy->shared, 0, 16);
    else
      memcpy(copy->shared, copy->global, 16);
  }
  lane.copies.erase(lane.copies.begin(), first_left);
}

} // namespace emulator
} // namespace llmserving
