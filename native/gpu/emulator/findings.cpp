#include "emulator/findings.h"

#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <set>

#include "emulator/memory.h"
#include "emulator/sync.h"

namespace llmserving {
namespace emulator {

namespace {

constexpr size_t KEPT = 16;

const char *word(Kind kind) {
  switch (kind) {
  case Kind::Launch:
    return "launch";
  case Kind::OutOfBounds:
    return "out of bounds";
  case Kind::Misaligned:
    return "misaligned";
  case Kind::Uninitialized:
    return "uninitialized";
  case Kind::InFlight:
    return "copy in flight";
  case Kind::Race:
    return "race";
  case Kind::Divergence:
    return "divergence";
  case Kind::Deadlock:
    return "deadlock";
  }
  return "";
}

const char *base_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == nullptr ? path : slash + 1;
}

std::string place() {
  std::string text = formatted("%s, block (%u, %u, %u)", machine.launch.kernel, machine.block[0], machine.block[1],
                               machine.block[2]);
  if (machine.current != nullptr)
    text += formatted(", thread %u", machine.current->thread);
  if (machine.together)
    text += formatted(", block %u", machine.block_index) + origin_of(machine.block_index);
  return text;
}

void keep(Kind kind, const std::string &text) {
  machine.report->total++;
  if (machine.report->findings.size() < KEPT)
    machine.report->findings.push_back({kind, std::string(word(kind)) + ": " + text});
}

std::string buffer_name(const Buffer &buffer) {
  std::string name = formatted("buffer %u (%zu bytes", buffer.number, buffer.bytes);
  for (size_t at = 0; at + sizeof(void *) <= machine.param_bytes; at += sizeof(void *)) {
    const char *pointer;
    memcpy(&pointer, static_cast<const char *>(machine.params) + at, sizeof(pointer));
    if (pointer == buffer.base)
      name += formatted(", parameter at +%zu", at);
  }
  return name + ")";
}

std::string around(const char *address, const char *start, size_t bytes, const std::string &name) {
  if (address < start)
    return formatted("%zu bytes before ", static_cast<size_t>(start - address)) + name;
  if (address >= start + bytes)
    return formatted("%zu bytes past the end of ", static_cast<size_t>(address - start) - bytes) + name;
  return name + formatted(" + %zu", static_cast<size_t>(address - start));
}

} // namespace

std::string running() { return machine.current == nullptr ? std::string() : place(); }

// For conditions of breakpoints: break norm.h:40 if llm_at(2, 5)
extern "C" __attribute__((used)) bool llm_at(uint32_t block, uint32_t thread) {
  return machine.current != nullptr && machine.block_index == block && machine.current->thread == thread;
}

std::string formatted(const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  return text;
}

std::string describe_site(Site site) { return formatted("%s:%d", base_name(site.file), site.line); }

std::string describe_address(const void *address) {
  const char *at = static_cast<const char *>(address);
  if (at >= machine.shared - GUARD_SPACE && at < machine.shared + MAX_SHARED + GUARD_SPACE)
    return around(at, machine.shared, machine.launch.smem, formatted("shared memory (%u bytes)", machine.launch.smem));
  for (const Lane &lane : machine.lanes)
    if (lane.stack.low != nullptr && at >= lane.stack.low && at < lane.stack.low + lane.stack.bytes)
      return formatted("the stack of thread %u", lane.thread);
  const Buffer *buffer = nearest_buffer(address);
  if (buffer == nullptr || at < buffer->base - GUARD_SPACE || at >= buffer->base + buffer->mapped)
    return formatted("address %p, in no buffer", address);
  return around(at, buffer->base, buffer->bytes, buffer_name(*buffer));
}

void report(Kind kind, const void *pc, const std::string &text) {
  static std::set<std::pair<Kind, const void *>> seen;
  if (machine.report->total == 0)
    seen.clear();
  if (pc != nullptr && !seen.insert({kind, pc}).second) {
    machine.report->total++;
    return;
  }
  keep(kind, place() + (pc == nullptr ? std::string() : ", " + source_line(pc)) + ": " + text);
}

void report_launch(const std::string &text) { keep(Kind::Launch, text); }

void report_divergent_collective(const Warp &warp, Site site) {
  report(Kind::Divergence, nullptr,
         "enters the collective at " + describe_site(site) + " while lanes of its warp wait at " +
             describe_site(warp.site) + formatted(" (mask %08x)", warp.arrived));
}

void report_divergent_barrier(Site site) {
  report(Kind::Divergence, nullptr,
         "enters the barrier at " + describe_site(site) + formatted(" while %u threads wait at ", machine.at_barrier) +
             describe_site(machine.barrier_site));
}

// Why nobody can run: the first waiting thread of every warp's collective, and of the barrier.
void report_deadlock() {
  for (uint32_t warp = 0; warp < machine.threads / 32; warp++) {
    const Warp &w = machine.warps[warp];
    if (w.arrived == 0)
      continue;
    std::string text = formatted("warp %u: lanes %08x wait at ", warp, w.arrived) + describe_site(w.site);
    if (w.alive != 0xffffffffu)
      text += formatted(", lanes %08x have returned", ~w.alive);
    uint32_t elsewhere = w.alive & ~w.arrived;
    if (elsewhere != 0)
      text += formatted(", lanes %08x at ", elsewhere) +
              describe_site(machine.lanes[warp * 32 + static_cast<uint32_t>(__builtin_ctz(elsewhere))].site);
    report(Kind::Divergence, nullptr, text);
  }
  if (machine.at_barrier != 0)
    report(Kind::Divergence, nullptr,
           formatted("%u of %u threads wait at the barrier at ", machine.at_barrier, machine.threads) +
               describe_site(machine.barrier_site) + formatted(", %u have returned", machine.exited));
}

std::string Report::text() const {
  std::string all;
  for (const Finding &finding : findings)
    all += finding.text + "\n";
  if (total > findings.size())
    all += formatted("%llu findings in all\n", static_cast<unsigned long long>(total));
  return all;
}

} // namespace emulator
} // namespace llmserving
