package io.llmserving.fuzz;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A directory whose files are written anew for each input.
 */
final class Scratch {

	private final Path directory;

	Scratch() {
		try {
			this.directory = Files.createTempDirectory("llm-serving-fuzz");
			this.directory.toFile().deleteOnExit();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	Path directory() {
		return this.directory;
	}

	/** Writes a file, by a new one: the old may be mapped still. */
	Path write(String name, byte[] content) {
		try {
			Path file = this.directory.resolve(name);
			Files.deleteIfExists(file);
			file.toFile().deleteOnExit();
			return Files.write(file, content);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
