package io.llmserving.catalog;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.llmserving.spi.ModelSourceException;

/**
 * The path of a file inside a repository, wheel or jar. Only paths that stay below the
 * directory they are resolved against can be made.
 *
 * @param text the path, segments separated by slashes
 */
record EntryPath(String text) {

	private static final int LONGEST_SEGMENT = 255;

	/**
	 * Checks the path.
	 * @param owner named in the error
	 * @throws ModelSourceException if the path is empty, absolute, names a directory, or
	 * has a segment that leads elsewhere
	 */
	static EntryPath of(String text, String owner) throws ModelSourceException {
		String fault = fault(text);
		if (fault != null) {
			throw new ModelSourceException(
					"%s: the path \"%s\" %s. A path is relative and made of plain names, such as models/model.gguf."
						.formatted(owner, printable(text), fault));
		}
		return new EntryPath(text);
	}

	private static @Nullable String fault(String text) {
		if (text.isEmpty()) {
			return "is empty";
		}
		if (text.chars().anyMatch((c) -> c < ' ' || c == 0x7f)) {
			return "contains a control character";
		}
		if (text.indexOf('\\') >= 0) {
			return "contains a backslash";
		}
		if (text.startsWith("/")) {
			return "is absolute";
		}
		if (text.endsWith("/")) {
			return "names a directory";
		}
		for (String segment : text.split("/", -1)) {
			if (segment.isEmpty() || segment.equals(".") || segment.equals("..")) {
				return "contains the segment \"%s\"".formatted(segment);
			}
			if (segment.getBytes(StandardCharsets.UTF_8).length > LONGEST_SEGMENT) {
				return "has a segment longer than %d bytes".formatted(LONGEST_SEGMENT);
			}
		}
		return null;
	}

	private static String printable(String text) {
		StringBuilder out = new StringBuilder();
		text.chars().limit(200).forEach((c) -> out.append((c < ' ' || c == 0x7f) ? '?' : (char) c));
		return out.toString();
	}

	List<String> segments() {
		return List.of(this.text.split("/"));
	}

	String name() {
		return this.text.substring(this.text.lastIndexOf('/') + 1);
	}

	Path below(Path directory) {
		Path path = directory;
		for (String segment : segments()) {
			path = path.resolve(segment);
		}
		return path;
	}

}
