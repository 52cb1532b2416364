package io.llmserving.weights;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes small safetensors files for tests, an independent reading of the format.
 */
public final class SafetensorsWriter {

	private final List<String> entries = new ArrayList<>();

	private final ByteArrayOutputStream data = new ByteArrayOutputStream();

	private int padding = 8;

	public SafetensorsWriter tensor(String name, String type, byte[] bytes, long... shape) {
		int begin = this.data.size();
		this.data.writeBytes(bytes);
		return entry("\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%d,%d]}".formatted(name, type,
				Arrays.toString(shape), begin, this.data.size()));
	}

	SafetensorsWriter entry(String json) {
		this.entries.add(json);
		return this;
	}

	SafetensorsWriter padding(int multiple) {
		this.padding = multiple;
		return this;
	}

	byte[] bytes() {
		StringBuilder header = new StringBuilder("{" + String.join(",", this.entries) + "}");
		while (header.length() % this.padding != 0) {
			header.append(' ');
		}
		byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
		return ByteBuffer.allocate(8 + json.length + this.data.size())
			.order(ByteOrder.LITTLE_ENDIAN)
			.putLong(json.length)
			.put(json)
			.put(this.data.toByteArray())
			.array();
	}

	public Path write(Path path) throws IOException {
		return Files.write(path, bytes());
	}

}
