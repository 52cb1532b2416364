package io.llmserving.weights;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Reads a GGUF header from its start to its end; every length is checked against what is
 * left of the file.
 */
final class GgufReader {

	private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

	private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

	private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
		.withOrder(ByteOrder.LITTLE_ENDIAN);

	private static final int STRING = 8;

	private static final int ARRAY = 9;

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
		if (type == STRING) {
			String[] strings = new String[count];
			for (int i = 0; i < count; i++) {
				strings[i] = string();
			}
			return strings;
		}
		if (type == 6 || type == 12) {
			double[] numbers = new double[count];
			for (int i = 0; i < count; i++) {
				numbers[i] = (double) scalar(type);
			}
			return numbers;
		}
		long[] numbers = new long[count];
		for (int i = 0; i < count; i++) {
			numbers[i] = (type == 7) ? ((boolean) scalar(type) ? 1 : 0) : (long) scalar(type);
		}
		return numbers;
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
