// Forward passes captured as graphs, by their size. A pass reads its inputs at fixed addresses, so that its graph serves
// every later step of the same size.
#ifndef LLMSERVING_GPU_HOST_GRAPHS_H
#define LLMSERVING_GPU_HOST_GRAPHS_H

#include <map>

#include "host/step_input.h"

namespace llmserving {

class Graphs {
public:
  explicit Graphs(Driver &driver) : driver_(driver) {}
  ~Graphs() { clear(); }
  Graphs(const Graphs &) = delete;
  Graphs &operator=(const Graphs &) = delete;

  // The pass's graph, captured from `record` where there is none yet; null where there are too many already.
  template <class Record> Graph find(const PassSize &size, Stream stream, Record record) {
    auto found = graphs_.find(size);
    if (found != graphs_.end())
      return found->second;
    if (graphs_.size() >= kMost)
      return nullptr;
    driver_.begin_capture(stream);
    try {
      record();
    } catch (...) {
      abandon(stream);
      throw;
    }
    Graph graph = driver_.end_capture(stream);
    graphs_[size] = graph;
    return graph;
  }

  // Where addresses change.
  void clear() noexcept {
    for (auto &entry : graphs_)
      driver_.destroy(entry.second);
    graphs_.clear();
  }

private:
  // A session pays for sizes that it meets; a graph of a large model takes a few megabytes of the device.
  static constexpr size_t kMost = 128;

  void abandon(Stream stream) noexcept {
    try {
      driver_.destroy(driver_.end_capture(stream));
    } catch (...) { // the capture was already over
    }
  }

  Driver &driver_;
  std::map<PassSize, Graph> graphs_;
};

} // namespace llmserving

#endif
