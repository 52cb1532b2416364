// Memory that a team's nodes touch in turn: all of it is there afterwards, and what it held.
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <vector>

#include "support/first_touch.h"
#include "support/memory.h"
#include "support/threads.h"
#include "tests/check.h"

using namespace llmserving;

namespace {

size_t pages_of(size_t bytes) {
  size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page;
}

size_t resident(const Memory &memory) {
  std::vector<unsigned char> flags(pages_of(memory.bytes()));
  CHECK(mincore(memory.data(), memory.bytes(), flags.data()) == 0, "mincore");
  size_t count = 0;
  for (unsigned char flag : flags)
    count += flag & 1;
  return count;
}

void check_size(Team &team, size_t bytes) {
  MemoryCounter counter;
  Memory memory(counter, bytes);
  uint8_t *data = memory.as<uint8_t>();
  interleave(team, data, bytes);
  CHECK(resident(memory) == pages_of(bytes), "%zu bytes: %zu of %zu pages", bytes, resident(memory), pages_of(bytes));
  bool zero = data[0] == 0 && std::memcmp(data, data + 1, bytes - 1) == 0;
  CHECK(zero, "%zu bytes are not zero", bytes);
}

// A pool that lies between other buffers.
void content_stays(Team &team) {
  MemoryCounter counter;
  Memory memory(counter, 3 * kHugePage + 5000);
  uint8_t *data = memory.as<uint8_t>();
  std::vector<uint8_t> expected(memory.bytes());
  for (size_t i = 0; i < expected.size(); i += 64)
    expected[i] = static_cast<uint8_t>(i / 64 % 251 + 1);
  std::memcpy(data, expected.data(), expected.size());
  interleave(team, data + 4160, 2 * kHugePage);
  CHECK(std::memcmp(data, expected.data(), expected.size()) == 0, "bytes have changed");
}

void one_node_takes_nothing() {
  auto team = create_team({{0, 0, 2, {}}}, 20);
  MemoryCounter counter;
  Memory memory(counter, 4 * kHugePage);
  interleave(*team, memory.data(), memory.bytes());
  CHECK(resident(memory) == 0, "%zu pages were touched", resident(memory));
}

} // namespace

int main() {
  std::vector<std::vector<TeamNode>> teams = {{{0, 0, 1, {}}, {1, 1, 2, {}}}, {{0, 0, 2, {}}, {1, 2, 3, {}}, {2, 3, 4, {}}}};
  for (const auto &nodes : teams) {
    auto team = create_team(nodes, 20);
    for (size_t bytes : {size_t{1}, size_t{4097}, kHugePage, kHugePage + 1, 9 * kHugePage - 1, 16 * kHugePage})
      check_size(*team, bytes);
    content_stays(*team);
  }
  one_node_takes_nothing();
  return llmserving_test::finish();
}
