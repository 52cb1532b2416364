package io.llmserving.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes small GGUF files for tests, an independent reading of the format.
 */
public final class GgufWriter {

	private final ByteArrayOutputStream metadata = new ByteArrayOutputStream();

	private final List<byte[]> infos = new ArrayList<>();

	private final ByteArrayOutputStream data = new ByteArrayOutputStream();

	private int entries;

	public GgufWriter text(String key, String value) {
		entry(key, 8);
		put(this.metadata, string(value));
		return this;
	}

	public GgufWriter integer(String key, int value) {
		entry(key, 4);
		put(this.metadata, ints(value));
		return this;
	}

	public GgufWriter integers(String key, int... values) {
		entry(key, 9);
		put(this.metadata, ints(5));
		put(this.metadata, longs(values.length));
		put(this.metadata, ints(values));
		return this;
	}

	public GgufWriter number(String key, float value) {
		entry(key, 6);
		put(this.metadata, ints(Float.floatToIntBits(value)));
		return this;
	}

	public GgufWriter texts(String key, String... values) {
		entry(key, 9);
		put(this.metadata, ints(8));
		put(this.metadata, longs(values.length));
		for (String value : values) {
			put(this.metadata, string(value));
		}
		return this;
	}

	public GgufWriter tensor(String name, int type, byte[] bytes, long... dimensions) {
		ByteArrayOutputStream info = new ByteArrayOutputStream();
		put(info, string(name));
		put(info, ints(dimensions.length));
		put(info, longs(dimensions));
		put(info, ints(type));
		put(info, longs(this.data.size()));
		this.infos.add(info.toByteArray());
		put(this.data, bytes);
		while (this.data.size() % 32 != 0) {
			this.data.write(0);
		}
		return this;
	}

	byte[] bytes() {
		ByteArrayOutputStream file = new ByteArrayOutputStream();
		put(file, "GGUF".getBytes(StandardCharsets.US_ASCII));
		put(file, ints(3));
		put(file, longs(this.infos.size(), this.entries));
		put(file, this.metadata.toByteArray());
		this.infos.forEach((info) -> put(file, info));
		while (file.size() % 32 != 0) {
			file.write(0);
		}
		put(file, this.data.toByteArray());
		return file.toByteArray();
	}

	public Path write(Path path) throws IOException {
		return Files.write(path, bytes());
	}

	public static byte[] floats(float... values) {
		ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
		for (float value : values) {
			buffer.putFloat(value);
		}
		return buffer.array();
	}

	private void entry(String key, int type) {
		this.entries++;
		put(this.metadata, string(key));
		put(this.metadata, ints(type));
	}

	private static byte[] string(String value) {
		byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
		ByteBuffer buffer = ByteBuffer.allocate(8 + bytes.length).order(ByteOrder.LITTLE_ENDIAN);
		return buffer.putLong(bytes.length).put(bytes).array();
	}

	private static byte[] ints(int... values) {
		ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
		for (int value : values) {
			buffer.putInt(value);
		}
		return buffer.array();
	}

	private static byte[] longs(long... values) {
		ByteBuffer buffer = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
		for (long value : values) {
			buffer.putLong(value);
		}
		return buffer.array();
	}

	private static void put(ByteArrayOutputStream out, byte[] bytes) {
		out.writeBytes(bytes);
	}

}
