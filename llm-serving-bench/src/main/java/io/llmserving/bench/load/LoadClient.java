package io.llmserving.bench.load;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Sends requests to a server. Runs are one at a time; each request has a connection of
 * its own, which its time includes.
 */
public final class LoadClient implements AutoCloseable {

	private final Target target;

	private final long timeoutNanos;

	private final LoadConnections connections;

	/**
	 * @param timeout how long an answer may take
	 */
	public LoadClient(Target target, Duration timeout) {
		this.target = target;
		this.timeoutNanos = timeout.toNanos();
		this.connections = new LoadConnections(target);
	}

	/**
	 * Returns a client whose code has been compiled, as far as a short run of it does so.
	 */
	public static LoadClient warm(Target target, Duration timeout) throws InterruptedException {
		GeneratorWarmUp.run();
		return new LoadClient(target, timeout);
	}

	/**
	 * Runs a closed loop: each stream sends its next request when its last one is
	 * answered.
	 */
	public LoadRun closedLoop(List<PlannedRequest> requests, int streams) throws InterruptedException {
		Queue<PlannedRequest> waiting = new ArrayDeque<>(requests);
		return run(requests.size(), (started, done) -> {
			for (int i = 0; i < Math.min(streams, requests.size()); i++) {
				next(waiting, done);
			}
		});
	}

	private void next(Queue<PlannedRequest> waiting, Consumer<Answer> done) {
		PlannedRequest request = waiting.poll();
		if (request != null) {
			send(request, System.nanoTime(), (answer) -> {
				done.accept(answer);
				next(waiting, done);
			});
		}
	}

	/**
	 * Runs an open loop: requests are sent at their times, whether earlier ones are
	 * answered or not.
	 * @param times nanoseconds after the start, ascending
	 */
	public LoadRun openLoop(List<PlannedRequest> requests, long[] times) throws InterruptedException {
		return run(requests.size(), (started, done) -> {
			for (int i = 0; i < times.length; i++) {
				PlannedRequest request = requests.get(i);
				long due = started + times[i];
				this.connections.loop()
					.schedule(() -> send(request, due, done), due - System.nanoTime(), TimeUnit.NANOSECONDS);
			}
		});
	}

	/**
	 * Sends a request now. Any thread; the listener is called once, on the generator's
	 * thread, and does not block.
	 */
	public void send(PlannedRequest request, Consumer<Answer> listener) {
		long due = System.nanoTime();
		this.connections.loop().execute(() -> send(request, due, listener));
	}

	private void send(PlannedRequest request, long due, Consumer<Answer> listener) {
		new Exchange(this.target, request, due, listener).start(this.connections, this.timeoutNanos);
	}

	private LoadRun run(int count, Start start) throws InterruptedException {
		List<Answer> answers = Collections.synchronizedList(new ArrayList<>(count));
		CountDownLatch open = new CountDownLatch(count);
		long generator = this.connections.cpuNanos();
		long process = processNanos();
		long started = System.nanoTime();
		this.connections.loop().execute(() -> start.start(started, (answer) -> {
			answers.add(answer);
			open.countDown();
		}));
		// Each exchange ends by its own timeout at the latest.
		open.await();
		long nanos = System.nanoTime() - started;
		return new LoadRun(List.copyOf(answers), nanos, this.connections.cpuNanos() - generator,
				processNanos() - process);
	}

	private static long processNanos() {
		return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO).toNanos();
	}

	@Override
	public void close() {
		this.connections.close();
	}

	/**
	 * Starts a run on the generator's thread.
	 */
	@FunctionalInterface
	private interface Start {

		void start(long started, Consumer<Answer> done);

	}

}
