// Matrix products: operations and bytes of weights per second. Weights exceed the caches for few rows of x.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "bench/bench.h"
#include "bench/types.h"
#include "linear/linear.h"
#include "support/memory.h"
#include "support/numa.h"
#include "support/threads.h"

namespace llmserving_bench {
namespace {

using namespace llmserving;

MemoryCounter counter;

// On huge pages, as a model's weights are.
struct Aligned {
  explicit Aligned(size_t bytes, int value) : memory(counter, bytes + 64 * 512), data(memory.data()) {
    memset(data, value, memory.bytes());
  }
  Memory memory;
  void *data;
};

struct Work {
  llm_isa isa;
  Matrix w;
  ActivationKind kind;
  const void *packed;
  size_t rows;
  float *y;
  Team *team;
};

void share(void *argument, int worker) {
  const Work &work = *static_cast<Work *>(argument);
  size_t units = linear_units(work.w), n = static_cast<size_t>(work.team->threads()), i = static_cast<size_t>(worker);
  linear(work.isa, work.w, work.kind, work.packed, work.rows, work.y, work.w.rows, nullptr, units * i / n,
         units * (i + 1) / n);
}

// of_reads: 0 for weights that stay in caches.
void report(const char *name, size_t m, size_t n, size_t k, double bytes, double took, double peak, double of_reads) {
  double gops = 2.0 * static_cast<double>(m * n * k) / took / 1e9, gbs = bytes / took / 1e9;
  printf("  %-6s %4zu rows, %6zu x %4zu: %7.0f GOPS", name, m, n, k, gops);
  if (peak > 0)
    printf(" %3.0f %%", 100 * gops / peak);
  printf("   %6.1f GB/s", gbs);
  if (of_reads > 0)
    printf(" %3.0f %% of reads", 100 * of_reads);
  printf("\n");
}

// reads: null for weights that stay in caches.
void bench_shape(const Options &options, const Peaks &peaks, const Named &type, Team &team, size_t m, size_t n,
                 size_t k, const void *weights, const Reads *reads) {
  llm_isa isa = static_cast<llm_isa>(options.isa);
  ActivationKind kind = activation_kind(isa, type.type, LLM_ACTIVATIONS_AUTO);
  std::vector<float> x(m * k, 0.5f), y(m * n);
  Aligned packed(activation_bytes(isa, kind, m, k), 0);
  pack_activations(isa, kind, x.data(), k, m, k, packed.data, 0, m);
  Work work = {isa, {type.type, n, k, weights}, kind, packed.data, m, y.data(), &team};
  auto run = [&] { team.run(share, &work); };
  double bytes = static_cast<double>(packed_bytes(isa, type.type, n, k));
  InTurns took = reads == nullptr ? InTurns{best_of(options.budget, run), 0} : in_turns(*reads, 2 * options.budget, bytes, run);
  report(type.name, m, n, k, bytes, took.best, kind == ActivationKind::Int8 ? peaks.int8_gops : peaks.bf16_gflops,
         took.of_reads);
}

struct PackWork {
  const Named &type;
  size_t rows, columns;
  const void *source;
  void *target;
  int threads;
};

void pack_share(void *argument, int worker) {
  const PackWork &work = *static_cast<PackWork *>(argument);
  size_t units = linear_units({work.type.type, work.rows, work.columns, nullptr});
  size_t n = static_cast<size_t>(work.threads), i = static_cast<size_t>(worker);
  pack_units(LLM_ISA_SCALAR, work.type.type, work.rows, work.columns, work.source, work.target, units * i / n,
             units * (i + 1) / n);
}

// Into memory that nobody has written to, as when a model is loaded.
void bench_packing(const Options &options, const Named &type, Team &team, size_t rows, size_t columns) {
  size_t bytes = packed_bytes(LLM_ISA_SCALAR, type.type, rows, columns);
  Aligned source(bytes, 0x11); // at least as large as in the file
  double took = best_of(options.budget, [&] {
    Memory target(counter, bytes + 64 * 512);
    PackWork work = {type, rows, columns, source.data, target.data(), options.threads};
    team.run(pack_share, &work);
  });
  printf("  %-6s packed from rows of %zu columns: %.1f GB/s\n", type.name, columns, static_cast<double>(bytes) / took / 1e9);
}

void bench_type(const Options &options, const Peaks &peaks, const Named &type, Team &team, const Reads &reads) {
  constexpr size_t columns = 2048;
  size_t per_row = packed_bytes(LLM_ISA_SCALAR, type.type, 32, columns) / 32, most = (size_t{256} << 20) / per_row / 32 * 32;
  Aligned weights(per_row * most, 0x11);
  bench_packing(options, type, team, most, columns);
  for (size_t m : {1, 2, 4, 8, 16, 64, 512})
    bench_shape(options, peaks, type, team, m, m <= 16 ? most : 2048, columns, weights.data, m <= 16 ? &reads : nullptr);
  bench_shape(options, peaks, type, team, 1, 1024, columns, weights.data, nullptr); // in the caches: what computing takes
  if (packed_bytes(LLM_ISA_SCALAR, type.type, 32, 576) == 0)
    return;
  for (size_t m : {1, 8, 64, 512}) { // a small model's layer
    bench_shape(options, peaks, type, team, m, 3072, 576, weights.data, nullptr);
    bench_shape(options, peaks, type, team, m, 576, 1536, weights.data, nullptr);
  }
}

} // namespace

void bench_linear(const Options &options, const Peaks &peaks) {
  printf("matrix products, %d threads (%% of the peak of int8 or bf16 dots; of reads of memory in turns)\n", options.threads);
  std::unique_ptr<Team> team = create_team(place_workers(options.threads), 1000);
  Reads reads(options.threads);
  for (const Named &type : kTypes) {
    bool wanted = options.only.empty();
    for (const std::string &name : options.only)
      wanted = wanted || name == type.name;
    if (wanted)
      bench_type(options, peaks, type, *team, reads);
  }
}

} // namespace llmserving_bench
