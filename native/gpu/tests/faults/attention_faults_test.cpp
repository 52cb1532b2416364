// The last block to write a row's partial state reads what all others wrote. Where nothing orders that, results may look
// right; the emulator must say so all the same, and must not where fences, barriers and atomic operations are there.
#include "planned_attention.h"

using namespace llmserving_test;

namespace {

#if defined(FAULT_NONE)
constexpr bool FAULTY = false;
#else
constexpr bool FAULTY = true;
#endif

// One launch, of which every finding counts.
class WatchedAttention : public AttentionFixture {
public:
  using AttentionFixture::AttentionFixture;

protected:
  Traffic execute(const Launch &launch, const AttentionParams &p) const override {
    emulator::Report report = emulator::launch(launch, &p, sizeof(p));
    bool races = !report.ok();
    for (const emulator::Finding &finding : report.findings)
      races = races && finding.kind == emulator::Kind::Race;
    bool merges = p.tickets != nullptr; // else nobody reads what another block wrote
    CHECK(races == (FAULTY && merges), "%s: %llu findings\n%s", launch.kernel, static_cast<unsigned long long>(report.total),
          report.text().c_str());
    return {};
  }
};

} // namespace

int main() {
  for (AttentionList list : {ATTENTION_DECODE, ATTENTION_TILE_16}) {
    AttentionShape shape;
    shape.lists = 1u << list;
    shape.multiprocessors = 64;
    WatchedAttention attention(shape, {{899, 1}});
    Attended result = attention.attend();
    CHECK(result.counts.merges == 1 && result.counts.partials > 2, "%d parts", result.counts.partials);
  }
  return finish();
}
