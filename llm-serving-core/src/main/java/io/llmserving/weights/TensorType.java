package io.llmserving.weights;

import org.jspecify.annotations.Nullable;

/**
 * Types of tensors, with GGUF's numbers, which are the native library's too.
 */
public enum TensorType {

	F32(0, 1, 4), F16(1, 1, 2), Q4_0(2, 32, 18), Q4_1(3, 32, 20), Q5_0(6, 32, 22), Q5_1(7, 32, 24), Q8_0(8, 32, 34),
	Q2_K(10, 256, 84), Q3_K(11, 256, 110), Q4_K(12, 256, 144), Q5_K(13, 256, 176), Q6_K(14, 256, 210),
	IQ4_NL(20, 32, 18), BF16(30, 1, 2);

	private final int id;

	private final int blockSize;

	private final int blockBytes;

	TensorType(int id, int blockSize, int blockBytes) {
		this.id = id;
		this.blockSize = blockSize;
		this.blockBytes = blockBytes;
	}

	/** The type's number. */
	public int id() {
		return this.id;
	}

	/** Values of a block. */
	public int blockSize() {
		return this.blockSize;
	}

	/** Bytes of a block. */
	public int blockBytes() {
		return this.blockBytes;
	}

	/**
	 * Returns the type of a number, null if it is not supported.
	 */
	public static @Nullable TensorType of(int id) {
		for (TensorType type : values()) {
			if (type.id == id) {
				return type;
			}
		}
		return null;
	}

}
