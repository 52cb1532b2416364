package io.llmserving.model;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

import io.llmserving.runtime.ProgramSpec;
import io.llmserving.runtime.ProgramSpec.TensorRef;

/**
 * Runs a program over one sequence in plain Java, straight from the operations' meaning
 * in the native header: an opinion that shares no code with the native library. Matrices
 * of F32, F16 and BF16.
 */
public final class ScalarProgram {

	private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
		.withOrder(ByteOrder.LITTLE_ENDIAN);

	private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
		.withOrder(ByteOrder.LITTLE_ENDIAN);

	private final ProgramSpec spec;

	private final float[][] tensors;

	private final float[][][] values;

	private final float[][][] keys;

	private final float[][][] cachedValues;

	public ScalarProgram(ProgramSpec spec) {
		this.spec = spec;
		this.tensors = spec.tensors().stream().map(ScalarProgram::floats).toArray(float[][]::new);
		this.values = new float[spec.widths().length][][];
		this.keys = new float[spec.caches().size()][][];
		this.cachedValues = new float[spec.caches().size()][][];
	}

	/** Returns the logits of some ids at every position. */
	public float[][] logits(int[] tokens, int[] ids) {
		float[][] hidden = hidden(tokens);
		float[] head = this.tensors[this.spec.head()];
		float[][] logits = new float[tokens.length][ids.length];
		for (int t = 0; t < tokens.length; t++) {
			for (int i = 0; i < ids.length; i++) {
				double logit = this.spec.logitScale()
						* dot(head, ids[i] * hidden[t].length, hidden[t], 0, hidden[t].length);
				logits[t][i] = (float) cap(logit, this.spec.logitCap());
			}
		}
		return logits;
	}

	/** Returns the final hidden states at every position. */
	public float[][] hidden(int[] tokens) {
		for (ProgramSpec.Op op : this.spec.ops()) {
			float[][] out = new float[tokens.length][this.spec.widths()[op.out()]];
			this.values[op.out()] = out;
			run(op, tokens, out);
		}
		return this.values[this.spec.hidden()];
	}

	private void run(ProgramSpec.Op op, int[] tokens, float[][] out) {
		float[][] in = (op.in()[0] >= 0) ? this.values[op.in()[0]] : new float[tokens.length][];
		for (int t = 0; t < tokens.length; t++) {
			switch (op.kind()) {
				case 1 -> embed(op, tokens[t], out[t]);
				case 2 -> linear(op, in[t], out[t]);
				case 3 ->
					normalize(in[t], 0, out[t], 0, in[t].length, this.tensors[op.weight()[0]], op.f()[0], op.f()[1]);
				case 4 -> ropeCache(op, in[t], out[t], t, tokens.length);
				case 5 -> attention(op, in[t], out[t], t);
				case 6 -> activateMultiply(op, in[t], out[t]);
				case 7 -> add(in[t], this.values[op.in()[1]][t], out[t]);
				default -> throw new IllegalArgumentException("operation " + op.kind());
			}
		}
	}

	private void embed(ProgramSpec.Op op, int token, float[] out) {
		for (int i = 0; i < out.length; i++) {
			out[i] = op.f()[0] * this.tensors[op.weight()[0]][token * out.length + i];
		}
	}

	private void linear(ProgramSpec.Op op, float[] in, float[] out) {
		int start = 0;
		for (int j = 0; j < op.i()[0]; j++) {
			float[] matrix = this.tensors[op.weight()[j]];
			int rows = matrix.length / in.length;
			for (int row = 0; row < rows; row++) {
				double bias = (op.weight()[4 + j] >= 0) ? this.tensors[op.weight()[4 + j]][row] : 0.0;
				out[start + row] = (float) (dot(matrix, row * in.length, in, 0, in.length) + bias);
			}
			start += rows;
		}
	}

	private void ropeCache(ProgramSpec.Op op, float[] in, float[] out, int position, int count) {
		ProgramSpec.Cache cache = this.spec.caches().get(op.i()[1]);
		int dim = cache.keyDim();
		int keyStart = op.i()[0] * dim;
		int valueStart = keyStart + cache.heads() * dim;
		float[] work = in.clone();
		for (int head = 0; head < op.i()[0] + cache.heads(); head++) {
			int norm = op.weight()[(head < op.i()[0]) ? 1 : 2];
			if (norm >= 0) {
				normalize(work, head * dim, work, head * dim, dim, this.tensors[norm], op.f()[0], op.f()[1]);
			}
			rotate(op, work, head * dim, position);
		}
		if (position == 0) {
			this.keys[op.i()[1]] = new float[count][];
			this.cachedValues[op.i()[1]] = new float[count][];
		}
		System.arraycopy(work, 0, out, 0, keyStart);
		this.keys[op.i()[1]][position] = Arrays.copyOfRange(work, keyStart, valueStart);
		this.cachedValues[op.i()[1]][position] = Arrays.copyOfRange(work, valueStart, work.length);
	}

	private void rotate(ProgramSpec.Op op, float[] x, int start, int position) {
		int pairs = op.i()[2] / 2;
		for (int i = 0; i < pairs && op.i()[3] != 0; i++) {
			int a = start + ((op.i()[3] == 1) ? i : 2 * i);
			int b = (op.i()[3] == 1) ? a + pairs : a + 1;
			double angle = (double) position * this.tensors[op.weight()[0]][i];
			double cos = op.f()[2] * Math.cos(angle);
			double sin = op.f()[2] * Math.sin(angle);
			float first = x[a];
			x[a] = (float) (first * cos - x[b] * sin);
			x[b] = (float) (first * sin + x[b] * cos);
		}
	}

	private void attention(ProgramSpec.Op op, float[] q, float[] out, int position) {
		ProgramSpec.Cache cache = this.spec.caches().get(op.i()[1]);
		int window = this.spec.windows()[cache.group()];
		int from = (window > 0) ? Math.max(0, position - window + 1) : 0;
		for (int head = 0; head < op.i()[0]; head++) {
			int shared = head / (op.i()[0] / cache.heads());
			double[] sums = new double[cache.valueDim()];
			double total = 0.0;
			double largest = Double.NEGATIVE_INFINITY;
			double[] scores = new double[position + 1];
			for (int t = from; t <= position; t++) {
				double score = dot(q, head * cache.keyDim(), this.keys[op.i()[1]][t], shared * cache.keyDim(),
						cache.keyDim());
				scores[t] = cap(op.f()[0] * score, op.f()[1]);
				largest = Math.max(largest, scores[t]);
			}
			for (int t = from; t <= position; t++) {
				double weight = Math.exp(scores[t] - largest);
				total += weight;
				for (int d = 0; d < sums.length; d++) {
					sums[d] += weight * this.cachedValues[op.i()[1]][t][shared * sums.length + d];
				}
			}
			for (int d = 0; d < sums.length; d++) {
				out[head * sums.length + d] = (float) (sums[d] / total);
			}
		}
	}

	private static void activateMultiply(ProgramSpec.Op op, float[] in, float[] out) {
		for (int i = 0; i < out.length; i++) {
			double x = in[i];
			double activated = switch (op.i()[0]) {
				case 0 -> x / (1.0 + Math.exp(-x));
				case 1 -> 0.5 * x * (1.0 + Math.tanh(Math.sqrt(2.0 / Math.PI) * (x + 0.044715 * x * x * x)));
				case 2 -> 0.5 * x * (1.0 + erf(x / Math.sqrt(2.0)));
				default -> throw new IllegalArgumentException("activation " + op.i()[0]);
			};
			out[i] = (float) (activated * in[out.length + i]);
		}
	}

	/** The error function, by its series: 1e-12 for the |x| <= 5 where it is not 1. */
	private static double erf(double x) {
		if (Math.abs(x) > 5.0) {
			return Math.signum(x);
		}
		double term = x;
		double sum = x;
		for (int n = 1; n < 120; n++) {
			term *= -x * x / n;
			sum += term / (2 * n + 1);
		}
		return 2.0 / Math.sqrt(Math.PI) * sum;
	}

	private static void add(float[] a, float[] b, float[] out) {
		for (int i = 0; i < out.length; i++) {
			out[i] = a[i] + b[i];
		}
	}

	private static void normalize(float[] in, int start, float[] out, int outStart, int length, float[] scale,
			float epsilon, float added) {
		double factor = 1.0 / Math.sqrt(dot(in, start, in, start, length) / length + epsilon);
		for (int i = 0; i < length; i++) {
			out[outStart + i] = (float) (in[start + i] * factor * (scale[i] + added));
		}
	}

	private static double cap(double x, float cap) {
		return (cap != 0.0f) ? cap * Math.tanh(x / cap) : x;
	}

	private static double dot(float[] a, int aStart, float[] b, int bStart, int length) {
		double sum = 0.0;
		for (int i = 0; i < length; i++) {
			sum += (double) a[aStart + i] * b[bStart + i];
		}
		return sum;
	}

	private static float[] floats(TensorRef tensor) {
		return switch (tensor) {
			case TensorRef.Vector vector -> vector.values();
			case TensorRef.Matrix matrix -> {
				float[] values = new float[Math.toIntExact(matrix.rows() * matrix.columns())];
				for (int i = 0; i < values.length; i++) {
					values[i] = switch (matrix.type()) {
						case 0 -> matrix.data().getAtIndex(FLOAT, i);
						case 1 -> Float.float16ToFloat(matrix.data().getAtIndex(SHORT, i));
						case 30 -> Float.intBitsToFloat(matrix.data().getAtIndex(SHORT, i) << 16);
						default -> throw new IllegalArgumentException("type " + matrix.type());
					};
				}
				yield values;
			}
		};
	}

}
