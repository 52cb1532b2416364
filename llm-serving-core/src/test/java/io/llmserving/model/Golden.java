package io.llmserving.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Logits of some ids at every position, recorded by {@code tiny_models.py}.
 *
 * @param tokens the sequence
 * @param ids the ids whose logits were recorded
 * @param logits {@code [position][id]}
 */
public record Golden(int[] tokens, int[] ids, float[][] logits) {

	public static final Path FOLDER = Path.of("src/test/resources/io/llmserving/model");

	public static Golden read(String name) throws IOException {
		ByteBuffer buffer = ByteBuffer.wrap(Files.readAllBytes(FOLDER.resolve(name + ".golden")))
			.order(ByteOrder.LITTLE_ENDIAN);
		int[] tokens = ints(buffer);
		int[] ids = ints(buffer);
		float[][] logits = new float[tokens.length][ids.length];
		for (float[] row : logits) {
			buffer.slice(buffer.position(), 4 * row.length).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(row);
			buffer.position(buffer.position() + 4 * row.length);
		}
		return new Golden(tokens, ids, logits);
	}

	/** Returns the smallest cosine of any position. */
	public double cosine(float[][] other) {
		double smallest = 1.0;
		for (int t = 0; t < this.logits.length; t++) {
			double dot = 0.0;
			double a = 0.0;
			double b = 0.0;
			for (int i = 0; i < this.ids.length; i++) {
				dot += (double) this.logits[t][i] * other[t][i];
				a += (double) this.logits[t][i] * this.logits[t][i];
				b += (double) other[t][i] * other[t][i];
			}
			// Math.min keeps what is not a number, which then passes no comparison.
			smallest = Math.min(smallest, dot / Math.sqrt(a * b));
		}
		return smallest;
	}

	/** Returns the largest difference of any logit. */
	public double largestError(float[][] other) {
		double largest = 0.0;
		for (int t = 0; t < this.logits.length; t++) {
			for (int i = 0; i < this.ids.length; i++) {
				largest = Math.max(largest, Math.abs((double) this.logits[t][i] - other[t][i]));
			}
		}
		return largest;
	}

	private static int[] ints(ByteBuffer buffer) {
		int[] values = new int[buffer.getInt()];
		for (int i = 0; i < values.length; i++) {
			values[i] = buffer.getInt();
		}
		return values;
	}

}
