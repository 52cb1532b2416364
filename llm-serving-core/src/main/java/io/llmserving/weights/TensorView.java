package io.llmserving.weights;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;

/**
 * A tensor in a mapped file. Valid while the file is open.
 *
 * @param file the file
 * @param name its name in the file
 * @param type its type
 * @param rows product of all dimensions but the innermost
 * @param columns the innermost dimension, contiguous
 * @param offset where its data begins in the file, in bytes
 * @param data its blocks, row after row
 */
public record TensorView(Path file, String name, TensorType type, long rows, long columns, long offset,
		MemorySegment data) {

	private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
		.withOrder(ByteOrder.LITTLE_ENDIAN);

	private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
		.withOrder(ByteOrder.LITTLE_ENDIAN);

	/**
	 * Returns the values of a tensor of floats: norms, biases, rotary factors.
	 * @throws IllegalStateException if the type is quantized
	 */
	public float[] floats() {
		float[] values = new float[Math.toIntExact(this.rows * this.columns)];
		for (int i = 0; i < values.length; i++) {
			values[i] = switch (this.type) {
				case F32 -> this.data.getAtIndex(FLOAT, i);
				case F16 -> Float.float16ToFloat(this.data.getAtIndex(SHORT, i));
				case BF16 -> Float.intBitsToFloat(this.data.getAtIndex(SHORT, i) << 16);
				default -> throw new IllegalStateException(
						"Tensor '%s' is of type %s, not of floats".formatted(this.name, this.type));
			};
		}
		return values;
	}

}
