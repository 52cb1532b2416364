package io.llmserving.autoconfigure;

import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

/**
 * Where files go that are kept beyond the process.
 */
final class Directories {

	private Directories() {
	}

	/**
	 * Returns the directory of downloads.
	 * @param cache {@code llm.serving.cache-directory}
	 */
	static Path cache(@Nullable String cache) {
		Path own = path(cache);
		return (own != null) ? own : Path.of(System.getProperty("user.home"), ".cache", "llm-serving");
	}

	/**
	 * Returns the directory to which native libraries are extracted.
	 * @param extract {@code llm.serving.native.extract-directory}
	 * @param cache {@code llm.serving.cache-directory}
	 */
	static Path nativeLibraries(@Nullable String extract, @Nullable String cache) {
		Path own = path(extract);
		return (own != null) ? own : cache(cache).resolve("native");
	}

	/**
	 * Returns a path that is set, null if it is not.
	 */
	static @Nullable Path path(@Nullable String path) {
		return (path == null || path.isBlank()) ? null : Path.of(path);
	}

}
