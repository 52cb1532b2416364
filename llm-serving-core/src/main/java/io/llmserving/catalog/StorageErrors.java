package io.llmserving.catalog;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

import io.llmserving.spi.ModelSourceException;

/**
 * Says what is wrong with the disk, and what to do about it.
 */
final class StorageErrors {

	private static final String REMEDY = "set llm.serving.cache-directory to a folder ";

	private StorageErrors() {
	}

	/**
	 * Refuses a transfer that cannot fit.
	 * @param bytes still to be written
	 */
	static void requireSpace(Path directory, long bytes, String what) throws IOException {
		long free = Files.getFileStore(directory).getUsableSpace();
		if (bytes > free) {
			throw new ModelSourceException(
					"%s needs %,d more bytes, but the disk of %s has %,d left. Free some space or %son a larger disk."
						.formatted(what, bytes, directory, free, REMEDY));
		}
	}

	static ModelSourceException explain(IOException failure, Path directory) {
		if (failure instanceof ModelSourceException known) {
			return known;
		}
		String message = String.valueOf(failure.getMessage());
		if (message.toLowerCase(Locale.ROOT).contains("no space left")
				|| message.toLowerCase(Locale.ROOT).contains("quota exceeded")) {
			return new ModelSourceException(
					"The disk of %s is full. Free some space or %son a larger disk; an interrupted download goes on where it stopped."
						.formatted(directory, REMEDY),
					failure);
		}
		if (failure instanceof AccessDeniedException || message.contains("Read-only file system")) {
			return new ModelSourceException(
					"Cannot write to %s below the cache directory %s. Make it writable or %sthat is.".formatted(message,
							directory, REMEDY),
					failure);
		}
		return new ModelSourceException("Cannot use the cache directory %s: %s. Look at the disk, or %son another one."
			.formatted(directory, failure, REMEDY), failure);
	}

}
