// Changes of block tables in device memory: the host keeps the tables, the device a mirror of what steps have used.
#ifndef LLMSERVING_GPU_TABLE_CELLS_H
#define LLMSERVING_GPU_TABLE_CELLS_H

#include "llmserving/gpu/platform.h"

namespace llmserving {
namespace gpu {

struct TableCell {
  int32_t index; // in the tables of all groups
  int32_t block;
};

struct SetCellsParams {
  int32_t *tables;        // [group][table row][table column]
  const TableCell *cells; // [count], each index once
  int32_t count;
  int32_t reserved;
};

constexpr int CELL_THREADS = 128;

DEVICE_INLINE void set_cells(const SetCellsParams &p) {
  pdl_wait();
  pdl_launch();
  int32_t i = static_cast<int32_t>(block_x() * CELL_THREADS + thread_x());
  if (i >= p.count)
    return;
  TableCell cell = p.cells[i];
  p.tables[cell.index] = cell.block;
}

inline Launch set_cells_launch(uint32_t count) {
  return {"set_table_cells", (count + CELL_THREADS - 1) / CELL_THREADS, 1, 1, CELL_THREADS, 0};
}

} // namespace gpu
} // namespace llmserving

#endif
