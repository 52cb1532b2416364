package io.llmserving.weights;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A tensor in a mapped file. Valid while the file is open.
 *
 * @param name its name in the file
 * @param type its type
 * @param rows product of all dimensions but the innermost
 * @param columns the innermost dimension, contiguous
 * @param data its blocks, row after row
 */
public record TensorView(String name, TensorType type, long rows, long columns, MemorySegment data) {

	private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
		.withOrder(java.nio.ByteOrder.LITTLE_ENDIAN);

	private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
		.withOrder(java.nio.ByteOrder.LITTLE_ENDIAN);

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
