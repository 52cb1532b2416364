package io.llmserving.catalog;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import io.llmserving.spi.ModelSourceException;

/**
 * {@code file:}, a GGUF file or a Hugging Face directory of the local disk, used in
 * place.
 */
final class FileSource implements SourceResolver {

	@Override
	public String scheme() {
		return "file";
	}

	@Override
	public void validate(String source) throws ModelSourceException {
		locate(source);
	}

	@Override
	public @Nullable Path present(String source) throws ModelSourceException {
		return locate(source);
	}

	@Override
	public Path resolve(String source, Progress progress) throws ModelSourceException {
		return locate(source);
	}

	private Path locate(String source) throws ModelSourceException {
		String text = localPart(source);
		Path path = existing(text);
		if (path == null) {
			Path sought = Path.of(text).toAbsolutePath().normalize();
			throw new ModelSourceException("%s: %s does not exist. A relative path starts at the working directory, %s."
				.formatted(source, sought, Path.of("").toAbsolutePath()));
		}
		return check(source, path.toAbsolutePath().normalize());
	}

	private String localPart(String source) throws ModelSourceException {
		String text = withoutScheme(source);
		if (text.startsWith("//")) {
			String behind = text.substring(2);
			if (!behind.startsWith("/") && !behind.startsWith("localhost/")) {
				throw new ModelSourceException(
						"%s: behind file:// stands the name of a machine. Write file:%s for a relative path or file:///%s for an absolute one."
							.formatted(source, behind, behind));
			}
			text = behind.substring(behind.indexOf('/'));
		}
		if (text.isBlank() || text.indexOf('\0') >= 0) {
			throw new ModelSourceException("%s: a path must follow file:, such as file:/models/model.gguf."
				.formatted(source.replace('\0', '?')));
		}
		return text;
	}

	/**
	 * Takes the path as it is written, else with its percent escapes decoded, as a URI
	 * has them.
	 */
	private @Nullable Path existing(String text) throws ModelSourceException {
		try {
			Path literal = Path.of(text);
			if (Files.exists(literal) || text.indexOf('%') < 0) {
				return Files.exists(literal) ? literal : null;
			}
			Path decoded = Path.of(URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8));
			return Files.exists(decoded) ? decoded : null;
		}
		catch (InvalidPathException ex) {
			throw new ModelSourceException("file:%s is not a path: %s".formatted(text, ex.getReason()), ex);
		}
		catch (IllegalArgumentException ex) {
			return null;
		}
	}

	private Path check(String source, Path path) throws ModelSourceException {
		if (!Files.isReadable(path)) {
			throw new ModelSourceException("%s: %s may not be read by this user.".formatted(source, path));
		}
		if (Files.isDirectory(path)) {
			if (!Files.isRegularFile(path.resolve("config.json"))) {
				throw new ModelSourceException(
						"%s: the directory %s has no config.json, so it is no Hugging Face model.%s".formatted(source,
								path, suggestion(path)));
			}
			return path;
		}
		if (path.toString().endsWith(".safetensors")) {
			throw new ModelSourceException("%s: name the directory that holds config.json and the weights: file:%s"
				.formatted(source, path.getParent()));
		}
		return path;
	}

	private String suggestion(Path directory) throws ModelSourceException {
		try (Stream<Path> files = Files.list(directory)) {
			List<String> found = files.filter((file) -> file.toString().endsWith(".gguf"))
				.map((file) -> "file:" + file)
				.sorted()
				.limit(10)
				.toList();
			return found.isEmpty() ? "" : " Name one of its GGUF files: %s".formatted(String.join(", ", found));
		}
		catch (IOException ex) {
			throw new ModelSourceException("The directory %s can't be listed: %s".formatted(directory, ex), ex);
		}
	}

}
