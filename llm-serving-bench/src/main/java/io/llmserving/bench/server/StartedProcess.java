package io.llmserving.bench.server;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A process that was started here, with all that it starts: stopped by {@link #close()},
 * or when a signal ends the benchmark before.
 */
public final class StartedProcess implements AutoCloseable {

	private static final Duration PATIENCE = Duration.ofSeconds(60);

	/** Whoever sends a signal does not wait long before the next one. */
	private static final Duration PATIENCE_AT_EXIT = Duration.ofSeconds(5);

	private final Process process;

	private final Thread atExit = new Thread(() -> stop(PATIENCE_AT_EXIT), "stop-process");

	private StartedProcess(Process process) {
		this.process = process;
	}

	/**
	 * Starts a process.
	 * @throws IllegalStateException if this process is ending
	 */
	public static StartedProcess start(ProcessBuilder builder) throws IOException {
		StartedProcess started = new StartedProcess(builder.start());
		try {
			Runtime.getRuntime().addShutdownHook(started.atExit);
		}
		catch (IllegalStateException ex) {
			started.stop(PATIENCE_AT_EXIT);
			throw ex;
		}
		return started;
	}

	/**
	 * Returns the process.
	 */
	public Process process() {
		return this.process;
	}

	/**
	 * Stops it and all that it started, and waits until they have ended.
	 * @throws IOException if one of them cannot be stopped
	 */
	@Override
	public void close() throws IOException {
		List<Long> left = stop(PATIENCE);
		try {
			Runtime.getRuntime().removeShutdownHook(this.atExit);
		}
		catch (IllegalStateException ex) {
			// This process is ending, and the hook finds nothing to do.
		}
		if (!left.isEmpty()) {
			throw new IOException("Processes cannot be stopped: " + left);
		}
	}

	/** Returns the ids of those that cannot be stopped. */
	private List<Long> stop(Duration patience) {
		List<ProcessHandle> all = new ArrayList<>(this.process.descendants().toList());
		all.add(this.process.toHandle());
		all.forEach(ProcessHandle::destroy);
		long end = System.nanoTime() + patience.toNanos();
		return all.stream()
			.filter((handle) -> !ends(handle, end - System.nanoTime()) && !handle.destroyForcibly())
			.map(ProcessHandle::pid)
			.toList();
	}

	private static boolean ends(ProcessHandle handle, long nanos) {
		try {
			handle.onExit().get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
			return true;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return false;
		}
		catch (ExecutionException | TimeoutException ex) {
			return false;
		}
	}

}
