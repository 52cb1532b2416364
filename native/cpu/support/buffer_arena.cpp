#include "support/buffer_arena.h"

namespace llmserving {
namespace {

constexpr size_t kPiece = size_t{32} << 20;
constexpr size_t kLargest = size_t{8} << 20; // that shares a piece

} // namespace

std::unique_ptr<Buffer> BufferArena::allocate(size_t bytes) {
  size_t wanted = (bytes == 0 ? 64 : bytes + 63) / 64 * 64;
  if (wanted > kLargest)
    return std::make_unique<Buffer>(counter_, std::make_shared<Memory>(pieces_, wanted), 0, bytes);
  std::lock_guard<std::mutex> guard(lock_);
  // Memory is handed out once, since it is zero only then: a piece whose buffers are all gone goes too.
  if (piece_ == nullptr || used_ + wanted > kPiece || piece_.use_count() == 1) {
    piece_ = std::make_shared<Memory>(pieces_, kPiece);
    used_ = 0;
  }
  used_ += wanted;
  return std::make_unique<Buffer>(counter_, piece_, used_ - wanted, bytes);
}

} // namespace llmserving
