package io.llmserving.runtime;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.llmserving.runtime.ProgramSpec.TensorRef;
import io.llmserving.runtime.ProgramSpec.TensorRef.Matrix;
import io.llmserving.runtime.ProgramSpec.TensorRef.Vector;

/**
 * Records a forward pass. Values are matrices of f32, {@code [query tokens][width]}; the
 * meaning of each operation is in the native header. Used by one thread, once.
 */
public final class ProgramBuilder {

	/** Activation: SiLU. */
	public static final int SILU = 0;

	/** Activation: GELU in its tanh form. */
	public static final int GELU_TANH = 1;

	/** Activation: GELU by the error function. */
	public static final int GELU = 2;

	private static final int EMBED = 1;

	private static final int LINEAR = 2;

	private static final int NORM = 3;

	private static final int ROPE_CACHE = 4;

	static final int ATTENTION = 5;

	private static final int ACTIVATE_MULTIPLY = 6;

	private static final int ADD = 7;

	private final int vocabulary;

	private final List<ProgramSpec.Op> ops = new ArrayList<>();

	private final List<Integer> widths = new ArrayList<>();

	private final List<TensorRef> tensors = new ArrayList<>();

	private final Map<TensorRef, Integer> tensorIds = new IdentityHashMap<>();

	private final List<ProgramSpec.Cache> caches = new ArrayList<>();

	private final List<Integer> windows = new ArrayList<>();

	public ProgramBuilder(int vocabulary) {
		this.vocabulary = vocabulary;
	}

	/**
	 * A value of the program.
	 *
	 * @param id its index
	 * @param width its width
	 */
	public record Value(int id, int width) {
	}

	/**
	 * How queries and keys are rotated.
	 *
	 * @param style 0 for not at all, 1 for halves, 2 for neighbours
	 * @param dimensions how many leading dimensions are rotated
	 * @param frequencies angle per position of each pair
	 * @param magnitude factor on sine and cosine
	 */
	public record Rotation(int style, int dimensions, @Nullable Vector frequencies, float magnitude) {
	}

	/**
	 * RMS norms of the heads of queries and keys.
	 *
	 * @param query scales of a query head
	 * @param key scales of a key head
	 * @param epsilon added to the mean square
	 * @param added added to the scales
	 */
	public record HeadNorm(Vector query, Vector key, float epsilon, float added) {
	}

	/**
	 * Looks up the tokens' rows, times a factor.
	 */
	public Value embed(Matrix table, float factor) {
		Value out = value(Math.toIntExact(table.columns()));
		op(EMBED, new int[] { -1, -1 }, out, new int[] { tensor(table) }, new int[0], factor);
		return out;
	}

	/**
	 * Multiplies with up to four matrices and puts the results side by side.
	 * @param biases as many as matrices, null entries or an empty list for none
	 */
	public Value linear(Value in, List<Matrix> matrices, List<@Nullable Vector> biases) {
		int[] weight = { -1, -1, -1, -1, -1, -1, -1, -1 };
		int width = 0;
		for (int j = 0; j < matrices.size(); j++) {
			weight[j] = tensor(matrices.get(j));
			width += Math.toIntExact(matrices.get(j).rows());
			Vector bias = biases.isEmpty() ? null : biases.get(j);
			weight[4 + j] = (bias != null) ? tensor(bias) : -1;
		}
		Value out = value(width);
		op(LINEAR, new int[] { in.id(), -1 }, out, weight, new int[] { matrices.size() });
		return out;
	}

	public Value linear(Value in, Matrix matrix) {
		return linear(in, List.of(matrix), List.of());
	}

	/**
	 * Root-mean-square norm.
	 * @param added added to the scales: 1 where a file stores scale - 1
	 */
	public Value rmsNorm(Value in, Vector scale, float epsilon, float added) {
		Value out = value(in.width());
		op(NORM, new int[] { in.id(), -1 }, out, new int[] { tensor(scale) }, new int[] { 0 }, epsilon, added);
		return out;
	}

	/**
	 * Declares a KV group.
	 * @param window how many tokens a query sees, its own included; 0 for all
	 * @return the group's index
	 */
	public int group(int window) {
		this.windows.add(window);
		return this.windows.size() - 1;
	}

	/**
	 * Declares keys and values of the next layer of a group.
	 * @return the cache's index
	 */
	public int cache(int group, int heads, int keyDim, int valueDim) {
		int layer = (int) this.caches.stream().filter((cache) -> cache.group() == group).count();
		this.caches.add(new ProgramSpec.Cache(group, layer, heads, keyDim, valueDim));
		return this.caches.size() - 1;
	}

	/**
	 * Normalizes and rotates queries and keys, writes keys and values to the cache.
	 * @param qkv query heads, key heads and value heads side by side
	 * @return the queries
	 */
	public Value ropeAndWriteCache(Value qkv, int heads, int cache, Rotation rotation, @Nullable HeadNorm norm) {
		Value out = value(heads * this.caches.get(cache).keyDim());
		int[] weight = { (rotation.frequencies() != null) ? tensor(rotation.frequencies()) : -1,
				(norm != null) ? tensor(norm.query()) : -1, (norm != null) ? tensor(norm.key()) : -1 };
		op(ROPE_CACHE, new int[] { qkv.id(), -1 }, out, weight,
				new int[] { heads, cache, rotation.dimensions(), rotation.style() },
				(norm != null) ? norm.epsilon() : 0.0f, (norm != null) ? norm.added() : 0.0f, rotation.magnitude());
		return out;
	}

	/**
	 * Attends to the cached tokens up to the query's own.
	 * @param softCap 0 for none
	 */
	public Value attention(Value queries, int heads, int cache, float scale, float softCap) {
		Value out = value(heads * this.caches.get(cache).valueDim());
		op(ATTENTION, new int[] { queries.id(), -1 }, out, new int[0], new int[] { heads, cache }, scale, softCap);
		return out;
	}

	/**
	 * Activates the first half and multiplies it with the second.
	 */
	public Value activateMultiply(Value gateAndUp, int activation) {
		Value out = value(gateAndUp.width() / 2);
		op(ACTIVATE_MULTIPLY, new int[] { gateAndUp.id(), -1 }, out, new int[0], new int[] { activation });
		return out;
	}

	public Value add(Value a, Value b) {
		Value out = value(a.width());
		op(ADD, new int[] { a.id(), b.id() }, out, new int[0], new int[0]);
		return out;
	}

	/**
	 * Ends the program.
	 * @param hidden the final hidden states
	 * @param head matrix of the head, {@code [vocabulary][width]}
	 * @param logitCap 0 for none
	 */
	public ProgramSpec build(Value hidden, Matrix head, float logitScale, float logitCap) {
		int headId = tensor(head);
		return new ProgramSpec(this.vocabulary, List.copyOf(this.ops),
				this.widths.stream().mapToInt(Integer::intValue).toArray(), List.copyOf(this.tensors),
				List.copyOf(this.caches), this.windows.stream().mapToInt(Integer::intValue).toArray(), hidden.id(),
				headId, logitScale, logitCap);
	}

	private Value value(int width) {
		this.widths.add(width);
		return new Value(this.widths.size() - 1, width);
	}

	private int tensor(TensorRef tensor) {
		return this.tensorIds.computeIfAbsent(tensor, (added) -> {
			this.tensors.add(added);
			return this.tensors.size() - 1;
		});
	}

	private void op(int kind, int[] in, Value out, int[] weight, int[] i, float... f) {
		this.ops.add(new ProgramSpec.Op(kind, in, out.id(), weight, i, f));
	}

}
