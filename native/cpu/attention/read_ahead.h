// Lines of the cache that are wanted next, asked for while others are computed: a decoded token waits for memory, and
// blocks lie too far apart for the processor's own prefetchers. Into the second-level cache, which has more misses under
// way than the first. Included inside an instruction set's unit, as attention_kernel.h is.
#include <cstddef>
#include <cstdint>

#include "attention/kernels.h"

namespace llmserving {
namespace LLMSERVING_KERNEL_NAMESPACE {

constexpr int AHEAD_PIECES = 4 * LLM_ATTENTION_CHUNK / KEY_TILE; // keys and values of two chunks

class ReadAhead {
public:
  void clear() { count_ = at_ = first_of_last_ = left_ = 0; }

  // What is added from now on is not dropped by drop_earlier.
  void mark() { first_of_last_ = count_; }

  void add(const uint8_t *from, size_t bytes) {
    if (count_ < AHEAD_PIECES)
      pieces_[count_++] = {from, static_cast<int>(bytes / LINE)};
  }

  // Forgets what was added before the mark: its time has come.
  void drop_earlier() {
    if (at_ <= first_of_last_) {
      at_ = first_of_last_;
      left_ = 0;
    }
  }

  // Asks for the next few lines, as many as were used in the meantime.
  inline void lines(int wanted) {
    if (left_ < wanted && !next())
      return;
    for (int i = 0; i < wanted; i++)
      __builtin_prefetch(line_ + i * LINE, 0, 2);
    line_ += wanted * LINE;
    left_ -= wanted;
  }

private:
  static constexpr int LINE = 64;
  struct Piece {
    const uint8_t *from;
    int lines;
  };

  // On to the next piece, after the odd lines at the end of this one.
  bool next() {
    for (; left_ > 0; left_--, line_ += LINE)
      __builtin_prefetch(line_, 0, 2);
    if (at_ == count_)
      return false;
    line_ = pieces_[at_].from;
    left_ = pieces_[at_++].lines;
    return left_ >= 8; // at most as many are ever wanted
  }

  Piece pieces_[AHEAD_PIECES];
  const uint8_t *line_ = nullptr;
  int left_ = 0, at_ = 0, count_ = 0, first_of_last_ = 0;
};

} // namespace LLMSERVING_KERNEL_NAMESPACE
} // namespace llmserving
