package io.llmserving.bench.server;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import io.llmserving.bench.statistics.Distribution;

/**
 * Asks an address at even times while something else keeps its server busy, as an
 * orchestrator asks for health. One thread, which waits for each answer, on a connection
 * of its own; times run from when an answer was due to be asked for, so that one late
 * answer shows in those that had to wait for it.
 */
public final class Probe implements AutoCloseable {

	private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

	private static final int TIMEOUT_MILLIS = 10_000;

	private final URI address;

	private final List<Double> milliseconds = new ArrayList<>();

	private final Map<String, Integer> errors = new TreeMap<>();

	private final Thread thread = new Thread(this::ask, "probe");

	private volatile boolean stopped;

	private Probe(URI address) {
		this.address = address;
		this.thread.setDaemon(true);
	}

	/**
	 * Begins to ask.
	 */
	public static Probe start(URI address) {
		Probe probe = new Probe(address);
		probe.thread.start();
		return probe;
	}

	/**
	 * Stops asking, after at least one answer.
	 */
	public Result stop() throws InterruptedException {
		close();
		this.thread.join();
		return new Result(this.address, this.errors,
				Distribution.of(this.milliseconds.stream().mapToDouble(Double::doubleValue).toArray()));
	}

	@Override
	public void close() {
		this.stopped = true;
		LockSupport.unpark(this.thread);
	}

	private void ask() {
		long due = System.nanoTime();
		do {
			try {
				int status = status();
				if (status == 200) {
					this.milliseconds.add((System.nanoTime() - due) / 1e6);
				}
				else {
					this.errors.merge("status " + status, 1, Integer::sum);
				}
			}
			catch (IOException ex) {
				this.errors.merge(ex.toString(), 1, Integer::sum);
			}
			due += EVERY_NANOS;
			while (!this.stopped && due - System.nanoTime() > 0) {
				LockSupport.parkNanos(due - System.nanoTime());
			}
		}
		while (!this.stopped);
	}

	/** By the simplest client: others hop between threads, which is time of their own. */
	private int status() throws IOException {
		HttpURLConnection connection = (HttpURLConnection) this.address.toURL().openConnection();
		connection.setConnectTimeout(TIMEOUT_MILLIS);
		connection.setReadTimeout(TIMEOUT_MILLIS);
		connection.setUseCaches(false);
		connection.setRequestProperty("Connection", "close");
		try {
			int status = connection.getResponseCode();
			if (status == 200) {
				connection.getInputStream().readAllBytes();
			}
			return status;
		}
		finally {
			connection.disconnect();
		}
	}

	/**
	 * What came of it.
	 *
	 * @param errors what was no answer with status 200, and how often
	 * @param times milliseconds until the answers with status 200 were there
	 */
	public record Result(URI address, Map<String, Integer> errors, Distribution times) {

		/**
		 * Returns whether everything was answered.
		 */
		public boolean clean() {
			return this.errors.isEmpty();
		}

	}

}
