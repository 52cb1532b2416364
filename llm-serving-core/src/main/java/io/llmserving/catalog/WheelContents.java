package io.llmserving.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * The files of a wheel, in whatever form a client leaves it.
 */
interface WheelContents extends AutoCloseable {

	/**
	 * Returns the names of all files, separated by slashes, unchecked.
	 */
	List<String> names() throws IOException;

	/**
	 * Finds a regular file, {@code null} if there is none of that name.
	 */
	@Nullable WheelFile find(String name) throws IOException;

	/**
	 * Opens a file, which the caller closes.
	 */
	InputStream open(WheelFile file) throws IOException;

	@Override
	void close() throws IOException;

}
