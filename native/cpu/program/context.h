// What the ABI's handles point to.
#ifndef LLMSERVING_PROGRAM_CONTEXT_H
#define LLMSERVING_PROGRAM_CONTEXT_H

#include <atomic>
#include <memory>
#include <mutex>

#include "support/buffer_arena.h"
#include "support/isa.h"
#include "support/memory.h"
#include "support/threads.h"

struct llm_context {
  llm_isa isa;
  llmserving::MemoryCounter memory;
  llmserving::BufferArena buffers{memory};
  std::unique_ptr<llmserving::Team> team;
  std::mutex team_lock; // one run at a time: sessions and packing share the team
};

struct llm_buffer {
  std::unique_ptr<llmserving::Buffer> memory;
};


#endif
