// Streams, events and graphs of the emulated device: a stream is a worker thread with a queue of commands.
#ifndef LLMSERVING_GPU_DRIVERS_EMULATED_STREAM_H
#define LLMSERVING_GPU_DRIVERS_EMULATED_STREAM_H

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "drivers/driver.h"

namespace llmserving {

typedef std::function<void()> Command;

struct GraphHandle {
  std::vector<Command> commands;
};

// Set by the stream's worker. Shared with the worker, so that an event may go before its stream does.
struct EventState {
  std::mutex lock;
  std::condition_variable reached;
  uint64_t recorded = 0, done = 0;
  std::string failure;
};

struct EventHandle {
  std::shared_ptr<EventState> state = std::make_shared<EventState>();
};

struct StreamHandle {
  explicit StreamHandle(std::atomic<uint64_t> &counter) : finished(counter), worker([this] { work(); }) {}
  ~StreamHandle() {
    {
      std::lock_guard<std::mutex> guard(lock);
      ending = true;
    }
    more.notify_one();
    worker.join();
  }

  void add(Command command) {
    if (capture != nullptr) {
      capture->commands.push_back(std::move(command));
      return;
    }
    {
      std::lock_guard<std::mutex> guard(lock);
      commands.push_back(std::move(command));
    }
    more.notify_one();
  }

  // After a failure nothing runs any more but the marks of events, which carry the failure on.
  void run(const Command &command) {
    if (!failure.empty())
      return;
    try {
      command();
    } catch (const std::exception &error) {
      failure = error.what();
    }
    finished++;
  }

  void work() {
    for (;;) {
      Command command;
      {
        std::unique_lock<std::mutex> guard(lock);
        more.wait(guard, [this] { return ending || !commands.empty(); });
        if (commands.empty())
          return;
        command = std::move(commands.front());
        commands.pop_front();
      }
      command();
    }
  }

  std::atomic<uint64_t> &finished;
  std::mutex lock;
  std::condition_variable more;
  std::deque<Command> commands;
  bool ending = false;
  std::unique_ptr<GraphHandle> capture; // while captured
  std::string failure;                  // the worker's alone
  std::thread worker;                   // last: it uses the rest
};

} // namespace llmserving

#endif
