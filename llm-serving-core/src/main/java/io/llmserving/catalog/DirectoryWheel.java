package io.llmserving.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * A wheel that was installed into a directory. Symbolic links in it are not followed.
 */
final class DirectoryWheel implements WheelContents {

	private final Path directory;

	DirectoryWheel(Path directory) {
		this.directory = directory;
	}

	@Override
	public List<String> names() throws IOException {
		try (Stream<Path> files = Files.walk(this.directory)) {
			return files.filter((file) -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS))
				.map((file) -> this.directory.relativize(file).toString())
				.sorted()
				.toList();
		}
	}

	@Override
	public @Nullable WheelFile find(String name) throws IOException {
		if (!names().contains(name)) {
			return null;
		}
		long size = Files.size(this.directory.resolve(name));
		return new WheelFile(name, size, size);
	}

	@Override
	public InputStream open(WheelFile file) throws IOException {
		return Files.newInputStream(this.directory.resolve(file.name()), LinkOption.NOFOLLOW_LINKS);
	}

	@Override
	public void close() {
		// Whoever owns the directory removes it.
	}

}
