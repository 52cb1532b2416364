package io.llmserving.real;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.GZIPInputStream;

/**
 * Logits that transformers computed in float32 for a real model, recorded by
 * {@code real_models.py}, which documents the format.
 *
 * @param documents token ids of each document
 * @param columns ids whose logits were recorded at every position
 * @param logits {@code [document][position][column]}
 * @param topIds {@code [document][position][rank]} ids of the largest logits
 * @param topLogits {@code [document][position][rank]} the largest logits, descending
 */
record RealGolden(int[][] documents, int[] columns, float[][][] logits, int[][][] topIds, float[][][] topLogits) {

	static RealGolden read(String name) throws IOException {
		try (InputStream stream = RealGolden.class.getResourceAsStream(name + ".golden.gz")) {
			if (stream == null) {
				throw new IOException("There is no golden '%s'".formatted(name));
			}
			byte[] bytes = new GZIPInputStream(stream).readAllBytes();
			return read(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
		}
	}

	private static RealGolden read(ByteBuffer buffer) {
		int[][] documents = new int[buffer.getInt()][];
		for (int d = 0; d < documents.length; d++) {
			documents[d] = ints(buffer, buffer.getInt());
		}
		int[] columns = ints(buffer, buffer.getInt());
		int tops = buffer.getInt();
		float[][][] logits = new float[documents.length][][];
		int[][][] topIds = new int[documents.length][][];
		float[][][] topLogits = new float[documents.length][][];
		for (int d = 0; d < documents.length; d++) {
			int positions = documents[d].length;
			logits[d] = new float[positions][];
			topIds[d] = new int[positions][];
			topLogits[d] = new float[positions][];
			for (int t = 0; t < positions; t++) {
				logits[d][t] = floats(buffer, columns.length);
				topIds[d][t] = ints(buffer, tops);
				topLogits[d][t] = floats(buffer, tops);
			}
		}
		if (buffer.hasRemaining()) {
			throw new IllegalStateException("%d bytes follow the golden".formatted(buffer.remaining()));
		}
		return new RealGolden(documents, columns, logits, topIds, topLogits);
	}

	/** Returns the number of tokens of all documents. */
	int tokens() {
		int sum = 0;
		for (int[] document : this.documents) {
			sum += document.length;
		}
		return sum;
	}

	private static int[] ints(ByteBuffer buffer, int count) {
		int[] values = new int[count];
		for (int i = 0; i < count; i++) {
			values[i] = buffer.getInt();
		}
		return values;
	}

	private static float[] floats(ByteBuffer buffer, int count) {
		float[] values = new float[count];
		for (int i = 0; i < count; i++) {
			values[i] = buffer.getFloat();
		}
		return values;
	}

}
