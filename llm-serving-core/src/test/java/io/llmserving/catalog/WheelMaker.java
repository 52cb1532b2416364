package io.llmserving.catalog;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Makes wheels, right and wrong.
 */
final class WheelMaker {

	private static final int CENTRAL_HEADER = 0x02014b50;

	private final Map<String, byte[]> files = new LinkedHashMap<>();

	private final StringBuilder record = new StringBuilder();

	/** Adds a file and its line in RECORD. */
	WheelMaker file(String name, byte[] content) {
		return unrecorded(name, content).line(name, "sha256=" + hash("SHA-256", content),
				String.valueOf(content.length));
	}

	WheelMaker unrecorded(String name, byte[] content) {
		this.files.put(name, content);
		return this;
	}

	WheelMaker line(String name, String hash, String size) {
		String quoted = name.contains(",") || name.contains("\"") ? "\"" + name.replace("\"", "\"\"") + "\"" : name;
		this.record.append(quoted).append(',').append(hash).append(',').append(size).append("\n");
		return this;
	}

	static String hash(String algorithm, byte[] content) {
		return Base64.getUrlEncoder().withoutPadding().encodeToString(Fixture.digest(algorithm).digest(content));
	}

	Path write(Path wheel) throws IOException {
		String name = "tiny_model-1.0.dist-info/RECORD";
		this.record.append(name).append(",,\n");
		this.files.put(name, this.record.toString().getBytes(StandardCharsets.UTF_8));
		return writeWithoutRecord(wheel);
	}

	Path writeWithoutRecord(Path wheel) throws IOException {
		try (OutputStream file = Files.newOutputStream(wheel); ZipOutputStream out = new ZipOutputStream(file)) {
			for (Map.Entry<String, byte[]> each : this.files.entrySet()) {
				out.putNextEntry(new ZipEntry(each.getKey()));
				out.write(each.getValue());
				out.closeEntry();
			}
		}
		return wheel;
	}

	/** Makes the directory at the zip's end claim another unpacked size for an entry. */
	static void claimSize(Path wheel, String name, int size) throws IOException {
		patch(wheel, name, 24, size);
	}

	/** Marks an entry as a symbolic link of Unix. */
	static void markAsLink(Path wheel, String name) throws IOException {
		patch(wheel, name, 38, 0120777 << 16);
		patch(wheel, name, 4, (3 << 8 | 20) | 20 << 16);
	}

	private static void patch(Path wheel, String name, int offset, int value) throws IOException {
		ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(wheel)).order(ByteOrder.LITTLE_ENDIAN);
		for (int at = 0; at + 46 <= bytes.limit(); at++) {
			if (bytes.getInt(at) != CENTRAL_HEADER) {
				continue;
			}
			byte[] found = new byte[bytes.getShort(at + 28)];
			bytes.get(at + 46, found);
			if (name.equals(new String(found, StandardCharsets.UTF_8))) {
				bytes.putInt(at + offset, value);
				Files.write(wheel, bytes.array());
				return;
			}
		}
		throw new IllegalArgumentException("The wheel has no " + name);
	}

}
