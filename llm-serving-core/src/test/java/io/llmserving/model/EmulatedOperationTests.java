package io.llmserving.model;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.llmserving.runtime.CompiledProgram;
import io.llmserving.runtime.Device;
import io.llmserving.runtime.Emulator;
import io.llmserving.runtime.KvType;
import io.llmserving.runtime.ProgramBuilder;
import io.llmserving.runtime.ProgramBuilder.HeadNorm;
import io.llmserving.runtime.ProgramBuilder.Rotation;
import io.llmserving.runtime.ProgramBuilder.Value;
import io.llmserving.runtime.ProgramSpec;
import io.llmserving.runtime.ProgramSpec.TensorRef.Matrix;
import io.llmserving.runtime.ProgramSpec.TensorRef.Vector;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Holds each operation on the GPU's kernels, alone and over odd sizes, to what plain Java
 * computes in double precision from inputs of the same bf16. What is left is the rounding
 * of results and of what kernels keep in bf16 between their parts.
 */
@Emulator.Needed
class EmulatedOperationTests {

	private static final int VOCABULARY = 97;

	/** Of the largest result: two roundings to 8 bits of mantissa. */
	private static final double TOLERANCE = 1.0 / 128;

	@TempDir
	static Path directory;

	private final Arena arena = Arena.ofAuto();

	@ParameterizedTest
	@CsvSource({ "1,64,48", "2,96,104", "7,320,16", "8,64,136", "9,576,64", "17,128,32", "65,160,200", "130,64,64" })
	void linear(int tokens, int in, int out) {
		Random random = new Random(in * 31L + out);
		ProgramBuilder p = new ProgramBuilder(VOCABULARY);
		Value x = p.embed(matrix(random, VOCABULARY, in), 1.0f);
		List<Vector> biases = new ArrayList<>();
		biases.add(vector(random, out, 0.5f));
		biases.add(null);
		compare(p, p.linear(x, List.of(matrix(random, out, in), matrix(random, 40, in)), biases), tokens, random,
				KvType.BF16);
	}

	@ParameterizedTest
	@CsvSource({ "1,64", "5,104", "17,576", "33,4096" })
	void rmsNorm(int tokens, int width) {
		Random random = new Random(width);
		ProgramBuilder p = new ProgramBuilder(VOCABULARY);
		Value x = p.embed(matrix(random, VOCABULARY, width), 1.5f);
		compare(p, p.rmsNorm(x, vector(random, width, 1.0f), 1e-5f, 1.0f), tokens, random, KvType.BF16);
	}

	@ParameterizedTest
	@CsvSource({ "1,64,0", "9,208,1", "33,1536,2", "3,48,0" })
	void activateMultiply(int tokens, int width, int activation) {
		Random random = new Random(width);
		ProgramBuilder p = new ProgramBuilder(VOCABULARY);
		Value x = p.embed(matrix(random, VOCABULARY, width), 3.0f);
		compare(p, p.activateMultiply(x, activation), tokens, random, KvType.BF16);
	}

	@ParameterizedTest
	@CsvSource({ "1,64", "19,104" })
	void add(int tokens, int width) {
		Random random = new Random(width);
		ProgramBuilder p = new ProgramBuilder(VOCABULARY);
		Value x = p.embed(matrix(random, VOCABULARY, width), 1.0f);
		compare(p, p.add(x, p.embed(matrix(random, VOCABULARY, width), 2.0f)), tokens, random, KvType.BF16);
	}

	@ParameterizedTest(name = "{0} tokens, {1} / {2} heads of {3}, style {4}, window {5}, cap {6}, {7}")
	@CsvSource({ "1,1,1,64,1,0,0,BF16", "15,4,1,64,2,0,0,BF16", "16,4,2,128,1,0,0,BF16", "17,8,1,64,1,9,0,BF16",
			"65,3,1,80,1,0,30,BF16", "33,6,2,96,2,20,0,BF16", "140,2,2,64,1,0,0,E4M3", "300,4,2,64,1,150,50,BF16",
			"40,4,4,32,1,0,0,BF16", "50,2,1,256,1,0,0,BF16", "131,8,2,64,0,0,0,INT8", "20,4,2,64,1,0,0,E5M2" })
	void ropeCacheAndAttention(int tokens, int heads, int keyHeads, int dim, int style, int window, float cap,
			KvType type) {
		Random random = new Random(tokens * 7L + heads);
		ProgramBuilder p = new ProgramBuilder(VOCABULARY);
		Value qkv = p.embed(matrix(random, VOCABULARY, (heads + 2 * keyHeads) * dim), 2.0f);
		int rotated = (style == 2) ? dim / 2 : dim;
		float[] frequencies = new float[rotated / 2];
		for (int i = 0; i < frequencies.length; i++) {
			frequencies[i] = (float) Math.pow(10000.0, -2.0 * i / rotated);
		}
		HeadNorm norm = (heads > 2) ? new HeadNorm(vector(random, dim, 1.0f), vector(random, dim, 1.0f), 1e-6f, 0.0f)
				: null;
		int cache = p.cache(p.group(window), keyHeads, dim, dim);
		Rotation rotation = new Rotation(style, (style == 0) ? 0 : rotated,
				(style == 0) ? null : new Vector("frequencies", frequencies), 1.0f);
		Value q = p.ropeAndWriteCache(qkv, heads, cache, rotation, norm);
		compare(p, p.attention(q, heads, cache, (float) (1.0 / Math.sqrt(dim)), cap), tokens, random, type);
	}

	private void compare(ProgramBuilder builder, Value result, int tokens, Random random, KvType type) {
		ProgramSpec spec = builder.build(result, matrix(random, VOCABULARY, result.width()), 1.0f, 0.0f);
		int[] ids = random.ints(tokens, 0, VOCABULARY).toArray();
		float[][] expected = new ScalarProgram(spec).hidden(ids);
		double largest = 0.0;
		for (float[] row : expected) {
			for (float value : row) {
				largest = Math.max(largest, Math.abs(value));
			}
		}
		// A few values of 8 bits weigh more than many of 16.
		double tolerance = largest * switch (type) {
			case E4M3, INT8 -> 8 * TOLERANCE;
			case E5M2 -> 16 * TOLERANCE;
			default -> TOLERANCE;
		};
		for (int chunk : new int[] { tokens, Math.max(1, tokens / 3) }) {
			float[][] actual = run(spec, type, ids, chunk);
			for (int t = 0; t < tokens; t++) {
				for (int i = 0; i < expected[t].length; i++) {
					assertThat(Math.abs((double) expected[t][i] - actual[t][i]))
						.as("value %d at position %d in chunks of %d: %s, not %s", i, t, chunk, actual[t][i],
								expected[t][i])
						.isLessThanOrEqualTo(tolerance);
				}
			}
		}
	}

	private static float[][] run(ProgramSpec spec, KvType type, int[] ids, int chunk) {
		try (Device device = Emulator.open(directory, false);
				CompiledProgram program = device.compile(spec, false, type, 16)) {
			return StepLogits.hidden(program, ids, chunk);
		}
	}

	/** Random values that bf16 holds exactly. */
	private Matrix matrix(Random random, int rows, int columns) {
		MemorySegment data = this.arena.allocate(4L * rows * columns, 4);
		for (int i = 0; i < rows * columns; i++) {
			data.setAtIndex(ValueLayout.JAVA_FLOAT, i, rounded((float) random.nextGaussian() * 0.5f));
		}
		return new Matrix("random", 0, rows, columns, data);
	}

	private static Vector vector(Random random, int length, float middle) {
		float[] values = new float[length];
		for (int i = 0; i < length; i++) {
			values[i] = middle + 0.2f * (float) random.nextGaussian();
		}
		return new Vector("random", values);
	}

	private static float rounded(float value) {
		return Float.intBitsToFloat(Float.floatToRawIntBits(value) & 0xffff0000);
	}

}
