// Who computes what: shares of rows and units, by worker and by NUMA node.
//
// A node's shard of a matrix is what the shares of its workers are together. llm_pack writes a matrix by shares, so a
// shard's pages lie on its node, and claim_shards() has the node's workers multiply it; what is computed where changes no
// bit of a result. Pages are huge, 2 MB: one that two shards meet in lies on either node, which is much of a small matrix
// (those fit the processors' caches) and little of a large one.
#ifndef LLMSERVING_PROGRAM_SHARES_H
#define LLMSERVING_PROGRAM_SHARES_H

#include <algorithm>
#include <atomic>
#include <cstddef>

#include "support/team.h"

namespace llmserving {

// Consecutive rows or units.
struct Range {
  size_t first, last;
  bool empty() const { return first >= last; }
};

// A worker's share of `count`, in whole pieces of `granularity`.
inline Range share(size_t count, size_t granularity, int worker, int workers) {
  size_t tiles = (count + granularity - 1) / granularity;
  size_t w = static_cast<size_t>(worker), n = static_cast<size_t>(workers);
  return {std::min(count, tiles * w / n * granularity), std::min(count, tiles * (w + 1) / n * granularity)};
}

inline Range shard(const Team &team, size_t node, size_t units) {
  if (team.nodes().size() == 1)
    return {0, units};
  size_t first = static_cast<size_t>(team.nodes()[node].first), last = static_cast<size_t>(team.nodes()[node].last);
  size_t n = static_cast<size_t>(team.threads());
  return {units * first / n, units * last / n};
}

// The next units of one operation, for each node.
struct Tickets {
  std::atomic<size_t> *first;
  size_t stride; // from one node's to the next
  std::atomic<size_t> &of(size_t node) const { return first[node * stride]; }
};

// Runs compute(node, range) until the units(node) units of all nodes are taken, numbered from 0 in each. Three quarters
// of a node's units belong to its workers from the start, so that a worker sees the same weights in every step; the rest
// goes to whoever of them is free, because the operating system may take a worker's core away, and at last to workers of
// other nodes.
template <class Units, class Compute>
void claim_shards(const Team &team, Units units, const Tickets &tickets, int worker, Compute compute) {
  size_t nodes = team.nodes().size(), home = team.node_of(worker);
  for (size_t i = 0; i < nodes; i++) {
    size_t node = (home + i) % nodes, count = units(node);
    int first_worker = team.nodes()[node].first, workers = team.nodes()[node].last - first_worker;
    size_t n = static_cast<size_t>(workers);
    size_t fixed = team.threads() == 1 ? count : count * 3 / 4 / n * n;
    Range own = node == home ? share(fixed, 1, worker - first_worker, workers) : Range{0, 0};
    if (!own.empty())
      compute(node, own);
    size_t piece = std::max<size_t>(1, count / (16 * n));
    for (;;) {
      size_t first = fixed + tickets.of(node).fetch_add(1, std::memory_order_relaxed) * piece;
      if (first >= count)
        break;
      compute(node, Range{first, std::min(count, first + piece)});
    }
  }
}

// The same for units that are numbered through: compute(range).
template <class Compute>
void claim(const Team &team, size_t units, const Tickets &tickets, int worker, Compute compute) {
  auto count = [&](size_t node) {
    Range all = shard(team, node, units);
    return all.last - all.first;
  };
  claim_shards(team, count, tickets, worker, [&](size_t node, Range part) {
    size_t begin = shard(team, node, units).first;
    compute(Range{begin + part.first, begin + part.last});
  });
}

} // namespace llmserving

#endif
