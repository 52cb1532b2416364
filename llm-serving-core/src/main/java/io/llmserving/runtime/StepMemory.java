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

	private final Arena arena;

	private final MemorySegment step;

	private final MemorySegment[] lists = new MemorySegment[14];

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
		table("token_count", "tokens", 0, plan.tokens());
		table("sequence_count", "sequences", 1, plan.sequences());
		table("item_count", "items", 2, plan.items());
		table("item_sequence_count", "item_sequences", 3, plan.itemSequences());
		table("block_op_count", "block_ops", 4, plan.blockOps());
		table("head_row_count", "head_rows", 5, plan.headRows());
		table("job_count", "jobs", 6, plan.jobs());
		table("target_count", "targets", 7, plan.targets());
		setInt("top_stride", this.topStride);
		setInt("masked", plan.masked() ? 1 : 0);
		long result = StructLayouts.SAMPLE_RESULT.byteSize();
		long top = StructLayouts.TOP.byteSize() * this.topStride;
		address("results", reserve(9, result * this.jobs));
		address("job_tops", reserve(10, top * this.jobs));
		address("target_results", reserve(11, result * this.targets));
		address("target_tops", reserve(12, top * this.targets));
		outputs(plan);
	}

	/**
	 * Copies masks to where the library reads them.
	 */
	MemorySegment masks(int[] masks, int words) {
		MemorySegment segment = reserve(13, 4L * words);
		MemorySegment.copy(masks, 0, segment, JAVA_INT, 0, words);
		return segment;
	}

	void read(StepResult result) {
		read(result.jobs, this.jobs, this.lists[9], this.lists[10]);
		read(result.targets, this.targets, this.lists[11], this.lists[12]);
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
		setInt("output_count", count);
		MemorySegment list = reserve(8, OUTPUT_BYTES * count);
		address("outputs", list);
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

	private void table(String count, String field, int list, StepPlan.Table table) {
		setInt(count, table.count());
		int ints = table.count() * table.width();
		MemorySegment segment = reserve(list, 4L * ints);
		MemorySegment.copy(table.values(), 0, segment, JAVA_INT, 0, ints);
		address(field, segment);
	}

	private MemorySegment reserve(int list, long bytes) {
		if (this.lists[list].byteSize() < bytes) {
			this.lists[list] = this.arena.allocate(Math.max(bytes, 2 * this.lists[list].byteSize()), 64);
		}
		return this.lists[list];
	}

	private void setInt(String field, int value) {
		this.step.set(JAVA_INT, StructLayouts.offset(LAYOUT, field), value);
	}

	private void address(String field, MemorySegment segment) {
		this.step.set(ADDRESS, StructLayouts.offset(LAYOUT, field), segment);
	}

}
