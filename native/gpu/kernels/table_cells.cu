#include "llmserving/gpu/table_cells.h"

using namespace llmserving::gpu;

LLM_KERNEL(set_table_cells, SetCellsParams, 128, 8) { set_cells(p); }
