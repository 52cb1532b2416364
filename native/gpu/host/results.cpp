#include "host/results.h"

#include <cstring>

#include "host/step_input.h"
#include "llmserving/gpu/sampling_params.h"

namespace llmserving {

static_assert(sizeof(gpu::SampleResult) == sizeof(llm_sample_result) && sizeof(gpu::SampleTop) == sizeof(llm_top) &&
                  sizeof(gpu::SampleJob) == sizeof(llm_sample_job) && sizeof(gpu::SampleTarget) == sizeof(llm_target),
              "the sampler's structs are the ABI's");

void ResultLayout::lay_out(const llm_step &step, size_t hidden_bytes, size_t logits_bytes) {
  Sections sections;
  size_t stride = step.top_stride;
  jobs = sections.add(step.job_count * sizeof(llm_sample_result));
  job_tops = sections.add(step.job_count * stride * sizeof(llm_top));
  targets = sections.add(step.target_count * sizeof(llm_sample_result));
  target_tops = sections.add(step.target_count * stride * sizeof(llm_top));
  sampled = sections.end();
  rows.clear();
  for (uint32_t i = 0; i < step.output_count; i++)
    rows.push_back(sections.add(step.outputs[i].kind == 0 ? hidden_bytes : logits_bytes));
  bytes = sections.end();
}

void ResultLayout::hand_out(const llm_step &step, const std::vector<int32_t> &target_order, const uint8_t *base,
                            size_t hidden_width, size_t vocabulary) const {
  size_t stride = step.top_stride, top_bytes = stride * sizeof(llm_top);
  if (step.job_count > 0)
    std::memcpy(step.results, base + jobs, step.job_count * sizeof(llm_sample_result));
  if (step.job_count * stride > 0)
    std::memcpy(step.job_tops, base + job_tops, step.job_count * top_bytes);
  for (size_t i = 0; i < target_order.size(); i++) {
    size_t target = static_cast<size_t>(target_order[i]);
    std::memcpy(step.target_results + target, base + targets + i * sizeof(llm_sample_result), sizeof(llm_sample_result));
    if (stride > 0)
      std::memcpy(step.target_tops + target * stride, base + target_tops + i * top_bytes, top_bytes);
  }
  for (uint32_t i = 0; i < step.output_count; i++) {
    const llm_row_output &output = step.outputs[i];
    const uint8_t *row = base + rows[i];
    if (output.kind == 1) {
      std::memcpy(output.data, row, vocabulary * sizeof(float));
      continue;
    }
    for (size_t d = 0; d < hidden_width; d++)
      output.data[d] = gpu::to_float(reinterpret_cast<const gpu::bf16 *>(row)[d]);
  }
}

} // namespace llmserving
