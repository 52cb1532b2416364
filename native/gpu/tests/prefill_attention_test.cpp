// Attention of all kernels against a reference in double.
#include "attention_cases.h"

using namespace llmserving_test;

int main(int argc, char **argv) {
  AttentionShape s;
  s.lists = argc > 1 ? atoi(argv[1]) : 15;
  if (argc > 2) s.k_dim = s.v_dim = atoi(argv[2]);
  if (argc > 3) s.kv = static_cast<DType>(atoi(argv[3]));
  if (s.kv == DType::F16) s.activation = DType::F16;
  AttentionFixture f(s, {{0, 1}, {130, 1}, {40, 17}, {300, 3}});
  Attended a = f.attend();
  printf("tiles %d %d %d %d merges %d partials %d\n", a.counts.tiles[0], a.counts.tiles[1], a.counts.tiles[2], a.counts.tiles[3], a.counts.merges, a.counts.partials);
  for (int i = 0; i < 4; i++) if (a.counts.tiles[i]) printf("list %d load eff %.3f bank %.3f ldm %.3f barriers %lu\n", i, a.lists[i].load_efficiency(), a.lists[i].bank_conflicts(), (double)a.lists[i].ldmatrix_wavefronts/ std::max<uint64_t>(1,a.lists[i].ldmatrix_ideal), a.lists[i].barriers);
  f.check(a, "flat");
  return finish();
}
