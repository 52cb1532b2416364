#include <pthread.h>

#include <atomic>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "support/threads.h"

namespace llmserving {
namespace {

void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// A word that threads wait on until it differs from a value: they spin first, then sleep in the kernel.
struct alignas(64) Signal {
  std::atomic<uint32_t> value{0};
  std::atomic<int> sleepers{0};

  void wait_while(uint32_t old, int spin_microseconds) {
    auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(spin_microseconds);
    do {
      for (int i = 0; i < 64; i++) {
        if (value.load(std::memory_order_acquire) != old)
          return;
        relax();
      }
    } while (std::chrono::steady_clock::now() < end);
    sleepers.fetch_add(1);
    while (value.load() == old)
      syscall(SYS_futex, &value, FUTEX_WAIT_PRIVATE, old, nullptr, nullptr, 0);
    sleepers.fetch_sub(1);
  }

  void advance() {
    value.fetch_add(1);
    if (sleepers.load() > 0)
      syscall(SYS_futex, &value, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
  }
};

// Lets one caller in at a time, in the order in which they came: engines that share the team take turns, and none of
// them can keep it by asking again at once.
class Turns {
public:
  void enter() {
    std::unique_lock<std::mutex> lock(mutex_);
    uint64_t mine = next_++;
    changed_.wait(lock, [&] { return serving_ == mine; });
  }

  void leave() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      serving_++;
    }
    changed_.notify_all();
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  uint64_t next_ = 0, serving_ = 0;
};

class EpochTeam final : public Team {
public:
  EpochTeam(int threads, int spin) : size_(threads), spin_(spin) {
    for (int worker = 1; worker < threads; worker++)
      threads_.emplace_back([this, worker] { work(worker); });
  }

  ~EpochTeam() override {
    body_ = nullptr;
    start_.advance();
    for (std::thread &thread : threads_)
      thread.join();
  }

  int threads() const override { return size_; }

  void run(void (*body)(void *, int), void *argument) override {
    turns_.enter();
    body_ = body;
    argument_ = argument;
    if (size_ > 1)
      start_.advance();
    body(argument, 0);
    barrier(0);
    turns_.leave();
  }

  // One arrival each; the last to arrive opens the next epoch.
  void barrier(int) override {
    if (size_ == 1)
      return;
    uint32_t epoch = epoch_.value.load(std::memory_order_acquire);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) == size_ - 1) {
      arrived_.store(0, std::memory_order_relaxed);
      epoch_.advance();
    } else {
      epoch_.wait_while(epoch, spin_);
    }
  }

private:
  void work(int worker) {
#if defined(__linux__)
    char name[16];
    snprintf(name, sizeof name, "llm-team-%d", worker);
    pthread_setname_np(pthread_self(), name);
#endif
    uint32_t seen = 0;
    for (;;) {
      start_.wait_while(seen, spin_);
      seen++;
      if (body_ == nullptr)
        return;
      body_(argument_, worker);
      barrier(worker);
    }
  }

  const int size_, spin_;
  Turns turns_;
  Signal start_, epoch_;
  alignas(64) std::atomic<int> arrived_{0};
  void (*body_)(void *, int) = nullptr;
  void *argument_ = nullptr;
  std::vector<std::thread> threads_;
};

} // namespace

std::unique_ptr<Team> create_team(int threads, int spin_microseconds) {
  return std::make_unique<EpochTeam>(threads, spin_microseconds);
}

} // namespace llmserving
