#include <pthread.h>

#include <atomic>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "support/affinity.h"
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

// Where `size` threads wait for each other.
struct alignas(64) Meeting {
  Signal epoch;
  alignas(64) std::atomic<int> arrived{0};
  int size = 0;

  // One arrival each; the last to arrive does something and opens the next epoch.
  template <class Then> void attend(int spin_microseconds, Then then) {
    uint32_t now = epoch.value.load(std::memory_order_acquire);
    if (arrived.fetch_add(1, std::memory_order_acq_rel) == size - 1) {
      arrived.store(0, std::memory_order_relaxed);
      then();
      epoch.advance();
    } else {
      epoch.wait_while(now, spin_microseconds);
    }
  }
};

class EpochTeam final : public Team {
public:
  EpochTeam(std::vector<TeamNode> nodes, int spin)
      : nodes_(std::move(nodes)), size_(nodes_.back().last), spin_(spin), of_node_(nodes_.size()) {
    of_nodes_.size = static_cast<int>(nodes_.size());
    for (size_t node = 0; node < nodes_.size(); node++) {
      of_node_[node].size = nodes_[node].last - nodes_[node].first;
      node_of_.insert(node_of_.end(), static_cast<size_t>(of_node_[node].size), node);
      cpus_.push_back(cpu_set_of(nodes_[node].cpus));
    }
    for (int worker = 1; worker < size_; worker++)
      threads_.emplace_back([this, worker] { work(worker); });
  }

  ~EpochTeam() override {
    body_ = nullptr;
    start_.advance();
    for (std::thread &thread : threads_)
      thread.join();
  }

  int threads() const override { return size_; }
  const std::vector<TeamNode> &nodes() const override { return nodes_; }
  size_t node_of(int worker) const override { return node_of_[static_cast<size_t>(worker)]; }

  // The caller is bound for the run alone: its thread is not ours, and threads that it starts would inherit the binding.
  // It hardly moves in between, so binding it again costs three short system calls.
  void run(void (*body)(void *, int), void *argument) override {
    turns_.enter();
    {
      BoundThread bound(cpus_of(0));
      body_ = body;
      argument_ = argument;
      if (size_ > 1)
        start_.advance();
      body(argument, 0);
      barrier(0);
    }
    turns_.leave();
  }

  // Workers meet by node and only the last of each meets the others: few cache lines cross between sockets.
  void barrier(int worker) override {
    if (size_ == 1)
      return;
    of_node_[node_of(worker)].attend(spin_, [this] {
      if (of_node_.size() > 1)
        of_nodes_.attend(spin_, [] {});
    });
  }

private:
  const cpu_set_t *cpus_of(int worker) const {
    size_t node = node_of(worker);
    return nodes_[node].cpus.empty() ? nullptr : &cpus_[node];
  }

  void work(int worker) {
#if defined(__linux__)
    char name[16];
    snprintf(name, sizeof name, "llm-team-%d", worker);
    pthread_setname_np(pthread_self(), name);
#endif
    BoundThread bound(cpus_of(worker));
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

  const std::vector<TeamNode> nodes_;
  std::vector<size_t> node_of_; // of each worker
  std::vector<cpu_set_t> cpus_; // of each node
  const int size_, spin_;
  Turns turns_;
  Signal start_;
  std::vector<Meeting> of_node_; // workers of one node
  Meeting of_nodes_;             // the last to come of each
  void (*body_)(void *, int) = nullptr;
  void *argument_ = nullptr;
  std::vector<std::thread> threads_;
};

} // namespace

std::unique_ptr<Team> create_team(std::vector<TeamNode> nodes, int spin_microseconds) {
  return std::make_unique<EpochTeam>(std::move(nodes), spin_microseconds);
}

} // namespace llmserving
