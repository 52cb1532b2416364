// Scratch memory of one worker, made by another thread.
#ifndef LLMSERVING_SUPPORT_UNTOUCHED_H
#define LLMSERVING_SUPPORT_UNTOUCHED_H

#include <cstddef>
#include <memory>

namespace llmserving {

// A large array without values: its pages are taken when it is used, near the worker who uses it (first touch), and not at
// all where nobody does.
template <class T> class Untouched {
public:
  explicit Untouched(size_t size) : values_(new T[size]) {}

  T *data() const { return values_.get(); }
  T *begin() const { return values_.get(); }
  T &operator[](size_t i) const { return values_[i]; }

private:
  std::unique_ptr<T[]> values_;
};

} // namespace llmserving

#endif
