package io.llmserving.catalog;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

import io.llmserving.spi.ModelSourceResolver.Progress;

/**
 * The package client {@code uv}. It has no command to download a wheel, so it installs
 * the wheel into a directory of its own; nothing of it is run.
 */
final class UvClient implements PackageClient {

	private final Path uv;

	private final Surroundings surroundings;

	UvClient(Path uv, Surroundings surroundings) {
		this.uv = uv;
		this.surroundings = surroundings;
	}

	@Override
	public WheelContents fetch(PypiReference reference, Path directory, Progress progress)
			throws IOException, InterruptedException {
		Path target = directory.resolve("site");
		List<String> command = List.of(this.uv.toString(), "pip", "install", "--no-deps", "--only-binary", ":all:",
				"--no-cache", "--no-progress", "--link-mode", "copy", "--target", target.toString(),
				reference.requirement());
		ClientProcess process = new ClientProcess(command, directory, this.surroundings);
		int status = process.run((bytes) -> progress.update(reference.requirement() + " (uv)", bytes, -1));
		if (status != 0) {
			throw process.failure(reference, "uv", status);
		}
		return new DirectoryWheel(target);
	}

}
