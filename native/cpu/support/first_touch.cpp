#include "support/first_touch.h"

#include <unistd.h>

#include <algorithm>
#include <cstdint>

#include "support/memory.h"

namespace llmserving {
namespace {

struct Touch {
  const Team &team;
  uint8_t *first, *last;
};

// One write to each small page, since the kernel need not give huge ones.
void touch(uint8_t *first, uint8_t *last, uintptr_t page) {
  for (uint8_t *p = first; p < last; p = reinterpret_cast<uint8_t *>((reinterpret_cast<uintptr_t>(p) / page + 1) * page)) {
    volatile uint8_t *byte = p;
    *byte = *byte;
  }
}

void touch_own(void *argument, int worker) {
  const Touch &t = *static_cast<Touch *>(argument);
  size_t nodes = t.team.nodes().size(), node = t.team.node_of(worker);
  const TeamNode &own = t.team.nodes()[node];
  size_t workers = static_cast<size_t>(own.last - own.first), index = static_cast<size_t>(worker - own.first);
  uintptr_t page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE)), begin = reinterpret_cast<uintptr_t>(t.first);
  uintptr_t end = reinterpret_cast<uintptr_t>(t.last);
  for (uintptr_t huge = begin / kHugePage + node + index * nodes; huge * kHugePage < end; huge += nodes * workers)
    touch(std::max(t.first, reinterpret_cast<uint8_t *>(huge * kHugePage)),
          std::min(t.last, reinterpret_cast<uint8_t *>((huge + 1) * kHugePage)), page);
}

} // namespace

void interleave(Team &team, void *data, size_t bytes) {
  if (team.nodes().size() == 1)
    return;
  Touch work = {team, static_cast<uint8_t *>(data), static_cast<uint8_t *>(data) + bytes};
  team.run(touch_own, &work);
}

} // namespace llmserving
