// Order between blocks: what a fence and an atomic operation publish, another block's atomic operation and fence acquire.
//
// A release is st_release, or a fence followed by an atomic operation; an acquire is ld_acquire, or an atomic operation
// followed by a fence, on the same word. What comes before a release in its thread, and before its thread's last barrier
// in its block, comes before whatever follows the acquire in its thread, and after that thread's next barrier in its
// block. This is the part of the PTX memory model that last-block-reduces needs.
//
// Launches of one stream come one after the other: all that blocks of a launch did, and what came before it by acquisition,
// comes before the blocks of the stream's later launches.
#ifndef LLMSERVING_GPU_EMULATOR_SYNC_H
#define LLMSERVING_GPU_EMULATOR_SYNC_H

#include <cstdint>
#include <string>

namespace llmserving {
namespace emulator {

struct Touch;

// The running lane's operations on the synchronizing word at address.
void sync_fence();
void sync_atomic(const void *address);
void sync_acquire(const void *address);
void sync_release(const void *address);

// Whether the running lane comes after what another block did.
bool acquired(const Touch &touch);

void forget_launch();
void forget_block();

// Of blocks that run together: a block of the position-th launch of a stream is added, as the next block_index; all blocks
// of that launch are done.
void add_stream_block(uint32_t stream, uint32_t position);
void end_stream_launch(uint32_t stream, uint32_t position);
// Where a block comes from, in words; empty where blocks do not run together.
std::string origin_of(uint32_t block_index);

} // namespace emulator
} // namespace llmserving

#endif
