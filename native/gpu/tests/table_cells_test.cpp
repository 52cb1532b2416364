// Changed cells of block tables: each goes where it belongs, nothing else changes.
#include "check.h"
#include "harness.h"
#include "llmserving/gpu/table_cells.h"

using namespace llmserving::gpu;
using namespace llmserving::gputest;

namespace {

void check_cells(int32_t count) {
  constexpr int32_t size = 1003;
  std::vector<int32_t> expected(size, -1);
  std::vector<TableCell> cells;
  for (int32_t i = 0; i < count; i++) {
    cells.push_back({i * 389 % size, i}); // 389 and 1003 have no common factor
    expected[static_cast<size_t>(cells.back().index)] = i;
  }
  Array<int32_t> tables(std::vector<int32_t>(size, -1));
  Array<TableCell> changes(cells);
  run(set_cells_launch(static_cast<uint32_t>(count)), SetCellsParams{tables.data(), changes.data(), count, 0});
  CHECK(tables.read() == expected, "%d cells", count);
}

} // namespace

int main() {
  for (int32_t count : {1, 31, 128, 129, 1003})
    check_cells(count);
  return llmserving_test::finish();
}
