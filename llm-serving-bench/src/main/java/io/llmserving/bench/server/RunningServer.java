package io.llmserving.bench.server;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

import io.llmserving.bench.load.Answer;
import io.llmserving.bench.load.LoadClient;
import io.llmserving.bench.load.RequestBodies;
import org.jspecify.annotations.Nullable;

/**
 * A server that answers. One that was started here is stopped by {@link #close()}, or
 * when a signal ends the benchmark, with all its processes.
 */
public final class RunningServer implements AutoCloseable {

	private static final int LOG_LINES = 20;

	private final @Nullable StartedProcess process;

	private final @Nullable Path log;

	private final long firstTokenNanos;

	private RunningServer(@Nullable StartedProcess process, @Nullable Path log, long firstTokenNanos) {
		this.process = process;
		this.log = log;
		this.firstTokenNanos = firstTokenNanos;
	}

	/**
	 * Starts a server, if it has a command, and waits until it has answered a request.
	 * @param patience how long that may take
	 * @throws IOException if it ends before or does not answer in time, with the end of
	 * what it printed
	 */
	public static RunningServer start(ServerDefinition server, Duration patience)
			throws IOException, InterruptedException {
		long start = System.nanoTime();
		StartedProcess process = null;
		Path log = null;
		if (server.command() != null) {
			log = Files.createTempFile("llm-serving-bench-" + server.name().replaceAll("\\W", "-"), ".log");
			ProcessBuilder builder = new ProcessBuilder("bash", "-c", server.command()).redirectErrorStream(true)
				.redirectOutput(log.toFile())
				.redirectInput(new File("/dev/null"));
			builder.environment().putAll(server.environment());
			process = StartedProcess.start(builder);
		}
		try {
			return new RunningServer(process, log, awaitAnswer(server, process, start, patience));
		}
		catch (IOException | InterruptedException | RuntimeException ex) {
			IOException told = (ex instanceof IOException failure)
					? new IOException(failure.getMessage() + tail(log), failure) : null;
			new RunningServer(process, log, 0).close();
			if (told != null) {
				throw told;
			}
			throw ex;
		}
	}

	/** Asks for one token until it comes; returns when it did, after the start. */
	private static long awaitAnswer(ServerDefinition server, @Nullable StartedProcess process, long start,
			Duration patience) throws IOException, InterruptedException {
		RequestBodies bodies = new RequestBodies(server.target(), true, null);
		try (LoadClient client = new LoadClient(server.target(), patience)) {
			for (;;) {
				Answer answer = ask(client, bodies);
				if (answer.completed()) {
					return answer.arrivals()[0] - start;
				}
				if (process != null && !process.process().isAlive()) {
					throw new IOException("%s ended with %d before it answered".formatted(server.name(),
							process.process().exitValue()));
				}
				if (System.nanoTime() - start > patience.toNanos()) {
					throw new IOException("%s at %s has not answered within %d s: %d %s".formatted(server.name(),
							server.target().base(), patience.toSeconds(), answer.status(), answer.error()));
				}
				Thread.sleep(20);
			}
		}
	}

	private static Answer ask(LoadClient client, RequestBodies bodies) throws InterruptedException {
		CompletableFuture<Answer> answer = new CompletableFuture<>();
		client.send(bodies.request("Hello", 1), answer::complete);
		try {
			return answer.get();
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private static String tail(@Nullable Path log) throws IOException {
		if (log == null) {
			return "";
		}
		List<String> lines = new String(Files.readAllBytes(log), StandardCharsets.UTF_8).lines().toList();
		return ". It printed:%n%s"
			.formatted(String.join("\n", lines.subList(Math.max(0, lines.size() - LOG_LINES), lines.size())));
	}

	/**
	 * Returns the time from starting its process to the first token of its first answer.
	 */
	public long firstTokenNanos() {
		return this.firstTokenNanos;
	}

	/**
	 * Returns the id of the process that serves: the last of the chain of those that a
	 * shell started.
	 * @throws IllegalStateException if the server was not started here
	 */
	public long pid() {
		if (this.process == null) {
			throw new IllegalStateException("The server was not started here");
		}
		ProcessHandle handle = this.process.process().toHandle();
		while (handle.info().command().filter((command) -> command.endsWith("sh")).isPresent()) {
			ProcessHandle child = handle.children().findFirst().orElse(null);
			if (child == null) {
				break;
			}
			handle = child;
		}
		return handle.pid();
	}

	@Override
	public void close() throws IOException {
		if (this.process != null) {
			this.process.close();
		}
		if (this.log != null) {
			Files.deleteIfExists(this.log);
		}
	}

}
