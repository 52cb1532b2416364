package io.llmserving.bench.engine;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import io.llmserving.runtime.KvType;
import io.llmserving.runtime.ProgramBuilder;
import io.llmserving.runtime.ProgramBuilder.HeadNorm;
import io.llmserving.runtime.ProgramBuilder.Rotation;
import io.llmserving.runtime.ProgramBuilder.Value;
import io.llmserving.runtime.ProgramSpec;
import io.llmserving.runtime.ProgramSpec.TensorRef.Matrix;
import io.llmserving.runtime.ProgramSpec.TensorRef.Vector;
import io.llmserving.runtime.StepPart;
import io.llmserving.runtime.StepPlan;
import io.llmserving.weights.TensorType;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link StepWork}: numbers of a tiny program, computed by hand.
 */
class StepWorkTests {

	private static final int VOCABULARY = 16;

	/**
	 * Of the table, the norm, q and its bias, k, v, frequencies, norms of the heads, o,
	 * gate and up, the head.
	 */
	private static final long[] BYTES = { 160, 128, 1000, 256, 2000, 3000, 16, 64, 65, 4000, 5000, 6000 };

	@Test
	void everyOperationOfAStepIsCounted() {
		StepWork work = new StepWork(program(0), (tensor) -> BYTES[tensor], KvType.BF16);
		work.add(promptBesideDecoding());
		Map<StepPart, Map<Arithmetic, Work>> parts = work.byPart();
		// 4 rows of 32 numbers; 4 of 16 rows of the table are read.
		assertThat(parts.get(StepPart.EMBED)).isEqualTo(Map.of(Arithmetic.F32, new Work(2 * 4 * 32, 40)));
		assertThat(parts.get(StepPart.NORM)).isEqualTo(Map.of(Arithmetic.F32, new Work(4 * 4 * 32, 128)));
		// q and o; k and v; gate and up, and the bias.
		assertThat(parts.get(StepPart.LINEAR))
			.isEqualTo(Map.of(Arithmetic.INT8, new Work(2 * 4 * (64 * 32 + 32 * 64), 1000 + 4000), Arithmetic.BF16,
					new Work(2 * 4 * (32 * 32 + 32 * 32), 2000 + 3000), Arithmetic.F32,
					new Work(2 * 4 * 96 * 32, 5000 + 256)));
		// 8 of 16 dimensions of 6 heads are rotated, all are normalized; keys and values
		// of a token take 2 heads x 2 x 16 numbers of 2 bytes.
		assertThat(parts.get(StepPart.ROPE_CACHE)).isEqualTo(
				Map.of(Arithmetic.F32, new Work(4 * (3 * 6 * 8 + 4 * 6 * 16), 16 + 64 + 65 + 4 * 2 * 2 * 16 * 2)));
		// Rows see 1, 2, 3 and 6 tokens; 3 and 6 tokens are read.
		assertThat(parts.get(StepPart.ATTENTION)).isEqualTo(
				Map.of(Arithmetic.BF16, new Work(2 * (1 + 2 + 3 + 6) * 4 * (16 + 16), (3 + 6) * 2 * 2 * 16 * 2)));
		assertThat(parts.get(StepPart.ACTIVATE_MULTIPLY)).isEqualTo(Map.of(Arithmetic.F32, new Work(5 * 4 * 48, 0)));
		assertThat(parts.get(StepPart.ADD)).isEqualTo(Map.of(Arithmetic.F32, new Work(4 * 32, 0)));
		assertThat(parts.get(StepPart.HEAD)).isEqualTo(Map.of(Arithmetic.INT8, new Work(2 * 2 * 16 * 48, 6000)));
		assertThat(parts.get(StepPart.SAMPLE)).isEqualTo(Map.of(Arithmetic.F32, new Work(2 * VOCABULARY, 0)));
		assertThat(parts).hasSize(9);
	}

	@Test
	void aWindowHidesTokensAndKeysInBytesHaveScales() {
		StepWork work = new StepWork(program(4), (tensor) -> BYTES[tensor], KvType.INT8);
		StepPlan plan = new StepPlan();
		rows(plan, 3, 5, 0);
		work.add(plan);
		// Three rows see four tokens each, of six that are read.
		assertThat(work.byPart().get(StepPart.ATTENTION))
			.isEqualTo(Map.of(Arithmetic.INT8, new Work(2 * (3 * 4) * 4 * (16 + 16), 6 * 2 * 2 * (16 + 4))));
	}

	@Test
	void aStepWithoutLogitsDoesNotReadTheHead() {
		StepWork work = new StepWork(program(0), (tensor) -> BYTES[tensor], KvType.BF16);
		StepPlan plan = new StepPlan();
		rows(plan, 8, 0, 0);
		work.add(plan);
		assertThat(work.byPart()).doesNotContainKey(StepPart.HEAD);
	}

	@Test
	void stepsAddUp() {
		StepWork once = new StepWork(program(0), (tensor) -> BYTES[tensor], KvType.BF16);
		StepWork twice = new StepWork(program(0), (tensor) -> BYTES[tensor], KvType.BF16);
		once.add(promptBesideDecoding());
		twice.add(promptBesideDecoding());
		twice.add(promptBesideDecoding());
		once.byPart()
			.forEach((part, work) -> work
				.forEach((arithmetic, one) -> assertThat(twice.byPart().get(part).get(arithmetic)).as(part.name())
					.isEqualTo(one.plus(one))));
	}

	/** Three rows of a prompt, one that decodes behind five tokens; a token of each. */
	private static StepPlan promptBesideDecoding() {
		StepPlan plan = new StepPlan();
		rows(plan, 3, 0, 0);
		rows(plan, 1, 5, 1);
		plan.addJob(plan.addHeadRow(2), 0, 0, 0, true, -1);
		plan.addJob(plan.addHeadRow(3), 1, 0, 0, true, -1);
		return plan;
	}

	private static void rows(StepPlan plan, int rows, int position, int tableRow) {
		int first = plan.addToken(1);
		for (int i = 1; i < rows; i++) {
			plan.addToken(1);
		}
		plan.addSequence(first, rows, position, tableRow);
	}

	/** Four heads of queries on two of keys, of 16 dimensions. */
	private static ProgramSpec program(int window) {
		ProgramBuilder p = new ProgramBuilder(VOCABULARY);
		int cache = p.cache(p.group(window), 2, 16, 16);
		Value x = p.embed(matrix(TensorType.Q8_0, VOCABULARY, 32), 1);
		Value qkv = p.linear(
				p.rmsNorm(x, vector(32), 1e-5f, 0), List.of(matrix(TensorType.Q4_0, 64, 32),
						matrix(TensorType.BF16, 32, 32), matrix(TensorType.BF16, 32, 32)),
				Arrays.asList(vector(64), null, null));
		Value q = p.ropeAndWriteCache(qkv, 4, cache, new Rotation(1, 8, vector(4), 1),
				new HeadNorm(vector(16), vector(16), 1e-5f, 0));
		Value o = p.linear(p.attention(q, 4, cache, 0.25f, 0), matrix(TensorType.Q4_K, 32, 64));
		Value gateAndUp = p.linear(p.add(x, o), matrix(TensorType.F32, 96, 32));
		return p.build(p.activateMultiply(gateAndUp, ProgramBuilder.SILU), matrix(TensorType.Q8_0, VOCABULARY, 48), 1,
				0);
	}

	private static Matrix matrix(TensorType type, int rows, int columns) {
		return new Matrix("matrix", type.id(), rows, columns, MemorySegment.NULL);
	}

	private static Vector vector(int width) {
		return new Vector("vector", new float[width]);
	}

}
