// Turns a step's sequences and attention items into the work lists of the attention kernels.
//
// One plan serves all layers of a KV group. It is planned on the host, laid out in a buffer of the caller's choice and
// copied to the device in one piece; kernels then read their lists from it, and the number of their entries too, so that
// a grid may be larger than its list (CUDA graphs).
//
//   AttentionCounts counts = planner.plan(options, step, group);        // or attention_bounds for a fixed layout
//   AttentionLayout layout = attention_layout(counts);                  // layout.bytes: what the buffer needs
//   planner.write(layout, buffer);
//   launch each list with tiles by attention_list(layout, device_buffer, list, params); partial states are merged by the
//   last block to write one of a row, or without tickets by merge_states behind all lists
//
// Tile kernels of all sizes give equal bits for a row; decode kernels do not agree with them. So `deterministic` leaves
// decode lists empty and splits rows so that only their first chunks share a partial state; a row's result then depends on its
// own tokens alone, whatever else is in the step, however its keys are split, and in whichever steps they came.
#ifndef LLMSERVING_GPU_HOST_ATTENTION_PLAN_H
#define LLMSERVING_GPU_HOST_ATTENTION_PLAN_H

#include <cstddef>
#include <cstdint>
#include <vector>

#include "llmserving/gpu/decode_attention.h"
#include "llmserving/gpu/merge_states.h"
#include "llmserving/gpu/prefill_attention.h"
#include "llmserving/gpu/rope_cache.h"
#include "llmserving/llmserving.h"

namespace llmserving {
namespace gpu {

// The kernels that work is planned for: decode_attention, and prefill_attention with tiles of 16, 64 and 128 packed rows.
enum AttentionList { ATTENTION_DECODE = 0, ATTENTION_TILE_16 = 1, ATTENTION_TILE_64 = 2, ATTENTION_TILE_128 = 3 };
constexpr int ATTENTION_LISTS = 4;
inline int32_t attention_list_rows(int list) { return list == 0 ? DECODE_ROWS : list == 1 ? 16 : list == 2 ? 64 : 128; }

struct AttentionPlanOptions {
  int32_t heads, kv_heads; // heads / kv_heads at most the largest tile's rows
  int32_t window;          // the group's, 0 = none
  int32_t table_columns;   // of a row of the block tables
  uint32_t lists;          // bit set of 1 << AttentionList: the kernels there are for the cache's type
  int32_t deterministic;   // 1 = see above
  int32_t multiprocessors; // of the device; decides how far rows are split
  int32_t max_partials;    // partial states (of all heads) that there is memory for: no plan has more
};

// What lists there are kernels for. dim: the greater of k_dim and v_dim. block_shared: bytes of shared memory that a block
// may have; tiles that need more are left out.
uint32_t attention_lists(DType activation, DType kv, int32_t dim, int32_t block_shared);

struct AttentionCounts {
  int32_t rows;   // QueryRows: the step's query rows, then those of tiles that mix sequences
  int32_t tokens; // the step's query rows
  int32_t tiles[ATTENTION_LISTS];
  int32_t merges, indices;
  int32_t partials; // partial states, of all heads each
};

// Byte offsets in the buffer, 16-byte aligned.
struct AttentionLayout {
  AttentionCounts capacity;
  int64_t counts; // int32_t[8]: tiles of each list, merges, tokens, partials, 0
  int64_t rows;   // QueryRow[capacity.rows]; the first `tokens` are for rope_cache
  int64_t tiles[ATTENTION_LISTS];
  int64_t merges, indices;
  int64_t bytes;
};

AttentionLayout attention_layout(const AttentionCounts &counts);

// No step within these limits needs more. items: of one group; item_rows: query rows summed over their sequences.
struct AttentionLimits {
  int32_t tokens, sequences, items, item_rows;
};
AttentionCounts attention_bounds(const AttentionPlanOptions &options, const AttentionLimits &limits);

class AttentionPlanner {
public:
  // Plans the items of a group. The plan is valid until the next call and keeps nothing of the step. Returns what is
  // wrong with the options, or null.
  const char *plan(const AttentionPlanOptions &options, const llm_step &step, int32_t group);
  const AttentionCounts &counts() const { return counts_; }
  // Whether the plan fits the layout's capacities.
  bool fits(const AttentionLayout &layout) const;
  void write(const AttentionLayout &layout, void *buffer) const;

private:
  // A tile before it is split.
  struct Work {
    AttentionTile tile;
    int list;
    bool whole; // covers all chunks that its rows see
  };
  // A partial state of a query row, of chunks from first_chunk on.
  struct Part {
    int32_t row, first_chunk, state;
  };

  void start(const llm_step &step);
  void add_item(const llm_step &step, const llm_attention_item &item);
  int list_for(int32_t packed_rows) const;
  void add_tiles(int32_t first_row, int32_t rows, int32_t first_chunk, int32_t chunks, bool whole);
  void place_all();
  int32_t first_piece(const Work &work, int32_t piece) const;
  int32_t later_piece(int32_t piece) const;
  int32_t pieces(const Work &work, int32_t piece) const;
  void place(const Work &work, int32_t piece);
  void place_piece(const Work &work, int32_t from, int32_t chunks, bool partial);
  void list_merges();

  AttentionPlanOptions options_ = {};
  int32_t group_heads_ = 1;
  int largest_ = 0; // list of the largest tiles
  AttentionCounts counts_ = {};
  std::vector<QueryRow> rows_;
  std::vector<Work> work_;
  std::vector<AttentionTile> tiles_[ATTENTION_LISTS];
  std::vector<Part> parts_;
  std::vector<AttentionMerge> merges_;
  std::vector<int32_t> indices_;
};

// Points a kernel's parameters at a list of the plan on the device.
inline void attention_list(const AttentionLayout &layout, const void *device, AttentionList list, AttentionParams &p) {
  const uint8_t *base = static_cast<const uint8_t *>(device);
  p.tiles = reinterpret_cast<const AttentionTile *>(base + layout.tiles[list]);
  p.tile_count = reinterpret_cast<const int32_t *>(base + layout.counts) + list;
  p.rows = reinterpret_cast<const QueryRow *>(base + layout.rows);
  p.merges = reinterpret_cast<const AttentionMerge *>(base + layout.merges);
  p.indices = reinterpret_cast<const int32_t *>(base + layout.indices);
}
inline void attention_list(const AttentionLayout &layout, const void *device, MergeStatesParams &p) {
  const uint8_t *base = static_cast<const uint8_t *>(device);
  p.merges = reinterpret_cast<const AttentionMerge *>(base + layout.merges);
  p.merge_count = reinterpret_cast<const int32_t *>(base + layout.counts) + ATTENTION_LISTS;
  p.indices = reinterpret_cast<const int32_t *>(base + layout.indices);
}
inline void attention_list(const AttentionLayout &layout, const void *device, RopeCacheParams &p) {
  const uint8_t *base = static_cast<const uint8_t *>(device);
  p.rows = reinterpret_cast<const QueryRow *>(base + layout.rows);
  p.count = reinterpret_cast<const int32_t *>(base + layout.counts) + ATTENTION_LISTS + 1;
}

} // namespace gpu
} // namespace llmserving

#endif
