// The device's mirror of the block tables: a step uploads the cells that it sees and that have changed, nothing else.
#ifndef LLMSERVING_GPU_HOST_BLOCK_TABLES_H
#define LLMSERVING_GPU_HOST_BLOCK_TABLES_H

#include <vector>

#include "common/check_step.h"
#include "host/context.h"
#include "llmserving/gpu/table_cells.h"

namespace llmserving {

class BlockTables {
public:
  BlockTables(llm_context *context, const SessionState &session);

  // Cells that the step sees and the device does not have yet; from now on it counts as having them.
  void changed(const llm_step &step, std::vector<gpu::TableCell> &cells);
  int32_t *device() const { return device_.as<int32_t>(); }
  size_t group_cells() const { return group_cells_; }

private:
  void compare(size_t first, size_t last, std::vector<gpu::TableCell> &cells);

  const SessionState &session_;
  size_t group_cells_;
  std::vector<int32_t> mirror_;
  DeviceMemory device_;
};

} // namespace llmserving

#endif
