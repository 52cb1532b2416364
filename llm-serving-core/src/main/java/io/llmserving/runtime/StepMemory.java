package io.llmserving.runtime;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

import org.jspecify.annotations.Nullable;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

/**
 * Memory of one step in flight: inputs as the library reads them, results as it writes
 * them. Lists grow to the largest step seen and are then reused.
 */
final class StepMemory {

	private static final StructLayout LAYOUT = StructLayouts.STEP;

	private static final long OUTPUT_BYTES = StructLayouts.ROW_OUTPUT.byteSize();

	private static final long TOP_STRIDE = StructLayouts.offset(LAYOUT, "top_stride");

	private static final long MASKED = StructLayouts.offset(LAYOUT, "masked");

	/**
	 * A list of the step: where the struct has its length, where its address. Found once,
	 * because steps are too many to look fields up by name.
	 */
	private enum Part {

		TOKENS("token_count", "tokens"), SEQUENCES("sequence_count", "sequences"), ITEMS("item_count", "items"),
		ITEM_SEQUENCES("item_sequence_count", "item_sequences"), BLOCK_OPS("block_op_count", "block_ops"),
		HEAD_ROWS("head_row_count", "head_rows"), JOBS("job_count", "jobs"), TARGETS("target_count", "targets"),
		OUTPUTS("output_count", "outputs"), RESULTS(null, "results"), JOB_TOPS(null, "job_tops"),
		TARGET_RESULTS(null, "target_results"), TARGET_TOPS(null, "target_tops"), MASKS(null, null);

		private final long count;

		private final long address;

		Part(@Nullable String count, @Nullable String address) {
			this.count = (count != null) ? StructLayouts.offset(LAYOUT, count) : -1;
			this.address = (address != null) ? StructLayouts.offset(LAYOUT, address) : -1;
		}

	}

	private final Arena arena;

	private final MemorySegment step;

	private final MemorySegment[] lists = new MemorySegment[Part.values().length];

	private int jobs;

	private int targets;

	private int topStride;

	private @Nullable MemorySegment outputMemory;

	private float[][] outputArrays = new float[0][];

	StepMemory(Arena arena) {
		this.arena = arena;
		this.step = arena.allocate(LAYOUT);
		for (int i = 0; i < this.lists.length; i++) {
			this.lists[i] = arena.allocate(64, 64);
		}
	}

	MemorySegment step() {
		return this.step;
	}

	void fill(StepPlan plan) {
		this.jobs = plan.jobs().count();
		this.targets = plan.targets().count();
		this.topStride = plan.topStride();
		table(Part.TOKENS, plan.tokens());
		table(Part.SEQUENCES, plan.sequences());
		table(Part.ITEMS, plan.items());
		table(Part.ITEM_SEQUENCES, plan.itemSequences());
		table(Part.BLOCK_OPS, plan.blockOps());
		table(Part.HEAD_ROWS, plan.headRows());
		table(Part.JOBS, plan.jobs());
		table(Part.TARGETS, plan.targets());
		this.step.set(JAVA_INT, TOP_STRIDE, this.topStride);
		this.step.set(JAVA_INT, MASKED, plan.masked() ? 1 : 0);
		long result = StructLayouts.SAMPLE_RESULT.byteSize();
		long top = StructLayouts.TOP.byteSize() * this.topStride;
		address(Part.RESULTS, result * this.jobs);
		address(Part.JOB_TOPS, top * this.jobs);
		address(Part.TARGET_RESULTS, result * this.targets);
		address(Part.TARGET_TOPS, top * this.targets);
		outputs(plan);
	}

	/**
	 * Copies masks to where the library reads them.
	 */
	MemorySegment masks(int[] masks, int words) {
		MemorySegment segment = reserve(Part.MASKS, 4L * words);
		MemorySegment.copy(masks, 0, segment, JAVA_INT, 0, words);
		return segment;
	}

	void read(StepResult result) {
		read(result.jobs, this.jobs, list(Part.RESULTS), list(Part.JOB_TOPS));
		read(result.targets, this.targets, list(Part.TARGET_RESULTS), list(Part.TARGET_TOPS));
		MemorySegment data = this.outputMemory;
		if (data != null) {
			long at = 0;
			for (float[] target : this.outputArrays) {
				MemorySegment.copy(data, JAVA_FLOAT, at, target, 0, target.length);
				at += 4L * target.length;
			}
		}
		this.outputMemory = null;
	}

	private void read(StepResult.Rows rows, int count, MemorySegment results, MemorySegment tops) {
		rows.reset(count, this.topStride);
		for (int i = 0; i < count; i++) {
			rows.token[i] = results.getAtIndex(JAVA_INT, 4L * i);
			rows.status[i] = results.getAtIndex(JAVA_INT, 4L * i + 1);
			rows.logprob[i] = results.getAtIndex(JAVA_FLOAT, 4L * i + 2);
			rows.rank[i] = results.getAtIndex(JAVA_INT, 4L * i + 3);
		}
		for (int i = 0; i < count * this.topStride; i++) {
			rows.topToken[i] = tops.getAtIndex(JAVA_INT, 2L * i);
			rows.topLogprob[i] = tops.getAtIndex(JAVA_FLOAT, 2L * i + 1);
		}
	}

	// Row outputs are for tests and tools: their memory is allocated with the step.
	private void outputs(StepPlan plan) {
		int count = plan.outputs().count();
		this.step.set(JAVA_INT, Part.OUTPUTS.count, count);
		MemorySegment list = address(Part.OUTPUTS, OUTPUT_BYTES * count);
		if (count == 0) {
			return;
		}
		this.outputArrays = new float[count][];
		long floats = 0;
		for (int i = 0; i < count; i++) {
			this.outputArrays[i] = plan.outputData(i);
			floats += plan.outputData(i).length;
		}
		MemorySegment data = Arena.ofAuto().allocate(4 * floats, 64);
		this.outputMemory = data;
		long at = 0;
		for (int i = 0; i < count; i++) {
			list.set(JAVA_INT, i * OUTPUT_BYTES, plan.outputs().get(i, 0));
			list.set(JAVA_INT, i * OUTPUT_BYTES + 4, plan.outputs().get(i, 1));
			list.set(ADDRESS, i * OUTPUT_BYTES + 8, data.asSlice(at));
			at += 4L * plan.outputData(i).length;
		}
	}

	private void table(Part part, StepPlan.Table table) {
		this.step.set(JAVA_INT, part.count, table.count());
		int ints = table.count() * table.width();
		MemorySegment.copy(table.values(), 0, address(part, 4L * ints), JAVA_INT, 0, ints);
	}

	/** Makes room for a list and tells the step where it is. */
	private MemorySegment address(Part part, long bytes) {
		MemorySegment segment = reserve(part, bytes);
		this.step.set(ADDRESS, part.address, segment);
		return segment;
	}

	private MemorySegment reserve(Part part, long bytes) {
		MemorySegment segment = list(part);
		if (segment.byteSize() < bytes) {
			segment = this.arena.allocate(Math.max(bytes, 2 * segment.byteSize()), 64);
			this.lists[part.ordinal()] = segment;
		}
		return segment;
	}

	private MemorySegment list(Part part) {
		return this.lists[part.ordinal()];
	}

}
