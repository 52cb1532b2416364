package io.llmserving.spi;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Brings a model from where its source says onto the local disk. Called on a thread that
 * may block; must obey interrupts. Safe for use by many threads.
 */
public interface ModelSourceResolver {

	/**
	 * Returns whether this resolver knows the source's scheme.
	 * @param source such as {@code hf:org/repository@main}
	 */
	boolean supports(String source);

	/**
	 * Checks the source's syntax and, for local sources, that it exists; without network.
	 * @throws ModelSourceException if the source can never be resolved
	 */
	void validate(String source) throws ModelSourceException;

	/**
	 * Fetches what is missing and returns a file (GGUF) or a directory (Hugging Face
	 * layout).
	 * @param source the source
	 * @param progress told of the bytes as they come
	 * @throws ModelSourceException if it cannot be had, with the remedy in the message
	 * @throws InterruptedException if the thread was interrupted
	 */
	Path resolve(String source, Progress progress) throws IOException, InterruptedException;

	/**
	 * Hears how far a download is.
	 */
	@FunctionalInterface
	interface Progress {

		/**
		 * Called often and from any thread.
		 * @param what the file at hand
		 * @param done bytes so far
		 * @param total bytes in all, -1 when unknown
		 */
		void update(String what, long done, long total);

	}

}
