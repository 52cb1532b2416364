package io.llmserving.bench.engine;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.IntToLongFunction;

import io.llmserving.runtime.KvType;
import io.llmserving.runtime.ProgramSpec;
import io.llmserving.runtime.ProgramSpec.Cache;
import io.llmserving.runtime.ProgramSpec.Op;
import io.llmserving.runtime.ProgramSpec.TensorRef.Matrix;
import io.llmserving.runtime.StepPart;
import io.llmserving.runtime.StepPlan;
import io.llmserving.runtime.StepPlan.Table;

/**
 * Counts what steps have to compute and to read, from the program and the steps' plans.
 * <p>
 * Operations are sums and products, each for one; a row's work that isn't a matrix
 * product counts with so many for each of its numbers. Bytes are those of weights as the
 * device has them, once a step, and of keys and values, read or written; what an
 * operation leaves to the next one stays in caches. Sequences share no keys and values.
 */
final class StepWork {

	/** Number = code · scale + minimum. */
	private static final int PER_EMBEDDED = 2;

	/** Square and sum, times the root's inverse and the scale. */
	private static final int PER_NORMALIZED = 4;

	/** A pair takes four products and two sums. */
	private static final int PER_ROTATED = 3;

	/** Four for the activation, whichever it is, and its product. */
	private static final int PER_ACTIVATED = 5;

	private final ProgramSpec spec;

	private final IntToLongFunction tensorBytes;

	private final KvType kvType;

	private final Map<StepPart, Map<Arithmetic, Work>> work = new EnumMap<>(StepPart.class);

	/**
	 * Creates a counter.
	 * @param tensorBytes bytes of each of the program's tensors on the device
	 * @param kvType of the cached keys and values
	 */
	StepWork(ProgramSpec spec, IntToLongFunction tensorBytes, KvType kvType) {
		this.spec = spec;
		this.tensorBytes = tensorBytes;
		this.kvType = kvType;
	}

	/**
	 * Returns the work of all steps that were added.
	 */
	Map<StepPart, Map<Arithmetic, Work>> byPart() {
		return this.work;
	}

	/**
	 * Returns the work of all steps that were added, of all kinds.
	 */
	Work all() {
		return this.work.values().stream().flatMap((kinds) -> kinds.values().stream()).reduce(Work.NONE, Work::plus);
	}

	/**
	 * Adds a step's work.
	 */
	void add(StepPlan plan) {
		long rows = plan.tokens().count();
		for (Op op : this.spec.ops()) {
			StepPart part = StepPart.of(op);
			switch (part) {
				case EMBED -> embed(op, rows);
				case LINEAR -> linear(op, rows);
				case NORM -> count(part, Arithmetic.F32, PER_NORMALIZED * rows * width(op), bytes(op.weight()));
				case ROPE_CACHE -> ropeAndWriteCache(op, rows);
				case ATTENTION -> attention(op, plan.sequences());
				case ACTIVATE_MULTIPLY -> count(part, Arithmetic.F32, PER_ACTIVATED * rows * width(op), 0);
				case ADD -> count(part, Arithmetic.F32, rows * width(op), 0);
				case OTHER, HEAD, SAMPLE, WAIT -> throw new IllegalStateException(part + " is no operation");
			}
		}
		head(plan);
	}

	private void embed(Op op, long rows) {
		int table = op.weight()[0];
		count(StepPart.EMBED, Arithmetic.F32, PER_EMBEDDED * rows * width(op),
				rows * this.tensorBytes.applyAsLong(table) / matrix(table).rows());
	}

	private void linear(Op op, long rows) {
		for (int j = 0; j < op.i()[0]; j++) {
			product(StepPart.LINEAR, op.weight()[j], rows);
			count(StepPart.LINEAR, Arithmetic.F32, 0, bytes(op.weight()[4 + j]));
		}
	}

	private void ropeAndWriteCache(Op op, long rows) {
		Cache cache = this.spec.caches().get(op.i()[1]);
		int rotated = (op.i()[3] != 0) ? op.i()[2] : 0;
		long heads = rows * (PER_ROTATED * (op.i()[0] + cache.heads()) * rotated
				+ normalized(op, 1, op.i()[0] * cache.keyDim()) + normalized(op, 2, cache.heads() * cache.keyDim()));
		count(StepPart.ROPE_CACHE, Arithmetic.F32, heads, bytes(op.weight()) + rows * tokenBytes(cache));
	}

	/** Operations of the heads' norms of a token, if there are any. */
	private static long normalized(Op op, int scale, int numbers) {
		return (op.weight()[scale] >= 0) ? PER_NORMALIZED * numbers : 0;
	}

	private void attention(Op op, Table sequences) {
		Cache cache = this.spec.caches().get(op.i()[1]);
		int window = this.spec.windows()[cache.group()];
		long scores = 0;
		long tokens = 0;
		for (int s = 0; s < sequences.count(); s++) {
			int rows = sequences.get(s, 1);
			int position = sequences.get(s, 2);
			for (int p = position; p < position + rows; p++) {
				scores += p + 1 - firstSeen(p, window);
			}
			tokens += position + rows - firstSeen(position, window);
		}
		count(StepPart.ATTENTION, Arithmetic.of(this.kvType),
				2 * scores * op.i()[0] * (cache.keyDim() + cache.valueDim()), tokens * tokenBytes(cache));
	}

	private static int firstSeen(int position, int window) {
		return (window == 0) ? 0 : Math.max(0, position - window + 1);
	}

	private void head(StepPlan plan) {
		long rows = plan.headRows().count();
		if (rows > 0) {
			product(StepPart.HEAD, this.spec.head(), rows);
		}
		count(StepPart.SAMPLE, Arithmetic.F32, (double) plan.jobs().count() * this.spec.vocabulary(), 0);
	}

	private void product(StepPart part, int tensor, long rows) {
		Matrix matrix = matrix(tensor);
		count(part, Arithmetic.of(matrix.type()), 2.0 * rows * matrix.rows() * matrix.columns(), bytes(tensor));
	}

	private void count(StepPart part, Arithmetic arithmetic, double operations, double bytes) {
		this.work.computeIfAbsent(part, (added) -> new EnumMap<>(Arithmetic.class))
			.merge(arithmetic, new Work(operations, bytes), Work::plus);
	}

	/** Bytes of a token's keys and values in one layer. */
	private long tokenBytes(Cache cache) {
		return (long) cache.heads() * (vectorBytes(cache.keyDim()) + vectorBytes(cache.valueDim()));
	}

	private int vectorBytes(int dimensions) {
		return switch (this.kvType) {
			case F32 -> 4 * dimensions;
			case BF16, F16 -> 2 * dimensions;
			case E4M3, E5M2 -> dimensions;
			case INT8 -> dimensions + Float.BYTES;
		};
	}

	private long bytes(int... tensors) {
		long sum = 0;
		for (int tensor : tensors) {
			sum += (tensor >= 0) ? this.tensorBytes.applyAsLong(tensor) : 0;
		}
		return sum;
	}

	private long width(Op op) {
		return this.spec.widths()[op.out()];
	}

	private Matrix matrix(int tensor) {
		return (Matrix) this.spec.tensors().get(tensor);
	}

}
