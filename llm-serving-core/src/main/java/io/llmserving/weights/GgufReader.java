package io.llmserving.weights;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.IntStream;

/**
 * Reads a GGUF header from its start to its end; every length is checked against what is
 * left of the file.
 */
final class GgufReader {

	private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

	private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

	private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
		.withOrder(ByteOrder.LITTLE_ENDIAN);

	private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
		.withOrder(ByteOrder.LITTLE_ENDIAN);

	private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED
		.withOrder(ByteOrder.LITTLE_ENDIAN);

	private static final int STRING = 8;

	private static final int ARRAY = 9;

	private static final int PIECE = 1 << 18;

	private static final int[] SIZES = { 1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8 };

	private final Path path;

	private final MemorySegment file;

	private long position;

	GgufReader(Path path, MemorySegment file) {
		this.path = path;
		this.file = file;
	}

	long position() {
		return this.position;
	}

	long size() {
		return this.file.byteSize();
	}

	long remaining() {
		return size() - this.position;
	}

	MemorySegment slice(long offset, long bytes) {
		return this.file.asSlice(offset, bytes);
	}

	int int32() throws ModelFileException {
		int value = this.file.get(INT, advance(4));
		return value;
	}

	long int64() throws ModelFileException {
		return this.file.get(LONG, advance(8));
	}

	long count(String what, long limit) throws ModelFileException {
		long count = int64();
		if (count < 0 || count > limit) {
			throw new ModelFileException(this.path,
					"the header claims %d %s at offset %d".formatted(count, what, this.position - 8));
		}
		return count;
	}

	String string() throws ModelFileException {
		long length = count("bytes of text", remaining());
		if (length > Integer.MAX_VALUE / 2) {
			throw new ModelFileException(this.path, "a text of %d bytes at offset %d".formatted(length, this.position));
		}
		byte[] bytes = this.file.asSlice(advance(length), length).toArray(ValueLayout.JAVA_BYTE);
		return new String(bytes, StandardCharsets.UTF_8);
	}

	/**
	 * Reads a value: Long, Double, Boolean, String, or an array of them as long[],
	 * double[], boolean[] or String[].
	 */
	Object value(int type) throws ModelFileException {
		return (type == ARRAY) ? array() : scalar(type);
	}

	private Object scalar(int type) throws ModelFileException {
		return switch (type) {
			case 0 -> (long) (this.file.get(ValueLayout.JAVA_BYTE, advance(1)) & 0xff);
			case 1 -> (long) this.file.get(ValueLayout.JAVA_BYTE, advance(1));
			case 2 -> (long) (this.file.get(SHORT, advance(2)) & 0xffff);
			case 3 -> (long) this.file.get(SHORT, advance(2));
			case 4 -> int32() & 0xffffffffL;
			case 5 -> (long) int32();
			case 6 -> (double) Float.intBitsToFloat(int32());
			case 7 -> this.file.get(ValueLayout.JAVA_BYTE, advance(1)) != 0;
			case STRING -> string();
			case 10, 11 -> int64();
			case 12 -> Double.longBitsToDouble(int64());
			default -> throw new ModelFileException(this.path,
					"metadata of type %d at offset %d".formatted(type, this.position));
		};
	}

	private Object array() throws ModelFileException {
		int type = int32();
		if (type < 0 || type >= SIZES.length || type == ARRAY) {
			throw new ModelFileException(this.path, "an array of type %d at offset %d".formatted(type, this.position));
		}
		long length = int64();
		if (length < 0 || length > Math.min(Integer.MAX_VALUE / 2, remaining() / SIZES[type])) {
			throw new ModelFileException(this.path, "an array of %d elements at offset %d, %d bytes are left"
				.formatted(length, this.position, remaining()));
		}
		int count = (int) length;
		return switch (type) {
			case STRING -> strings(count);
			case 4 -> IntStream.of(ints(count)).mapToLong(Integer::toUnsignedLong).toArray();
			case 5 -> IntStream.of(ints(count)).asLongStream().toArray();
			case 6 -> doubles(this.file.asSlice(advance(4L * count), 4L * count).toArray(FLOAT));
			case 12 -> this.file.asSlice(advance(8L * count), 8L * count).toArray(DOUBLE);
			default -> numbers(type, count);
		};
	}

	private int[] ints(int count) throws ModelFileException {
		return this.file.asSlice(advance(4L * count), 4L * count).toArray(INT);
	}

	private static double[] doubles(float[] values) {
		double[] numbers = new double[values.length];
		for (int i = 0; i < numbers.length; i++) {
			numbers[i] = values[i];
		}
		return numbers;
	}

	private long[] numbers(int type, int count) throws ModelFileException {
		long[] numbers = new long[count];
		for (int i = 0; i < count; i++) {
			numbers[i] = (type == 7) ? ((boolean) scalar(type) ? 1 : 0) : (long) scalar(type);
		}
		return numbers;
	}

	/**
	 * Reads texts out of large pieces of the file. A vocabulary has hundreds of
	 * thousands, which are read while the process is young and its bytecode is
	 * interpreted.
	 */
	private String[] strings(int count) throws ModelFileException {
		String[] strings = new String[count];
		byte[] piece = new byte[0];
		int at = 0;
		for (int i = 0; i < count; i++) {
			int length = textLength(piece, at);
			if (length < 0) {
				piece = this.file.asSlice(this.position, Math.min(PIECE, remaining())).toArray(ValueLayout.JAVA_BYTE);
				at = 0;
				length = textLength(piece, at);
			}
			if (length < 0) {
				strings[i] = string();
				piece = new byte[0];
				continue;
			}
			strings[i] = new String(piece, at + 8, length, StandardCharsets.UTF_8);
			at += 8 + length;
			this.position += 8 + length;
		}
		return strings;
	}

	/** Returns the length of the text at a place, or -1 if it ends behind the piece. */
	private static int textLength(byte[] piece, int at) {
		if (piece.length - at < 8) {
			return -1;
		}
		int length = piece[at] & 0xff | (piece[at + 1] & 0xff) << 8 | (piece[at + 2] & 0xff) << 16
				| piece[at + 3] << 24;
		boolean small = (piece[at + 4] | piece[at + 5] | piece[at + 6] | piece[at + 7]) == 0;
		return (small && length >= 0 && length <= piece.length - at - 8) ? length : -1;
	}

	private long advance(long bytes) throws ModelFileException {
		if (bytes > remaining()) {
			throw new ModelFileException(this.path,
					"the header ends at offset %d, %d more bytes are needed (is the file truncated?)".formatted(size(),
							bytes - remaining()));
		}
		long at = this.position;
		this.position += bytes;
		return at;
	}

}
